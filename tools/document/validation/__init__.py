"""Structured documents held against the schema and the business rules of the standard they name."""

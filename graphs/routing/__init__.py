"""Routing: who does the work."""

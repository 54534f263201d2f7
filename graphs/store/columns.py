"""Columns that many tables have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Interval, Text
from sqlalchemy.dialects.postgresql import JSONB


def instant(*, nullable: bool = False) -> Any:
    """A column of instants with time zone."""
    return Column(DateTime(timezone=True), nullable=nullable)


def span() -> Any:
    """A column of lengths of time that may be absent."""
    return Column(Interval, nullable=True)


def document() -> Any:
    """A column of JSON data."""
    return Column(JSONB, nullable=False)


def of_case(*, primary_key: bool = False) -> Any:
    """A column that names an existing case."""
    return Column(Text, ForeignKey("cases.id"), nullable=False, primary_key=primary_key)

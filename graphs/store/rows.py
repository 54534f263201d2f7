"""Rows: what a statement did to them, and their objects."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Result
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import SQLModel


def affected(result: Result[Any]) -> int:
    """Number of rows that an INSERT, UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount


Table = TypeVar("Table", bound=SQLModel)


def made(table: type[Table], **values: Any) -> Table:
    """A row object as the ORM makes those that it loads: with these values and the defaults of the others.

    A table model's constructor records each attribute as a change, which a row that is written as JSON never needs.
    """
    row: Table = manager_of_class(table).new_instance()
    defaults = {name: field.default for name, field in table.model_fields.items() if not field.is_required()}
    vars(row).update(defaults | values)
    return row

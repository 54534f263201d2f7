"""What a statement did to rows."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Result


def affected(result: Result[Any]) -> int:
    """Number of rows that an INSERT, UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount

"""How many statements a block of code sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(slots=True, kw_only=True)
class Queries:
    """How many statements SQLAlchemy has sent."""

    sent: int = 0


@contextmanager
def counted() -> Iterator[Queries]:
    """How many statements are sent within the block."""
    queries = Queries()

    def sent(*_arguments: object) -> None:
        queries.sent += 1

    event.listen(Engine, "before_cursor_execute", sent)
    try:
        yield queries
    finally:
        event.remove(Engine, "before_cursor_execute", sent)

"""Columns of rows as PostgreSQL arrays in binary form.

psycopg's own list dumper looks at every element; here the type is known, and a flush has thousands.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.adapt import Dumper
from psycopg.pq import Format

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NULL = b"\xff\xff\xff\xff"
INTEGER = struct.Struct("!q").pack
LENGTH = struct.Struct("!i").pack
HEAD = struct.Struct("!iiiii").pack


class TextArray(list[str | None]):
    """`text[]`."""


class BytesArray(list[bytes | None]):
    """`bytea[]`."""


class IntegerArray(list[int | None]):
    """`bigint[]`."""


class BooleanArray(list[bool | None]):
    """`boolean[]`."""


class InstantArray(list[datetime | None]):
    """`timestamptz[]`."""


def _integer(value: int) -> bytes:
    return INTEGER(value)


def _boolean(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


def _instant(value: datetime) -> bytes:
    return _integer((value - POSTGRES_EPOCH) // MICROSECOND)


def _dumper(array_oid: int, element_oid: int, encode: Callable[[Any], bytes]) -> type[Dumper]:
    empty = struct.pack("!iii", 0, 0, element_oid)

    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = array_oid

        def dump(self, obj: Sequence[Any]) -> bytes:
            if not obj:
                return empty
            elements = [NULL if item is None else LENGTH(len(e := encode(item))) + e for item in obj]
            return HEAD(1, 1, element_oid, len(obj), 1) + b"".join(elements)

    return ArrayDumper


DUMPERS: dict[type[list[Any]], type[Dumper]] = {
    TextArray: _dumper(1009, 25, str.encode),
    BytesArray: _dumper(1001, 17, bytes),
    IntegerArray: _dumper(1016, 20, _integer),
    BooleanArray: _dumper(1000, 16, _boolean),
    InstantArray: _dumper(1185, 1184, _instant),
}
ARRAYS: dict[str, type[list[Any]]] = {
    "text": TextArray,
    "bytea": BytesArray,
    "bigint": IntegerArray,
    "boolean": BooleanArray,
    "timestamptz": InstantArray,
}


def register(connection: AsyncConnection[Any]) -> None:
    """Let `connection` send these arrays."""
    for array, dumper in DUMPERS.items():
        connection.adapters.register_dumper(array, dumper)

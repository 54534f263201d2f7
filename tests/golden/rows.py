"""A case's rows as JSON, and back into a database that may have grown columns since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from graphs.audit import packed

OF_CASE = {
    "cases": "id",
    "checkpoints": "thread",
    "tasks": "case_id",
    "timers": "case_id",
    "effects": "case_id",
    "subscriptions": "case_id",
}
"""Tables whose rows change, and the column that names the case. Insertion follows this order."""
TRAIL = ("audit_entries", "audit_values")
"""Tables that only grow; every place holds the rows up to the number in its head."""

Rows = list[dict[str, Any]]


def place(url: str, case_id: str) -> dict[str, Rows]:
    """Where the case stands: its rows, and the head of the trail."""
    with Connection.connect(url, row_factory=dict_row) as owner:
        found = {table: _rows(owner, table, column, case_id) for table, column in OF_CASE.items()}
        return {**found, "audit_heads": _rows(owner, "audit_heads", "tenant", "acme")}


def trail(url: str) -> dict[str, Rows]:
    """The whole trail of the tenant."""
    with Connection.connect(url, row_factory=dict_row) as owner:
        return {table: _rows(owner, table, "tenant", "acme") for table in TRAIL}


def documents(url: str) -> Rows:
    """The originals."""
    with Connection.connect(url, row_factory=dict_row) as owner:
        return _rows(owner, "documents", "tenant", "acme")


def _rows(owner: Connection[dict[str, Any]], table: str, column: str, value: str) -> Rows:
    query = f"SELECT to_jsonb(t) AS row FROM {table} t WHERE {column} = %s ORDER BY to_jsonb(t)::text"
    return [found["row"] for found in owner.execute(query.encode(), (value,))]


def load(url: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Insert the rows; a column that they do not know gets the database's default."""
    with Connection.connect(url) as owner:
        for table, rows in tables.items():
            for row in rows:
                columns = ", ".join(f'"{name}"' for name in row)
                query = (
                    f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s)"
                )
                owner.execute(query.encode(), (Jsonb(row),))


def as_stored(table: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recorded row as migrations 0007 and 0038 have it stored."""
    if table == "audit_values" and "salts" not in row:
        content = {name: row["content"][name] for name in sorted(row["content"])}
        values = {name: item["value"] for name, item in content.items()}
        return {**row, "content": values, "salts": "\\x" + "".join(item["salt"] for item in content.values())}
    if table != "audit_entries" or "previous_hash" not in row:
        return row
    commitments = packed((name, bytes.fromhex(committed)) for name, committed in sorted(row["commitments"].items()))
    kept = {name: value for name, value in row.items() if name != "previous_hash"}
    return {**kept, "commitments": f"\\x{commitments.hex()}", "hash": f"\\x{row['hash']}"}


def up_to(rows: Sequence[Mapping[str, Any]], seq: int) -> list[Mapping[str, Any]]:
    """The rows of the trail up to a number, in order."""
    return sorted((row for row in rows if row["seq"] <= seq), key=lambda row: int(row["seq"]))

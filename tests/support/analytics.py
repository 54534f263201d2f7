"""Counters of the toy engine: counted in parts, read as they are stored."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text

from graphs.analytics.counting import Counting
from tests.support.engine import Engine

TABLES = {
    "analytics_places": "case_id, process, version, step, since, started_at, touched, reworked, cost_micros, rules",
    "analytics_live": "process, version, step, cases, since_ms",
    "analytics_cells": "process, measure, day, version, subject, bucket, count, total",
}

ANALYTICS_AT = ("analytics.before_commit",)
"""Where counting is killed."""


async def counted(engine: Engine, *, batch: int = 2_000) -> int:
    """Count what is new, so many entries at a time."""
    return await Counting(services=engine.services, batch=batch).of_tenant("acme")


async def stored(engine: Engine, *, tenant: str = "acme") -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the counters; steps that nobody stands at any more say nothing."""
    found = {}
    async with engine.database.unit_of_work(tenant) as unit:
        for table, columns in TABLES.items():
            rows = await unit.session.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))
            found[table] = [tuple(row) for row in rows]
    found["analytics_live"] = [row for row in found["analytics_live"] if row[3:] != (0, 0)]
    return found


async def count_of(engine: Engine, measure: str, subject: str = "", *, day: date | None = None) -> tuple[int, int]:
    """Count and total of a measure's subject, of a day or of all."""
    query = text("""
        SELECT coalesce(sum(count), 0), coalesce(sum(total), 0) FROM analytics_cells
        WHERE measure = :measure AND subject = :subject AND (CAST(:day AS date) IS NULL OR day = :day)""")
    async with engine.database.unit_of_work("acme") as unit:
        row = (await unit.session.execute(query, {"measure": measure, "subject": subject, "day": day})).one()
    return int(row[0]), int(row[1])

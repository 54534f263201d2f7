"""What PostgreSQL means to do: the plan of a query, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql

from graphs.store.database import Database


async def plan_of(
    database: Database,
    query: Select[Any] | str,
    values: Mapping[str, Any] | None = None,
    *,
    without: Sequence[str] = ("seqscan",),
) -> str:
    """The plan for tenant `acme`, where ways that only suit few rows are switched off; `values` are a text's."""
    compiled = (
        query
        if isinstance(query, str)
        else query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    )
    async with database.unit_of_work("acme") as unit:
        for way in without:
            await unit.session.execute(text(f"SET LOCAL enable_{way} = off"))
        return "\n".join((await unit.session.execute(text(f"EXPLAIN {compiled}"), values)).scalars())

"""What a client sees of its own cases, at the price of one query for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

from evals.bench.setup import Setup
from graphs.store.patience import patient
from graphs.store.tenants import tenant_array

SEEN = """
SELECT c.id, c.status, t.id, t.digest
FROM unnest(%s::text[]) AS mine(id)
JOIN cases c ON c.id = mine.id
LEFT JOIN tasks t ON t.case_id = c.id AND coalesce(t.status IN ('open', 'claimed'), false)
WHERE c.status <> 'running'
"""
"""By primary key and constraint `task_of_visit`: as fast with 100,000 waiting cases as with none."""

COUNT = "SELECT count(*) FROM cases WHERE status = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A case that does not run: its status, and its open task with the digest of what it shows."""

    case_id: str
    status: str
    task_id: str | None
    digest: str | None


class Watcher:
    """Looks, and counts how often it did."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        """Use `connection`, in the order of the calls."""
        self._connection = connection
        self.polls = 0

    async def look(self, case_ids: Collection[str]) -> list[Sighting]:
        """Those of the cases that do not run at this moment."""
        self.polls += 1
        cursor = await self._connection.execute(SEEN, (list(case_ids),), prepare=True)
        return [
            Sighting(case_id=case_id, status=status, task_id=task_id, digest=digest)
            for case_id, status, task_id, digest in await cursor.fetchall()
        ]

    async def count(self, status: str) -> int:
        """How many cases of the tenant have the status."""
        row = await (await self._connection.execute(COUNT, (status,))).fetchone()
        return int(row[0]) if row else 0


@asynccontextmanager
async def watching(setup: Setup) -> AsyncIterator[Watcher]:
    """A watcher of the setup's tenant with a connection of its own, as the application's role."""
    async with await psycopg.AsyncConnection.connect(setup.url, **patient(None)) as connection:
        await connection.execute("SELECT set_config('app.tenants', %s, false)", (tenant_array([setup.tenant]),))
        yield Watcher(connection)

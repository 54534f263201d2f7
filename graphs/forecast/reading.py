"""Reading the trail for passages: each entry counts once, and a bounded sample of every step is kept.

The place up to which a tenant's trail was read is a locked row; what is learned and the new place are one transaction.
A process without service levels is not read, and what was before its first ones is caught up with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.forecast.way import Way
from graphs.runtime.failpoint import failpoint
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.forecast_tables import ForecastPassage
from graphs.store.passages import Passages
from policies.forecast_sample import KEPT

BATCH = 2_000
"""Entries of the trail that are read in one transaction."""
FRESH = timedelta(minutes=5)
"""The queue before a task is counted only so soon after the task was made: later it is another queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageReading:
    """Keeps passages up to date. Safe to run in every worker at once."""

    services: Services
    kept: int = KEPT

    async def of_process(self, tenant: str, process: str) -> int:
        """Read what is new of a process; returns how many entries of the trail that were."""
        total = 0
        while True:
            async with self.services.database.unit_of_work(tenant) as unit:
                read = await self._batch(unit, tenant, process)
                if read:
                    failpoint("passages.before_commit")
            total += read
            if read < BATCH:
                return total

    async def _batch(self, unit: UnitOfWork, tenant: str, process: str) -> int:
        passages = Passages(unit.session, tenant, process)
        after, head = await passages.locked()
        until = min(head, after + BATCH)
        if until <= after:
            return 0
        entries = await passages.page(after=after, until=until)
        if entries:
            known = await passages.under_way({entry.case_id for entry in entries})
            way = Way.of(tenant, known, self.stage_of)
            way.read(entries)
            await passages.drop(sorted(way.gone))
            await self._keep(passages, way, {row.seq for row in known})
        await passages.read_upto(until)
        return until - after

    async def _keep(self, passages: Passages, way: Way, known: set[int]) -> None:
        floors = await passages.floors({row.step for row in way.changed.values()}, kept=self.kept)
        rows = [
            row for row in way.changed.values() if row.seq in known or row.rank > floors.get(row.step, float("-inf"))
        ]
        await self._count_before(passages, way, rows)
        await passages.keep(rows, kept=self.kept)

    async def _count_before(self, passages: Passages, way: Way, rows: Sequence[ForecastPassage]) -> None:
        """How many tasks are before each that has just begun."""
        now = self.services.clock()
        asked = {way.tasks[row.seq]: row for row in rows if row.seq in way.tasks and fresh(row, now)}
        for task_id, ahead in (await passages.places_before(list(asked))).items():
            asked[task_id].ahead = ahead

    def stage_of(self, process: str, version: int, step: str) -> str:
        """The stage of the step; empty where this release has no such version or step."""
        definition = self.services.registry.find(process, version)
        found = definition.by_name.get(step) if definition is not None else None
        return found.stage if found is not None else ""


def fresh(row: ForecastPassage, now: datetime) -> bool:
    """Whether the queue is still the one that the task was put into."""
    return row.left_at is None and now - row.began_at <= FRESH

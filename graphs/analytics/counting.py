"""Counting the trail: what is new is folded into the counters, each entry once.

The place up to which a tenant's trail was counted is a locked row: of several workers one counts, and the counts and
the new place are one transaction. A crash in between leaves neither, and the next round counts the same entries.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphs.analytics.fold import Fold
from graphs.runtime.failpoint import failpoint
from graphs.runtime.services import Services
from graphs.store.analytics import Analytics, behind
from graphs.store.database import UnitOfWork

BATCH = 2_000
"""Entries of the trail that are counted in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Keeps the counters up to date. Safe to run in every worker at once."""

    services: Services
    batch: int = BATCH

    async def run(self) -> int:
        """Count what is new of all tenants; returns how many entries of the trail that were."""
        async with self.services.database.unit_of_all_tenants() as unit:
            found = await behind(unit.session, unit.tenants)
        return sum([await self.of_tenant(tenant) for tenant in found])

    async def of_tenant(self, tenant: str) -> int:
        """Count what is new of one tenant, a batch a transaction; returns how many entries that were."""
        total = 0
        while True:
            async with self.services.database.unit_of_work(tenant) as unit:
                read = await self.count_batch(unit, tenant)
                if read:
                    failpoint("analytics.before_commit")
            total += read
            if read < self.batch:
                return total

    async def count_batch(self, unit: UnitOfWork, tenant: str) -> int:
        """Count one batch in `unit`'s transaction; returns how many entries of the trail that were."""
        analytics = Analytics(unit.session, tenant)
        taken = await analytics.taken()
        if taken is None:
            return 0  # another worker is counting
        after, head = taken
        until = min(head, after + self.batch)
        if until <= after:
            return 0
        entries = await analytics.page(after=after, until=until)
        if entries:
            fold = Fold.of(await analytics.places({entry.case_id for entry in entries}), self.start_of)
            fold.read(entries)
            await analytics.add(fold)
        await analytics.counted_upto(until)
        return until - after

    def start_of(self, process: str, version: int) -> str:
        """Where cases of the version start; empty where this release has no such version."""
        definition = self.services.registry.find(process, version)
        return definition.start if definition is not None else ""

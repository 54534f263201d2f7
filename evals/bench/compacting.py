"""What finished cases take once retention has compacted them, as a tenant would have it done."""

from __future__ import annotations

from datetime import timedelta

from evals.bench import wiring
from evals.bench.setup import Setup
from graphs.audit import WORKER
from graphs.retention import RetentionSweep
from graphs.store.retention import Retained
from graphs.store.retention_tables import ANY, RetentionPolicy


async def compact_finished(setup: Setup) -> int:
    """Set a policy that compacts cases as soon as they have ended, and apply it; returns how many it compacted."""
    async with wiring.open_services(setup) as services:
        policy = RetentionPolicy(
            tenant=setup.tenant,
            process=ANY,
            status=ANY,
            compact_after=timedelta(0),
            set_by=f"{setup.tenant}-{wiring.STARTER}",
            since=services.clock(),
        )
        async with services.database.unit_of_work(setup.tenant) as unit:
            await Retained(unit.session).set_policy(policy)
        return (await RetentionSweep(services=services).of_tenant(setup.tenant, actor=WORKER)).compacted

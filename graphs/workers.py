"""The worker desk: who is alive, who holds cases, and how long the queue is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.intake import require
from graphs.runtime.services import Services
from graphs.runtime.worker import STALE_SECONDS
from graphs.store.people import Actor
from graphs.store.worker_view import LeaseHolder, QueueLength, WorkerSeen, WorkerView

READ = "admin"
"""The queue is one for all organisations, so it is not for everybody of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """Workers, leases and the queue at one instant."""

    workers: Sequence[WorkerSeen]
    leases: Sequence[LeaseHolder]
    queue: QueueLength
    at: datetime

    def is_alive(self, worker: WorkerSeen) -> bool:
        """Whether it has given a sign of life lately enough to count."""
        return self.at - worker.seen_at <= timedelta(seconds=STALE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDesk:
    """Shows who works."""

    services: Services

    async def shown(self, actor: Actor) -> Workforce:
        """Who works now. Raises `PermissionMissing`."""
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            view = WorkerView(unit.session, actor.tenant)
            return Workforce(
                workers=await view.workers(), leases=await view.leases(), queue=await view.queue(now=now), at=now
            )

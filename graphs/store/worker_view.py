"""Workers as the database knows them: signs of life, leases, and what waits in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

WORKERS = text(
    """
    SELECT w.id, w.last_heartbeat,
      (SELECT count(*) FROM procrastinate_jobs j WHERE j.worker_id = w.id AND j.status = 'doing') AS jobs
    FROM procrastinate_workers w ORDER BY w.last_heartbeat DESC, w.id LIMIT :most
    """
)
"""The queue's workers, which are few, with their jobs (index `idx_procrastinate_jobs_worker_not_null`)."""
LEASES = text(
    """
    SELECT lease_owner, count(*) AS cases, max(lease_until) AS until FROM cases
    WHERE tenant = :tenant AND status IN ('running', 'compensating') AND lease_owner IS NOT NULL
    GROUP BY lease_owner ORDER BY lease_owner LIMIT :most
    """
)
"""Who holds cases of the tenant (index `cases_under_way`)."""
QUEUE = text(
    """
    SELECT count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= :now)) AS due,
      count(*) FILTER (WHERE status = 'todo' AND scheduled_at > :now) AS scheduled,
      count(*) FILTER (WHERE status = 'doing') AS doing
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
    """
)
"""What waits and what is under way, of all tenants (index `procrastinate_jobs_id_lock_idx_v1`)."""
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A worker of the queue, when it last gave a sign of life, and how many jobs it has."""

    id: int
    seen_at: datetime
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseHolder:
    """A process that holds cases of the tenant, and until when without another sign of life."""

    owner: str
    cases: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLength:
    """Jobs that are due and nobody has taken, that are scheduled for later, and that are under way."""

    due: int
    scheduled: int
    doing: int


class WorkerView:
    """What the database knows of workers."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def workers(self) -> list[WorkerSeen]:
        """Every worker that the queue knows, who was seen last first."""
        rows = await self._session.execute(WORKERS, {"most": MOST})
        return [WorkerSeen(id=row.id, seen_at=row.last_heartbeat, jobs=row.jobs) for row in rows]

    async def leases(self) -> list[LeaseHolder]:
        """Who holds cases of the tenant."""
        rows = await self._session.execute(LEASES, {"tenant": self._tenant, "most": MOST})
        return [LeaseHolder(owner=row.lease_owner, cases=row.cases, until=row.until) for row in rows]

    async def queue(self, *, now: datetime) -> QueueLength:
        """How long the queue is."""
        row = (await self._session.execute(QUEUE, {"now": now})).one()
        return QueueLength(due=row.due, scheduled=row.scheduled, doing=row.doing)

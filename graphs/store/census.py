"""The census: how much of everything there is, over all tenants together, as counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.store.jobs import CASE_QUEUE

LIVE = text(
    """
    SELECT process, status, count(*) AS cases FROM cases WHERE status IN ('running', 'compensating')
    GROUP BY process, status
    UNION ALL
    SELECT process, status, count(*) FROM cases WHERE status IN ('waiting', 'incident', 'suspended')
    GROUP BY process, status
    """
)
"""Cases that have not ended (indexes `cases_under_way` and `cases_at_rest`)."""
TASKS = text(
    """
    SELECT count(*) AS open, count(*) FILTER (WHERE deadline_at <= :now) AS overdue
    FROM tasks WHERE tenant = ANY (:tenants) AND status IN ('open', 'claimed')
    """
)
"""Tasks without an answer (index `inbox`)."""
INCIDENTS = text("SELECT count(*) FROM incidents WHERE tenant = ANY (:tenants) AND status = 'open'")
"""Open incidents (index `open_incidents`)."""
NOTICES = text("SELECT count(*) FROM notices WHERE tenant = ANY (:tenants) AND status = 'waiting'")
"""Notices that nobody was told of yet (index `notices_waiting`)."""
BREAKERS = text("SELECT breaker, count(*) AS targets FROM targets WHERE tenant = ANY (:tenants) GROUP BY breaker")
"""Targets by their breakers (primary key)."""
JOBS = text(
    """
    SELECT count(*) FILTER (WHERE coalesce(scheduled_at <= :now, true)) AS due,
      count(*) FILTER (WHERE scheduled_at > :now) AS scheduled,
      (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NOT NULL) AS doing
    FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = :queue
    """
)
"""Jobs of the queue (indexes `…_priority_idx` and `…_worker_not_null` of procrastinate)."""
OLDEST = text(
    """
    SELECT extract(epoch FROM clock_timestamp() - greatest(j.scheduled_at, max(e.at)))
    FROM (
      SELECT id, scheduled_at FROM procrastinate_jobs
      WHERE status = 'todo' AND queue_name = :queue AND coalesce(scheduled_at <= :now, true) ORDER BY id LIMIT 1
    ) j JOIN procrastinate_events e ON e.job_id = j.id AND e.type IN ('deferred', 'deferred_for_retry')
    GROUP BY j.id, j.scheduled_at
    """
)
"""How long the oldest job that is due has waited (the same index, and `…_events_job_id_fkey`)."""
PATIENCE = text("SET LOCAL statement_timeout = '2s'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Counts as of one moment. `live` are (process, status, cases), `breakers` are (state, targets)."""

    live: Sequence[tuple[str, str, int]]
    tasks_open: int
    tasks_overdue: int
    incidents_open: int
    notices_waiting: int
    breakers: Sequence[tuple[str, int]]
    jobs_due: int
    jobs_scheduled: int
    jobs_doing: int
    oldest_job_seconds: float
    workers: int


async def taken(session: AsyncSession, tenants: Sequence[str], *, workers: int, now: datetime) -> Census:
    """The census of these tenants, whom the transaction must see; no statement of it lasts longer than two seconds."""
    await session.execute(PATIENCE)
    of: dict[str, Any] = {"tenants": list(tenants)}
    queue = {"queue": CASE_QUEUE, "now": now}
    live = (await session.execute(LIVE)).all()
    tasks = (await session.execute(TASKS, of | {"now": now})).one()
    jobs = (await session.execute(JOBS, queue)).one()
    oldest = (await session.execute(OLDEST, queue)).scalar()
    return Census(
        live=[(row.process, row.status, row.cases) for row in live],
        tasks_open=tasks.open,
        tasks_overdue=tasks.overdue,
        incidents_open=(await session.execute(INCIDENTS, of)).scalar_one(),
        notices_waiting=(await session.execute(NOTICES, of)).scalar_one(),
        breakers=[(row.breaker, row.targets) for row in (await session.execute(BREAKERS, of)).all()],
        jobs_due=jobs.due,
        jobs_scheduled=jobs.scheduled,
        jobs_doing=jobs.doing,
        oldest_job_seconds=max(0.0, float(oldest or 0)),
        workers=workers,
    )

"""Jobs of the queue, enqueued in the caller's own transaction."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tools.telemetry import tracing

CASE_QUEUE = "cases"
ADVANCE = "interlock.advance"
CASES_A_JOB = 16
"""A job costs the queue about as much as advancing a case; so cases that are to be moved at once share one."""

DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), "
    "CAST(:at AS timestamptz))::procrastinate_job_to_defer_v1])"
)

LIVE_WORKERS = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > :since")


class Jobs:
    """Enqueues; a rollback leaves no job."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def live_workers(self, *, since: datetime) -> int:
        """Number of workers that gave a sign of life after `since`."""
        return int((await self._session.execute(LIVE_WORKERS, {"since": since})).scalar_one())

    async def advance(self, tenant: str, case_id: str) -> None:
        """Let a worker advance the case now; such jobs of one case run one after the other."""
        await self._defer(tenant, case_id, lock=case_id, at=None)

    async def look_again(self, tenant: str, case_id: str, at: datetime) -> None:
        """Let a worker look at the case at `at`.

        Without a lock: a scheduled job with the case's lock would hold up every later job of the case.
        """
        await self._defer(tenant, case_id, lock=None, at=at)

    async def _defer(self, tenant: str, case_id: str, *, lock: str | None, at: datetime | None) -> None:
        arguments = json.dumps({"cases": [of_job(tenant, case_id, tracing.traceparent())]})
        values = {"queue": CASE_QUEUE, "task": ADVANCE, "lock": lock, "args": arguments, "at": at}
        await self._session.execute(DEFER, values)


def of_job(tenant: str, case_id: str, traceparent: str) -> list[str]:
    """A case as a job names it: with the traceparent of what enqueues the job, where that is traced."""
    return [tenant, case_id, traceparent] if traceparent else [tenant, case_id]

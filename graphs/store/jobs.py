"""Jobs of the queue, enqueued in the caller's own transaction, and whose turn it is.

What a person has set in motion comes first. All else stands in line, and lines take turns: each tenant has one for its
new cases and one for those that have begun, and a line that has had more cases than another waits for it (start-time
fair queueing, Goyal, Vin and Cheng 1996). So ten thousand invoices that come at once hold up nobody's approval, no
other tenant's invoice, and no case of the same tenant that is under way already.
"""

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

FIRST = 1
"""Priority of what stands in no line. Those in line have none above 0, the less the later their turn."""
LAST = -2147483647
"""The least priority there is: a line that would end behind it has its jobs in the order they come."""
CREATE_LINES = """
CREATE INDEX IF NOT EXISTS jobs_in_line
  ON procrastinate_jobs ((args #>> '{cases,0,0}'), (lock IS NULL), priority)
  WHERE status = 'todo' AND priority <= 0;
CREATE OR REPLACE FUNCTION turn_in_line(tenant_ text, new_ boolean, cases_ integer) RETURNS integer
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_sort = off AS $$
BEGIN
  RETURN greatest(-2147483647, least(
    coalesce((SELECT j.priority FROM procrastinate_jobs j WHERE j.status = 'todo' AND j.priority <= 0
      AND NOT EXISTS (SELECT FROM procrastinate_jobs d WHERE d.lock = j.lock AND d.status = 'doing')
      ORDER BY j.priority DESC LIMIT 1), 0),
    (SELECT priority FROM procrastinate_jobs WHERE status = 'todo' AND priority <= 0
      AND args #>> '{cases,0,0}' = tenant_ AND (lock IS NULL) = new_ ORDER BY priority LIMIT 1)
  )::bigint - cases_);
END $$;
"""
"""The priority of a job of so many cases at the end of its line: behind the line's last, and behind whoever is next.

Jobs without a lock are those of new cases; one whose case is in a worker's hands is not next, however long it has
stood there. Both questions are answered by the first rows of an index, and are planned so whatever the table looks
like: it is empty at one moment and has ten thousand rows at another.
"""

DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, "
    "coalesce(CAST(:priority AS integer), turn_in_line(:tenant, false, 1)), :lock, NULL, "
    "CAST(:args AS jsonb), CAST(:at AS timestamptz))::procrastinate_job_to_defer_v1])"
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
        """Let a worker advance a case that has begun; such jobs of one case run one after the other."""
        await self._defer(tenant, case_id, lock=case_id)

    async def advance_first(self, tenant: str, case_id: str) -> None:
        """The same before all that stands in line, because a person has set the case in motion."""
        await self._defer(tenant, case_id, lock=case_id, priority=FIRST)

    async def look_again(self, tenant: str, case_id: str, at: datetime) -> None:
        """Let a worker look at the case at `at`.

        Without a lock: a scheduled job with the case's lock would hold up every later job of the case. In no line: it
        has waited for its time, and nobody who comes meanwhile is to be measured by it.
        """
        await self._defer(tenant, case_id, priority=FIRST, at=at)

    async def _defer(
        self,
        tenant: str,
        case_id: str,
        *,
        lock: str | None = None,
        priority: int | None = None,
        at: datetime | None = None,
    ) -> None:
        """Enqueue; without a priority at the end of the line of the tenant's cases that have begun."""
        arguments = json.dumps({"cases": [of_job(tenant, case_id, tracing.traceparent())]})
        job = {"queue": CASE_QUEUE, "task": ADVANCE, "lock": lock, "args": arguments, "at": at}
        await self._session.execute(DEFER, {**job, "tenant": tenant, "priority": priority})


def of_job(tenant: str, case_id: str, traceparent: str) -> list[str]:
    """A case as a job names it: with the traceparent of what enqueues the job, where that is traced."""
    return [tenant, case_id, traceparent] if traceparent else [tenant, case_id]

"""What a day brought, and what happened since somebody last looked: bounded counts, each from an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

COUNTED = 10_000
"""Cases are counted up to here."""
ENTRIES = 5_000
"""So many entries of the trail are looked through, the newest."""

OF_DAY = text(
    """
    SELECT process, sum(started) AS started, sum(done) AS done, sum(rejected) AS rejected, sum(cancelled) AS cancelled
    FROM (
      SELECT s.process, 1 AS started, 0 AS done, 0 AS rejected, 0 AS cancelled FROM (
        SELECT c.process FROM cases c WHERE c.tenant = :tenant AND c.created_at >= :since LIMIT :counted) s
      UNION ALL
      SELECT e.process, 0, (e.status = 'done')::int, (e.status = 'rejected')::int, (e.status = 'cancelled')::int FROM (
        SELECT c.process, c.status FROM cases c
        WHERE c.tenant = :tenant AND c.ended_at >= :since AND c.ended_at IS NOT NULL AND c.erased_at IS NULL
        LIMIT :counted) e
    ) every GROUP BY process ORDER BY sum(started + done + rejected + cancelled) DESC, process LIMIT :most
    """
)
"""Cases whose values were erased on the very day they ended are not among them: the index leaves them out."""
ANSWERED = text(
    """
    SELECT count(*) FROM (
      SELECT 1 FROM tasks t WHERE t.tenant = :tenant AND t.decided_by = :user_id AND t.decided_at >= :since
      LIMIT :counted) s
    """
)
SINCE = text(
    """
    SELECT kind, general, count(*) AS number FROM (
      SELECT a.kind, a.case_id IS NULL AS general FROM audit_entries a
      WHERE a.tenant = :tenant AND a.seq > :after ORDER BY a.seq DESC LIMIT :entries
    ) newest GROUP BY kind, general ORDER BY kind
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDay:
    """How many cases of a process started since an instant, and how those that ended since did."""

    process: str
    started: int
    done: int
    rejected: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """So many entries of a kind; `general` ones are about no case."""

    kind: str
    general: bool
    number: int


class DayCounts:
    """Counts of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def processes(self, since: datetime, *, most: int) -> Sequence[ProcessDay]:
        """Cases by process, the busiest first (indexes `cases_by_age`, `cases_to_erase`)."""
        values = {"tenant": self._tenant, "since": since, "counted": COUNTED, "most": most}
        rows = (await self._session.execute(OF_DAY, values)).mappings()
        return [ProcessDay(**row) for row in rows]

    async def answered(self, user_id: str, since: datetime) -> int:
        """How many tasks the person answered (index `tasks_done`)."""
        values = {"tenant": self._tenant, "user_id": user_id, "since": since, "counted": COUNTED}
        return int((await self._session.execute(ANSWERED, values)).scalar_one())

    async def since(self, after: int) -> Sequence[Happened]:
        """What happened behind a number of the trail, of the newest `ENTRIES` (primary key)."""
        values = {"tenant": self._tenant, "after": after, "entries": ENTRIES}
        return [Happened(**row) for row in (await self._session.execute(SINCE, values)).mappings()]

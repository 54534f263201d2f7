"""Questions to the counters of analytics: none of them reads more than its window's counts, and no case is scanned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.analytics.fold import Measure

WINDOW = text("""
SELECT measure, subject, bucket, sum(count)::bigint AS count, sum(total)::bigint AS total FROM analytics_cells
WHERE tenant = :tenant AND process = :process AND measure = ANY (CAST(:measures AS text[]))
  AND day >= :since AND day <= :until AND (CAST(:version AS int) IS NULL OR version = :version)
GROUP BY measure, subject, bucket
""")
DAYS = text("""
SELECT process, day, measure, subject, sum(count)::bigint AS count, sum(total)::bigint AS total FROM analytics_cells
WHERE tenant = :tenant AND process = ANY (CAST(:processes AS text[])) AND measure = ANY (CAST(:measures AS text[]))
  AND day >= :since AND day <= :until AND (CAST(:version AS int) IS NULL OR version = :version)
GROUP BY process, day, measure, subject ORDER BY process, day, measure, subject
""")
"""Both: primary key of `analytics_cells`, of the days of the window."""
OLDEST = text("""
SELECT l.process, l.version, l.step, l.cases, l.since_ms, (SELECT p.since FROM analytics_places p
  WHERE p.tenant = l.tenant AND p.process = l.process AND p.version = l.version AND p.step = l.step
  ORDER BY p.since LIMIT 1) AS oldest
FROM analytics_live l
WHERE l.tenant = :tenant AND l.cases > 0 AND (CAST(:process AS text) IS NULL OR l.process = :process)
  AND (CAST(:version AS int) IS NULL OR l.version = :version)
ORDER BY l.process, l.version, l.step
""")
"""A row a step of a version (primary key of `analytics_live`; index `oldest_at_step`)."""
INCIDENTS = text("""
SELECT p.process, p.version, p.step, count(*) AS incidents
FROM incidents i JOIN analytics_places p ON p.case_id = i.case_id
WHERE i.tenant = :tenant AND i.status = 'open' AND (CAST(:process AS text) IS NULL OR p.process = :process)
  AND (CAST(:version AS int) IS NULL OR p.version = :version)
GROUP BY p.process, p.version, p.step
""")
"""As many rows are read as there are open incidents (index `open_incidents`; primary key of `analytics_places`)."""


LAG = text("""
SELECT greatest(0, coalesce((SELECT h.seq FROM audit_heads h WHERE h.tenant = :tenant), 0)
  - coalesce((SELECT p.seq FROM trail_positions p WHERE p.tenant = :tenant AND p.kind = 'analytics'), 0))
""")


class Counted(NamedTuple):
    """A count of a window, of all its days; in the order of the columns, as there are thousands."""

    measure: str
    subject: str
    bucket: int
    times: int
    total: int


class DayCount(NamedTuple):
    """A count of one day, in the order of the columns."""

    process: str
    day: date
    measure: str
    subject: str
    times: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many cases stand at a step; `since_ms` is the sum of since when, `oldest` since when the first does."""

    process: str
    version: int
    step: str
    cases: int
    since_ms: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days, both included (UTC), of a process: of one version, or of all."""

    process: str
    since: date
    until: date
    version: int | None = None


class AnalyticsQuestions:
    """What the counters of one tenant say."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def lag(self) -> int:
        """How many entries of the trail were not looked at yet (primary keys)."""
        return int((await self._session.execute(LAG, {"tenant": self._tenant})).scalar_one())

    async def window(self, window: Window, measures: Iterable[Measure]) -> list[Counted]:
        """The counts of all days of a window together."""
        values = {**self._days(window), "process": window.process, "measures": [one.value for one in measures]}
        rows = (await self._session.execute(WINDOW, values)).all()
        return [Counted._make(row) for row in rows]

    async def days(self, window: Window, measures: Iterable[Measure], *, processes: Iterable[str]) -> list[DayCount]:
        """The counts day by day, lengths of all buckets together, of several processes at once."""
        named = {"processes": list(processes), "measures": [one.value for one in measures]}
        rows = (await self._session.execute(DAYS, {**self._days(window), **named})).all()
        return [DayCount._make(row) for row in rows]

    async def standing(self, process: str | None = None, version: int | None = None) -> list[Standing]:
        """How many cases stand where."""
        values = {"tenant": self._tenant, "process": process, "version": version}
        return [Standing(**row) for row in (await self._session.execute(OLDEST, values)).mappings()]

    async def incidents(
        self, process: str | None = None, version: int | None = None
    ) -> Mapping[tuple[str, int, str], int]:
        """Open incidents by process, version and step."""
        values = {"tenant": self._tenant, "process": process, "version": version}
        rows = (await self._session.execute(INCIDENTS, values)).all()
        return {(row.process, row.version, row.step): row.incidents for row in rows}

    def _days(self, window: Window) -> dict[str, Any]:
        return {"tenant": self._tenant, "since": window.since, "until": window.until, "version": window.version}

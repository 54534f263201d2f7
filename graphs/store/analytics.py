"""Counters of the trail: reading it by position, and adding to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.analytics.fold import CellKey, Fold, Place, TrailEntry
from graphs.store.analytics_tables import AnalyticsCell, AnalyticsLive, AnalyticsPlace
from graphs.store.trail_positions import TrailPositions

POSITION = "analytics"

BEHIND = text("""
SELECT h.tenant FROM audit_heads h
LEFT JOIN trail_positions p ON p.tenant = h.tenant AND p.kind = 'analytics'
WHERE h.tenant = ANY (CAST(:tenants AS text[])) AND h.seq > coalesce(p.seq, 0)
""")
PAGE = text("""
SELECT e.at, e.kind, e.case_id, e.step, e.visit,
  v.step ->> 'kind' AS step_kind, v.step ->> 'route' AS route,
  CAST(v.step ->> 'started_at' AS timestamptz) AS started_at,
  CASE WHEN jsonb_exists(a.content, 'end') THEN coalesce(v."end" ->> 'status',
    (SELECT c.status FROM cases c WHERE c.id = e.case_id)) END AS ends,
  v.answer ->> 'decision' AS decision,
  CASE WHEN jsonb_typeof(v.task -> 'reasons') = 'array' THEN (
    SELECT array_agg(DISTINCT r ->> 'rule' ORDER BY r ->> 'rule')
    FROM jsonb_array_elements(v.task -> 'reasons') AS r WHERE r ->> 'rule' IS NOT NULL) END AS rules,
  CASE WHEN e.kind = 'agent.decided' AND v.decision ->> 'status' = 'answered'
    THEN v.decision ->> 'class' END AS agent,
  CASE WHEN e.kind = 'agent.decided' THEN CAST(v.decision ->> 'autonomous' AS bool) END AS autonomous,
  CASE WHEN e.kind = 'agent.decided'
    THEN CAST(v.decision #>> '{usage,cost_micros}' AS bigint) END AS cost,
  CASE WHEN e.kind = 'answer.applied' THEN v.outcome ->> 'class' END AS judged,
  CASE WHEN e.kind = 'answer.applied' THEN CAST(v.outcome ->> 'right' AS bool) END AS right_,
  CASE e.kind
    WHEN 'case.started' THEN coalesce(v.process,
      (SELECT c.process || '@' || c.version FROM cases c WHERE c.id = e.case_id))
    WHEN 'case.migrated' THEN v."to" ->> 'process' END AS reference
FROM audit_entries e
LEFT JOIN audit_values a ON a.tenant = e.tenant AND a.seq = e.seq
LEFT JOIN LATERAL jsonb_to_record(a.content) AS v(step jsonb, "end" jsonb, answer jsonb, task jsonb, decision jsonb,
  outcome jsonb, process text, "to" jsonb) ON true
WHERE e.tenant = :tenant AND e.seq > :after AND e.seq <= :until AND e.case_id IS NOT NULL
  AND (e.visit IS NOT NULL OR e.kind IN ('case.started', 'incident.opened', 'case.cancelled', 'case.migrated'))
  AND (e.kind <> 'case.started' OR jsonb_exists(a.content, 'analysis_of') IS NOT TRUE)
ORDER BY e.seq
""")
"""The columns of a `TrailEntry`, in its order. Values are taken out of their row once, not for each column.

Where cases went (primary keys of `audit_entries`, `audit_values` and `cases`). Copies for analysis do not count."""

PLACES = text("""
SELECT case_id, process, version, step, since, started_at, touched, reworked, cost_micros, rules
FROM analytics_places WHERE case_id = ANY (CAST(:cases AS text[]))
""")
GONE = text("DELETE FROM analytics_places WHERE case_id = ANY (CAST(:cases AS text[]))")
"""Both: primary key."""
KEEP = text("""
INSERT INTO analytics_places
  (case_id, tenant, process, version, step, since, started_at, touched, reworked, cost_micros, rules)
SELECT r.case_id, :tenant, r.process, r.version, r.step, r.since, r.started_at, r.touched, r.reworked, r.cost_micros,
  CASE r.rules WHEN '' THEN '{}'::text[] ELSE string_to_array(r.rules, chr(31)) END
FROM unnest(CAST(:case_id AS text[]), CAST(:process AS text[]), CAST(:version AS int[]), CAST(:step AS text[]),
  CAST(:since AS timestamptz[]), CAST(:started_at AS timestamptz[]), CAST(:touched AS bool[]),
  CAST(:reworked AS bool[]), CAST(:cost_micros AS bigint[]), CAST(:rules AS text[]))
  AS r(case_id, process, version, step, since, started_at, touched, reworked, cost_micros, rules)
ON CONFLICT (case_id) DO UPDATE SET process = excluded.process, version = excluded.version, step = excluded.step,
  since = excluded.since, touched = excluded.touched, reworked = excluded.reworked,
  cost_micros = excluded.cost_micros, rules = excluded.rules
""")
SEPARATOR = "\x1f"
"""Between the rules of a place while they are sent: arrays of arrays must have one length."""
COUNT = text("""
INSERT INTO analytics_cells AS c (tenant, process, measure, day, version, subject, bucket, count, total)
SELECT :tenant, r.* FROM unnest(CAST(:process AS text[]), CAST(:measure AS text[]), CAST(:day AS date[]),
  CAST(:version AS int[]), CAST(:subject AS text[]), CAST(:bucket AS smallint[]), CAST(:count AS bigint[]),
  CAST(:total AS bigint[])) AS r
ON CONFLICT (tenant, process, measure, day, version, subject, bucket) DO UPDATE
SET count = c.count + excluded.count, total = c.total + excluded.total
""")
STAND = text("""
INSERT INTO analytics_live AS l (tenant, process, version, step, cases, since_ms)
SELECT :tenant, r.* FROM unnest(CAST(:process AS text[]), CAST(:version AS int[]), CAST(:step AS text[]),
  CAST(:cases AS bigint[]), CAST(:since_ms AS bigint[])) AS r
ON CONFLICT (tenant, process, version, step) DO UPDATE
SET cases = l.cases + excluded.cases, since_ms = l.since_ms + excluded.since_ms
""")


async def behind(session: AsyncSession, tenants: Sequence[str]) -> list[str]:
    """The tenants whose trail has entries that were not counted yet."""
    return [row.tenant for row in (await session.execute(BEHIND, {"tenants": list(tenants)})).all()]


class Analytics:
    """The counters of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant
        self._positions = TrailPositions(session, tenant)

    async def taken(self) -> tuple[int, int] | None:
        """How far the trail was counted, locked, and where it ends now; None while another transaction counts."""
        return await self._positions.taken(POSITION)

    async def counted_upto(self, seq: int) -> None:
        """Remember that the trail was counted up to this entry."""
        await self._positions.move(POSITION, seq)

    async def page(self, *, after: int, until: int) -> list[TrailEntry]:
        """What the entries behind `after` and up to `until` say, in order."""
        values = {"tenant": self._tenant, "after": after, "until": until}
        return [TrailEntry._make(row) for row in (await self._session.execute(PAGE, values)).all()]

    async def places(self, case_ids: Iterable[str]) -> list[Place]:
        """The open cases among these (primary key)."""
        rows = (await self._session.execute(PLACES, {"cases": list(case_ids)})).mappings()
        return [Place(**row) for row in rows]

    async def add(self, fold: Fold) -> None:
        """Add what was counted, and keep where cases stand now. Rows come in the order of their keys."""
        if fold.gone:
            await self._session.execute(GONE, {"cases": sorted(fold.gone)})
        changed = [fold.places[case_id] for case_id in sorted(fold.changed)]
        if changed:
            await self._session.execute(KEEP, {"tenant": self._tenant, **place_columns(changed)})
        await self.count(fold.cells)
        moved = sorted((*key, *by) for key, by in fold.live().items())
        if moved:
            await self._session.execute(
                STAND, {"tenant": self._tenant, **columns(("process", "version", "step", "cases", "since_ms"), moved)}
            )

    async def count(self, cells: Mapping[CellKey, Sequence[int]]) -> None:
        """Add to the counts of days (primary key)."""
        rows = sorted((process, measure.value, *key, *by) for (process, measure, *key), by in cells.items())
        names = ("process", "measure", "day", "version", "subject", "bucket", "count", "total")
        if rows:
            await self._session.execute(COUNT, {"tenant": self._tenant, **columns(names, rows)})

    async def cells(self) -> int:
        """How many counts there are: a look at all of them, for benchmarks."""
        query = select(func.count()).select_from(AnalyticsCell).where(col(AnalyticsCell.tenant) == self._tenant)
        return int((await self._session.execute(query)).scalar_one())

    async def reset(self) -> None:
        """Forget every count, and begin the trail anew. Nobody counts meanwhile: the position is locked."""
        await self._positions.locked(POSITION)
        for table in (AnalyticsPlace, AnalyticsLive, AnalyticsCell):
            await self._session.execute(delete(table).where(col(table.tenant) == self._tenant))
        await self._positions.move(POSITION, 0)


def columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows as one list a column."""
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def place_columns(places: Sequence[Place]) -> dict[str, list[Any]]:
    """Places as one list a column."""
    names = ("case_id", "process", "version", "step", "since", "started_at", "touched", "reworked", "cost_micros")
    found: dict[str, list[Any]] = {name: [getattr(place, name) for place in places] for name in names}
    return {**found, "rules": [SEPARATOR.join(place.rules) for place in places]}

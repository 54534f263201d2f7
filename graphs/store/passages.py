"""Passages of cases through steps, as they are read off the trail; of each step a bounded sample is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.forecast_tables import ForecastPassage
from graphs.store.trail_positions import TrailPositions

POSITION = "forecast_passages/"
"""Each process has a place of its own: one whose service levels are new is caught up with from before."""
HISTORY = 50_000
"""So many entries of the trail are read where service levels are new: what is older is not learned from."""

PAGE = text("""
SELECT e.seq, e.at, e.kind, e.case_id, e.step, e.visit, c.process, c.version,
  v.content #>> '{update,route}' AS route,
  v.content #> '{task,reasons}' AS reasons,
  v.content #>> '{answer,at}' AS answered_at,
  v.content ->> 'kind' AS ordered,
  coalesce(jsonb_typeof(v.content -> 'end') <> 'null', false) AS ended,
  t.id AS task_id, t.assignee_id
FROM audit_entries e
JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
JOIN cases c ON c.id = e.case_id
LEFT JOIN tasks t ON t.id = v.content #>> '{task,task}'
WHERE e.tenant = :tenant AND e.seq > :after AND e.seq <= :until
  AND (e.visit IS NOT NULL OR e.kind IN ('deadline.paused', 'deadline.resumed', 'steering.ordered', 'case.resumed',
    'case.cancelled'))
  AND c.process = :process AND NOT jsonb_exists(c.summary, 'analysis_of')
ORDER BY e.seq
""")
"""Where cases of the process went, and when they stood still (primary key of `audit_entries`)."""

FLOORS = text("""
SELECT step, count(*) AS passages, min(rank) AS lowest FROM forecast_passages
WHERE tenant = :tenant AND process = :process AND step = ANY (CAST(:steps AS text[])) GROUP BY step
""")
TRIM = text("""
DELETE FROM forecast_passages p USING (
  SELECT seq, row_number() OVER (PARTITION BY step ORDER BY rank DESC) AS place FROM forecast_passages
  WHERE tenant = :tenant AND process = :process AND step = ANY (CAST(:steps AS text[]))
) AS placed
WHERE p.tenant = :tenant AND p.seq = placed.seq AND placed.place > :kept
""")
"""Both: index `passages_of_step`."""

PLACES_BEFORE = text("""
SELECT t.id, (SELECT count(*) FROM tasks o
  WHERE o.tenant = t.tenant AND o.assignee_id = t.assignee_id AND o.status IN ('open', 'claimed')
    AND (o.deadline_at, o.id) < (t.deadline_at, t.id)) AS ahead
FROM tasks t WHERE t.id = ANY (CAST(:tasks AS text[])) AND t.tenant = :tenant AND t.assignee_id IS NOT NULL
""")
"""How many tasks are before each in its person's inbox (index `inbox_of_person`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayEntry:
    """An entry of the trail that says where a case went or that it stands still; `label` is what its task is about."""

    seq: int
    at: datetime
    kind: str
    case_id: str
    step: str | None
    visit: int | None
    process: str
    version: int
    route: str | None
    label: str
    answered_at: datetime | None
    ordered: str | None
    ended: bool
    task_id: str | None
    assignee_id: str | None


class Passages:
    """The passages of one tenant's cases of one process."""

    def __init__(self, session: AsyncSession, tenant: str, process: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant
        self._process = process
        self._positions = TrailPositions(session, tenant)

    async def locked(self) -> tuple[int, int]:
        """How far the trail has been read, locked until the transaction ends, and where it ends now."""
        seq, head = await self._positions.locked(POSITION + self._process)
        return (max(0, head - HISTORY) if seq == 0 else seq), head

    async def read_upto(self, seq: int) -> None:
        """Remember that the trail was read up to this entry."""
        await self._positions.move(POSITION + self._process, seq)

    async def page(self, *, after: int, until: int) -> list[WayEntry]:
        """What the entries behind `after` and up to `until` say of the process's cases, in order."""
        values = {"tenant": self._tenant, "after": after, "until": until, "process": self._process}
        return [_entry(row) for row in (await self._session.execute(PAGE, values)).all()]

    async def under_way(self, case_ids: Iterable[str]) -> Sequence[ForecastPassage]:
        """The cases' passages that are kept, of cases that are not over (index `passages_under_way`)."""
        query = select(ForecastPassage).where(
            col(ForecastPassage.case_id).in_(list(case_ids)), col(ForecastPassage.over_at).is_(None)
        )
        rows = (await self._session.execute(query.order_by(col(ForecastPassage.seq)))).scalars().all()
        for row in rows:
            self._session.expunge(row)  # what is changed is written by `keep`, and by nothing else
        return rows

    async def floors(self, steps: Iterable[str], *, kept: int) -> Mapping[str, float]:
        """The rank below which nothing is kept, of those steps that are full (index `passages_of_step`)."""
        rows = (await self._session.execute(FLOORS, self._named(steps))).all()
        return {row.step: row.lowest for row in rows if row.passages >= kept}

    async def keep(self, rows: Sequence[ForecastPassage], *, kept: int) -> None:
        """Write them, and drop the lowest ranks of every step that has more than `kept`."""
        if not rows:
            return
        added = insert(ForecastPassage).values([row.model_dump() for row in rows])
        moved = {name: added.excluded[name] for name in ("left_at", "stage_left_at", "over_at", "halts")}
        await self._session.execute(added.on_conflict_do_update(index_elements=["tenant", "seq"], set_=moved))
        await self._session.execute(TRIM, {**self._named(row.step for row in rows), "kept": kept})

    async def drop(self, seqs: Sequence[int]) -> None:
        """Forget these (primary key)."""
        if seqs:
            names = [(self._tenant, seq) for seq in seqs]
            key = tuple_(col(ForecastPassage.tenant), col(ForecastPassage.seq))
            await self._session.execute(delete(ForecastPassage).where(key.in_(names)))

    async def of_step(self, step: str) -> Sequence[ForecastPassage]:
        """Every passage through the step that is kept (index `passages_of_step`)."""
        query = select(ForecastPassage).where(
            col(ForecastPassage.tenant) == self._tenant,
            col(ForecastPassage.process) == self._process,
            col(ForecastPassage.step) == step,
        )
        return (await self._session.execute(query.order_by(col(ForecastPassage.seq)))).scalars().all()

    async def places_before(self, task_ids: Sequence[str]) -> Mapping[str, int]:
        """How many tasks are before each of these in its person's inbox; a task that nobody has is left out."""
        if not task_ids:
            return {}
        values = {"tenant": self._tenant, "tasks": list(task_ids)}
        return {row.id: row.ahead for row in (await self._session.execute(PLACES_BEFORE, values)).all()}

    def _named(self, steps: Iterable[str]) -> dict[str, Any]:
        return {"tenant": self._tenant, "process": self._process, "steps": sorted(set(steps))}


def _entry(row: Any) -> WayEntry:
    answered_at = datetime.fromisoformat(row.answered_at) if row.answered_at else None
    return WayEntry(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        case_id=row.case_id,
        step=row.step,
        visit=row.visit,
        process=row.process,
        version=row.version,
        route=row.route,
        label=label_of(row.reasons),
        answered_at=answered_at,
        ordered=row.ordered,
        ended=row.ended,
        task_id=row.task_id,
        assignee_id=row.assignee_id,
    )


def label_of(reasons: Any) -> str:
    """What sets a question apart from others of its step: the exceptions that ask, by name."""
    if not isinstance(reasons, list):
        return ""
    found = {one.get("exception") for one in reasons if isinstance(one, dict) and one.get("severity") != "warn"}
    return " ".join(sorted(str(name) for name in found if name))

"""Looks at clocks, and forecasts that are held against what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.deadline_tables import ClockRow
from graphs.store.forecast_tables import ForecastLook, ForecastRow
from graphs.store.passages import label_of
from graphs.store.rows import affected
from graphs.store.tables import Task

ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('forecasts/' || :tenant, 0))")

RUNS = """
k.tenant = :tenant AND k.status = 'running' AND k.breached_at IS NULL AND k.due_at > :now AND k.due_at <= :until
"""
DUE_AGAIN = text(
    """
SELECT k.id FROM forecast_looks l JOIN deadline_clocks k ON k.id = l.clock_id
WHERE l.tenant = :tenant AND l.next_at <= :now AND """
    + RUNS
    + """
ORDER BY k.due_at, k.id LIMIT :limit
"""
)
"""Running clocks whose next look is due, the soonest due first (index `looks_due`): as many rows as there are such."""
UNSEEN = text(
    """
SELECT k.id FROM deadline_clocks k LEFT JOIN forecast_looks l ON l.clock_id = k.id
WHERE (l.clock_id IS NULL OR l.clock_version <> k.version) AND """
    + RUNS
    + """
ORDER BY k.due_at, k.id LIMIT :limit
"""
)
"""Running clocks that nobody has looked at as they are now: a pass over all that are due within the horizon."""
TO_LOOK_AT = text(
    """
SELECT k.* FROM deadline_clocks k LEFT JOIN forecast_looks l ON l.clock_id = k.id
WHERE k.id = ANY (CAST(:ids AS text[])) AND (l.next_at IS NULL OR l.next_at <= :now OR l.clock_version <> k.version)
  AND """
    + RUNS
    + """
ORDER BY k.due_at, k.id
"""
)
"""Those of the clocks that are still to be looked at (primary keys)."""

PLACES = text("""
SELECT c.id, c.process, c.version, p.at, coalesce(t.step, p.step) AS step, t.id AS task_id,
  (SELECT count(*) FROM tasks o
    WHERE o.tenant = t.tenant AND o.assignee_id = t.assignee_id AND o.status IN ('open', 'claimed')
      AND (o.deadline_at, o.id) < (t.deadline_at, t.id)) AS ahead
FROM cases c
CROSS JOIN LATERAL (
  SELECT e.at, CASE WHEN e.visit = 0 THEN e.step ELSE v.content #>> '{update,route}' END AS step
  FROM audit_entries e JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
  WHERE e.case_id = c.id AND e.visit IS NOT NULL AND e.kind <> 'case.migrated' ORDER BY e.seq DESC LIMIT 1
) AS p
LEFT JOIN tasks t ON t.case_id = c.id AND t.status IN ('open', 'claimed')
WHERE c.id = ANY (CAST(:cases AS text[]))
""")
"""Where cases stand (indexes `audit_of_case`, `task_of_visit`, `inbox_of_person`)."""

BEFORE_IN_INBOX = text("""
SELECT u.id AS person, (SELECT count(*) FROM tasks o
  WHERE o.tenant = :tenant AND o.assignee_id = u.id AND o.status IN ('open', 'claimed')
    AND (o.deadline_at, o.id) < (CAST(:due AS timestamptz), :task)) AS ahead
FROM unnest(CAST(:users AS text[])) AS u(id)
""")
"""How many tasks would be before one in each of these inboxes (index `inbox_of_person`)."""

SETTLE = text("""
UPDATE forecasts f SET settled_at = :now, outcome = CASE
    WHEN k.breached_at IS NOT NULL THEN 'breached'
    WHEN k.why NOT IN ('left', 'the case has ended') THEN 'void'
    WHEN k.stopped_at > k.due_at THEN 'breached'
    ELSE 'met' END
FROM deadline_clocks k
WHERE f.tenant = :tenant AND f.outcome IS NULL AND k.id = f.clock_id
  AND (k.breached_at IS NOT NULL OR k.status = 'stopped')
""")
"""The fixed points of clocks that have ended or are breached (index `forecasts_to_settle`)."""

GONE = text("""
DELETE FROM forecast_looks l USING deadline_clocks k
WHERE l.tenant = :tenant AND k.id = l.clock_id AND (k.status = 'stopped' OR k.breached_at IS NOT NULL)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlace:
    """Where a case stands: at which step since when, and with which task; `ahead` is what is before that."""

    case_id: str
    process: str
    version: int
    step: str
    since: datetime
    label: str = ""
    task: Task | None = None
    ahead: int | None = None

    @property
    def performer(self) -> str | None:
        """Who has the task."""
        return self.task.assignee_id if self.task is not None else None


class Forecasts:
    """The forecasts of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def alone(self) -> bool:
        """Whether nobody else looks at this tenant's clocks until the transaction ends."""
        return bool((await self._session.execute(ALONE, {"tenant": self._tenant})).scalar_one())

    async def due_again(self, *, now: datetime, until: datetime, limit: int) -> Sequence[str]:
        """Clocks due by `until` whose next look is due (index `looks_due`)."""
        return await self._ids(DUE_AGAIN, now=now, until=until, limit=limit)

    async def unseen(self, *, now: datetime, until: datetime, limit: int) -> Sequence[str]:
        """Clocks due by `until` that nobody has looked at as they are now (index `clocks_by_due`)."""
        return await self._ids(UNSEEN, now=now, until=until, limit=limit)

    async def _ids(self, query: TextClause, *, now: datetime, until: datetime, limit: int) -> Sequence[str]:
        values = {"tenant": self._tenant, "now": now, "until": until, "limit": limit}
        return (await self._session.execute(query, values)).scalars().all()

    async def to_look_at(self, clock_ids: Sequence[str], *, now: datetime, until: datetime) -> Sequence[ClockRow]:
        """Those of the clocks that run, are due by `until` and were not looked at meanwhile (primary keys)."""
        values = {"tenant": self._tenant, "ids": list(clock_ids), "now": now, "until": until}
        query = select(ClockRow).from_statement(TO_LOOK_AT.bindparams(**values))
        return (await self._session.execute(query)).scalars().all()

    async def places(self, case_ids: Iterable[str]) -> Mapping[str, CasePlace]:
        """Where the cases stand; one that has no way on is left out."""
        rows = (await self._session.execute(PLACES, {"cases": sorted(set(case_ids))})).all()
        tasks = await self._tasks([row.task_id for row in rows if row.task_id])
        return {row.id: _place(row, tasks.get(row.task_id)) for row in rows if row.step}

    async def _tasks(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        found = (await self._session.execute(select(Task).where(col(Task.id).in_(task_ids)))).scalars()
        return {task.id: task for task in found}

    async def before_in_inboxes(self, user_ids: Sequence[str], task: Task) -> Mapping[str, int]:
        """How many of each person's tasks would be before this one."""
        values = {"tenant": self._tenant, "users": list(user_ids), "due": task.deadline_at, "task": task.id}
        return {row.person: row.ahead for row in (await self._session.execute(BEFORE_IN_INBOX, values)).all()}

    async def looked(self, rows: Sequence[ForecastLook]) -> None:
        """Keep the last look at each clock (primary key)."""
        if not rows:
            return
        added = insert(ForecastLook).values([row.model_dump() for row in rows])
        names = ("clock_version", "looked_at", "next_at", "probability_bps")
        moved = {name: added.excluded[name] for name in names}
        await self._session.execute(added.on_conflict_do_update(index_elements=["clock_id"], set_=moved))

    async def issue(self, rows: Sequence[ForecastRow]) -> frozenset[str]:
        """Keep those of which none of that id is there (primary key); the ids of those that it kept."""
        if not rows:
            return frozenset()
        added = insert(ForecastRow).values([row.model_dump() for row in rows])
        kept = added.on_conflict_do_nothing(index_elements=["id"]).returning(col(ForecastRow.id))
        return frozenset((await self._session.execute(kept)).scalars())

    async def settle(self, *, now: datetime) -> int:
        """Note what became of forecasts whose clock has ended; returns of how many. Looks at such clocks go."""
        settled = affected(await self._session.execute(SETTLE, {"tenant": self._tenant, "now": now}))
        await self._session.execute(GONE, {"tenant": self._tenant})
        return settled

    async def settled(self, *, process: str | None, limit: int) -> Sequence[ForecastRow]:
        """The last forecasts whose end is known, the newest first (index `forecasts_by_settling`)."""
        query = select(ForecastRow).where(
            col(ForecastRow.tenant) == self._tenant, col(ForecastRow.settled_at).is_not(None)
        )
        if process is not None:
            query = query.where(col(ForecastRow.process) == process)
        ordered = query.order_by(col(ForecastRow.settled_at).desc(), col(ForecastRow.id)).limit(limit)
        return (await self._session.execute(ordered)).scalars().all()

    async def of_clock(self, clock_id: str) -> Sequence[ForecastRow]:
        """What was ever forecast of the clock, in order (index `forecasts_of_clock`)."""
        query = select(ForecastRow).where(col(ForecastRow.clock_id) == clock_id).order_by(col(ForecastRow.issued_at))
        return (await self._session.execute(query)).scalars().all()

    async def riskiest(self, *, limit: int) -> Sequence[tuple[ForecastLook, ClockRow]]:
        """Running clocks by the probability of the last look, the highest first (index `looks_by_risk`)."""
        query = (
            select(ForecastLook, ClockRow)
            .join(ClockRow, col(ClockRow.id) == col(ForecastLook.clock_id))
            .where(
                col(ForecastLook.tenant) == self._tenant,
                col(ForecastLook.probability_bps).is_not(None),
                col(ClockRow.status) == "running",
                col(ClockRow.breached_at).is_(None),
            )
            .order_by(col(ForecastLook.probability_bps).desc(), col(ForecastLook.clock_id))
            .limit(limit)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]


def _place(row: Any, task: Task | None) -> CasePlace:
    return CasePlace(
        case_id=row.id,
        process=row.process,
        version=row.version,
        step=row.step,
        since=row.at,
        label=label_of(task.reasons) if task is not None else "",
        task=task,
        ahead=row.ahead if task is not None and task.assignee_id is not None else None,
    )

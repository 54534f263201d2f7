"""What was reached on the ladders of clocks, and the clocks that are at risk or breached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.deadline_tables import AT_RISK, ClockRow
from graphs.store.deadlines import Clocks
from graphs.store.escalation_tables import EscalationRow
from graphs.store.inbox import UNANSWERED
from graphs.store.rows import affected
from graphs.store.tables import Case, Task

AT_RISK_OF_CLOCK = AT_RISK.replace("status", "deadline_clocks.status", 1)
HELD = text(
    """
    WITH c AS MATERIALIZED (
      SELECT k.id, k.task_id FROM deadline_clocks k JOIN cases c ON c.id = k.case_id WHERE k.id = :id
      FOR NO KEY UPDATE OF c SKIP LOCKED
    ), k AS MATERIALIZED (
      SELECT id FROM deadline_clocks WHERE id = (SELECT id FROM c) FOR UPDATE SKIP LOCKED
    ), t AS MATERIALIZED (
      SELECT id FROM timers WHERE subject = 'ladder' AND subject_id = (SELECT id FROM k) FOR UPDATE SKIP LOCKED
    ), w AS MATERIALIZED (
      SELECT id FROM tasks WHERE id = (SELECT task_id FROM c) FOR UPDATE SKIP LOCKED
    )
    SELECT k.id FROM k
    WHERE NOT EXISTS (SELECT FROM timers o WHERE o.subject = 'ladder' AND o.subject_id = k.id
        AND o.id NOT IN (SELECT id FROM t))
      AND NOT EXISTS (SELECT FROM tasks o WHERE o.id = (SELECT task_id FROM c) AND o.id NOT IN (SELECT id FROM w))
    """
)
"""The clock with its case, its ladder's timer and its task, if nobody else has one of them: nothing is waited for."""


CLIMB = text(
    """
    UPDATE deadline_clocks k SET climbed = r.climbed, at_risk_since = r.since
    FROM unnest(CAST(:ids AS text[]), CAST(:climbed AS int[]), CAST(:since AS timestamptz[])) AS r(id, climbed, since)
    WHERE k.id = r.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """So many steps of a clock's ladder are behind; the clock is at risk since then, if it is."""

    clock_id: str
    climbed: int
    at_risk_since: datetime | None


class Escalations:
    """The escalation rows, and what they do to clocks and tasks."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def hold(self, clock_id: str) -> bool:
        """Lock the clock and what belongs to it, without waiting; says whether it did (primary keys)."""
        return (await self._session.execute(HELD, {"id": clock_id})).scalar_one_or_none() is not None

    async def have(self, clock_id: str) -> ClockRow | None:
        """Lock the clock, whose case is locked already; None where there is no such clock (primary key)."""
        query = select(ClockRow).where(col(ClockRow.id) == clock_id).with_for_update()
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()

    async def add(self, rows: Sequence[EscalationRow]) -> None:
        """Record what was reached."""
        self._session.add_all(rows)
        await self._session.flush()

    async def get(self, escalation_id: str) -> EscalationRow | None:
        """The escalation (primary key)."""
        return await self._session.get(EscalationRow, escalation_id, populate_existing=True)

    async def of_clocks(self, clock_ids: Sequence[str]) -> Sequence[EscalationRow]:
        """What was reached on these clocks' ladders, in order (index `escalations_of_clock`)."""
        query = select(EscalationRow).where(col(EscalationRow.clock_id).in_(clock_ids))
        ordered = query.order_by(col(EscalationRow.at), col(EscalationRow.place))
        return (await self._session.execute(ordered)).scalars().all()

    async def acknowledge(self, escalation_id: str, *, by: str, now: datetime) -> bool:
        """Somebody has seen it: compare-and-set; says whether this was the first (primary key)."""
        query = update(EscalationRow).where(
            col(EscalationRow.id) == escalation_id, col(EscalationRow.acknowledged_at).is_(None)
        )
        return affected(await self._session.execute(query.values(acknowledged_by=by, acknowledged_at=now))) == 1

    async def climb(self, climbs: Sequence[Climb]) -> None:
        """So many steps of each clock's ladder are behind; its timer follows (primary key)."""
        ids = [climb.clock_id for climb in climbs]
        climbed = [climb.climbed for climb in climbs]
        since = [climb.at_risk_since for climb in climbs]
        await self._session.execute(CLIMB, {"ids": ids, "climbed": climbed, "since": since})
        await Clocks(self._session).wind_ladders(*ids)

    async def running(self, clock_ids: Sequence[str]) -> Mapping[str, ClockRow]:
        """Those of the clocks that run and have a ladder, by id (primary key)."""
        query = select(ClockRow).where(
            col(ClockRow.id).in_(clock_ids), col(ClockRow.status) == "running", col(ClockRow.ladder).is_not(None)
        )
        found = (await self._session.execute(query.execution_options(populate_existing=True))).scalars()
        return {row.id: row for row in found}

    async def standing(self, case_ids: Sequence[str]) -> Mapping[str, tuple[Case, Sequence[Task]]]:
        """The cases that have not ended, each with its unanswered tasks (primary key, constraint `task_of_visit`)."""
        query = select(Case).where(col(Case.id).in_(case_ids), col(Case.ended_at).is_(None))
        cases = (await self._session.execute(query.execution_options(populate_existing=True))).scalars().all()
        asked = select(Task).where(col(Task.case_id).in_([case.id for case in cases]), col(Task.status).in_(UNANSWERED))
        ordered = asked.order_by(col(Task.created_at), col(Task.id)).execution_options(populate_existing=True)
        tasks: dict[str, list[Task]] = {case.id: [] for case in cases}
        for task in (await self._session.execute(ordered)).scalars():
            tasks[task.case_id].append(task)
        return {case.id: (case, tasks[case.id]) for case in cases}

    async def risks(self, tenant: str, *, limit: int) -> Sequence[tuple[ClockRow, str]]:
        """Clocks at risk or breached with their case's title, the soonest due first (index `clocks_at_risk`)."""
        query = (
            select(ClockRow, col(Case.title))
            .join(Case, col(Case.id) == col(ClockRow.case_id))
            .where(col(ClockRow.tenant) == bindparam("tenant", tenant), text(AT_RISK_OF_CLOCK))
            .order_by(col(ClockRow.due_at), col(ClockRow.id))
            .limit(limit)
        )
        return [(row, title) for row, title in (await self._session.execute(query)).all()]

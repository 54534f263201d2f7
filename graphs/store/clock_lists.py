"""Lists of clocks: what is due next, what is at risk or breached, and whom escalations wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, TextClause, bindparam, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.deadline_tables import ClockRow
from graphs.store.escalation_tables import EscalationRow
from graphs.store.escalations import AT_RISK_OF_CLOCK
from graphs.store.forecast_tables import ForecastLook
from graphs.store.inbox_tabs import Place
from graphs.store.tables import Case, Task

ListedQuery = Select[ClockRow, str, str, str, str | None, int | None]
"""A clock, title and process of its case, title and assignee of its task, and its probability in basis points."""

COUNTED = 1000
"""Clocks are counted up to here."""
NOTICES_LOOKED_AT = 200
CLOCKS_LOOKED_AT = 500
RUNNING = text("deadline_clocks.status = 'running' AND deadline_clocks.breached_at IS NULL")
"""The condition of the index `clocks_by_due`, written out."""

MINE = text(
    """
    SELECT DISTINCT told.escalation FROM (
      SELECT n.values ->> 'escalation' AS escalation FROM notices n
      WHERE n.tenant = :tenant AND n.recipient_id = :user_id ORDER BY n.created_at DESC LIMIT :looked_at
    ) told WHERE told.escalation IS NOT NULL
    """
)
"""What a person was told of, of the newest things (index `notices_of_person`)."""

OF_RISKS = text(
    """
    SELECT e.id FROM (
      SELECT k.id, k.started_at FROM deadline_clocks k
      WHERE k.tenant = :tenant AND k.status IN ('running', 'paused')
        AND (k.breached_at IS NOT NULL OR k.at_risk_since IS NOT NULL)
      ORDER BY k.due_at, k.id LIMIT :looked_at
    ) c JOIN escalations e ON e.clock_id = c.id AND e.round = c.started_at
    """
)
"""What was reached on the ladders of the clocks at risk, the soonest due (`clocks_at_risk`, `escalations_of_clock`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedClock:
    """A clock with the title of its case, the task it is about, and the probability of the last look at it."""

    row: ClockRow
    title: str
    process: str
    task_title: str | None
    assignee_id: str | None
    probability_bps: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEscalation:
    """An escalation with its clock and the title of its case."""

    escalation: EscalationRow
    clock: ClockRow
    title: str


class ClockLists:
    """Reads lists of one tenant, page by page, each in the order of an index."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def due(self, *, after: Place | None, until: datetime | None, limit: int) -> Sequence[ListedClock]:
        """Clocks that run and are not breached, the soonest due first (index `clocks_by_due`)."""
        query = _by_due(self._listed(RUNNING), after)
        if until is not None:
            query = query.where(col(ClockRow.due_at) < until)
        return await self._read(query.limit(limit))

    async def late(self, *, breached: bool | None, after: Place | None, limit: int) -> Sequence[ListedClock]:
        """Clocks at risk or breached that are not stopped, the soonest due first (index `clocks_at_risk`)."""
        query = _by_due(self._listed(text(AT_RISK_OF_CLOCK)), after)
        if breached is not None:
            only = col(ClockRow.breached_at).is_not(None) if breached else col(ClockRow.breached_at).is_(None)
            query = query.where(only)
        return await self._read(query.limit(limit))

    async def riskiest(self, *, limit: int) -> Sequence[ListedClock]:
        """Running clocks by the probability of the last look, the highest first (index `looks_by_risk`)."""
        query = self._listed(RUNNING).where(
            col(ForecastLook.tenant) == self._tenant, col(ForecastLook.probability_bps).is_not(None)
        )
        return await self._read(
            query.order_by(col(ForecastLook.probability_bps).desc(), col(ForecastLook.clock_id)).limit(limit)
        )

    async def counts(self, *, until: datetime) -> Mapping[str, int]:
        """How many are `breached`, `at_risk`, and `due` before an instant, each `COUNTED` at most; one statement."""
        at_risk = text(AT_RISK_OF_CLOCK)
        parts = {
            "breached": self._counted(at_risk, col(ClockRow.breached_at).is_not(None)),
            "at_risk": self._counted(at_risk, col(ClockRow.breached_at).is_(None)),
            "due": self._counted(RUNNING, col(ClockRow.due_at) < until),
        }
        row = (await self._session.execute(select(*parts.values()))).one()
        return dict(zip(parts, row, strict=True))

    async def escalations(self, *, told: str | None, limit: int) -> Sequence[ListedEscalation]:
        """Escalations that nobody has acknowledged, of clocks that are not stopped, the newest first.

        `told`: those that this person was told of; else those of the clocks at risk that are due soonest.
        """
        if told is not None:
            values = {"tenant": self._tenant, "user_id": told, "looked_at": NOTICES_LOOKED_AT}
            ids = (await self._session.execute(MINE, values)).scalars().all()
        else:
            sought = {"tenant": self._tenant, "looked_at": CLOCKS_LOOKED_AT}
            ids = (await self._session.execute(OF_RISKS, sought)).scalars().all()
        query = (
            select(EscalationRow, ClockRow, col(Case.title))
            .join(ClockRow, col(ClockRow.id) == col(EscalationRow.clock_id))
            .join(Case, col(Case.id) == col(EscalationRow.case_id))
            .where(
                col(EscalationRow.id).in_(ids),
                col(EscalationRow.status) == "reached",
                col(EscalationRow.acknowledged_at).is_(None),
                col(EscalationRow.round) == col(ClockRow.started_at),
                col(ClockRow.status) != "stopped",
            )
            .order_by(col(EscalationRow.at).desc(), col(EscalationRow.id))
            .limit(limit)
        )
        found = (await self._session.execute(query)).all()
        return [ListedEscalation(escalation=row[0], clock=row[1], title=row[2]) for row in found]

    def _listed(self, condition: TextClause) -> ListedQuery:
        query = (
            select(
                ClockRow,
                col(Case.title),
                col(Case.process),
                col(Task.title),
                col(Task.assignee_id),
                col(ForecastLook.probability_bps),
            )
            .join(Case, col(Case.id) == col(ClockRow.case_id))
            .outerjoin(Task, col(Task.id) == col(ClockRow.task_id))
            .outerjoin(ForecastLook, col(ForecastLook.clock_id) == col(ClockRow.id))
        )
        return query.where(col(ClockRow.tenant) == bindparam("tenant", self._tenant), condition)

    def _counted(self, *conditions: ColumnElement[bool] | TextClause) -> ScalarSelect[int]:
        some = select(col(ClockRow.id)).where(col(ClockRow.tenant) == self._tenant, *conditions).limit(COUNTED)
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    async def _read(self, query: ListedQuery) -> Sequence[ListedClock]:
        return [
            ListedClock(
                row=row[0],
                title=row[1],
                process=row[2],
                task_title=row[3],
                assignee_id=row[4],
                probability_bps=row[5],
            )
            for row in (await self._session.execute(query)).all()
        ]


def _by_due(query: ListedQuery, after: Place | None) -> ListedQuery:
    if after is not None:
        query = query.where(tuple_(col(ClockRow.due_at), col(ClockRow.id)) > (after.at, after.id))
    return query.order_by(col(ClockRow.due_at), col(ClockRow.id))

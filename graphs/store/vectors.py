"""Vectors of questions' texts, and what agents were sent about those questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.recall_tables import Precedent
from graphs.store.vector_tables import PrecedentVector

SENT = """
SELECT p.task_id, v.content -> 'calls' AS calls
FROM unnest(CAST(:tasks AS text[]), CAST(:cases AS text[]), CAST(:seqs AS bigint[])) AS p(task_id, case_id, seq)
JOIN LATERAL (
  SELECT e.tenant, e.seq FROM audit_entries e
  WHERE e.case_id = p.case_id AND e.kind = 'agent.decided' AND e.step = :step AND e.seq < p.seq
  ORDER BY e.seq DESC LIMIT 1
) AS decided ON true
JOIN audit_values v ON v.tenant = decided.tenant AND v.seq = decided.seq
"""
"""What an agent was sent last before each answer (index `audit_of_case`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a question was asked; `before` is the entry of its answer, or one that no entry reaches."""

    task_id: str
    case_id: str
    before: int


class Vectors:
    """Reads and keeps vectors."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def of_tasks(self, task_ids: Sequence[str], *, model: str, view: str) -> dict[str, PrecedentVector]:
        """The vectors by that model, of texts in that view, by task (primary key)."""
        query = select(PrecedentVector).where(
            col(PrecedentVector.tenant) == self._tenant,
            col(PrecedentVector.task_id).in_(task_ids),
            col(PrecedentVector.model) == model,
            col(PrecedentVector.view) == view,
        )
        return {row.task_id: row for row in (await self._session.execute(query)).scalars()}

    async def keep(self, row: PrecedentVector) -> None:
        """Keep the vector in the place of the task's former one, of whatever model."""
        values = row.model_dump()
        changed = {name: value for name, value in values.items() if name not in ("tenant", "task_id")}
        statement = insert(PrecedentVector).values(**values)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["tenant", "task_id"], set_=changed))

    async def confirm(self, task_ids: Sequence[str], *, now: datetime) -> None:
        """Note that the texts of these tasks are still those of their vectors."""
        statement = text("UPDATE precedent_vectors SET at = :now WHERE tenant = :tenant AND task_id = ANY (:tasks)")
        await self._session.execute(statement, {"now": now, "tenant": self._tenant, "tasks": list(task_ids)})

    async def sent(self, places: Sequence[Place], step: str, *, lock: bool) -> Mapping[str, Any]:
        """The calls of the agent step `step` about each place's question, by task; locked against an erasure."""
        parameters = {
            "tasks": [place.task_id for place in places],
            "cases": [place.case_id for place in places],
            "seqs": [place.before for place in places],
            "step": step,
        }
        rows = await self._session.execute(text(SENT + (" FOR SHARE OF v" if lock else "")), parameters)
        return {row.task_id: row.calls for row in rows if row.calls}

    async def facts(self, task_ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The facts of these tasks' precedents as they are now, locked against an erasure (`precedent_of_task`)."""
        query = (
            select(col(Precedent.task_id), col(Precedent.facts))
            .where(col(Precedent.tenant) == self._tenant, col(Precedent.task_id).in_(task_ids))
            .order_by(col(Precedent.seq))
            .with_for_update(read=True)
        )
        return {row.task_id: row.facts for row in await self._session.execute(query)}

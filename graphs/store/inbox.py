"""Tasks: the rows behind people's inboxes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import AlreadyAnswered, NotFound
from graphs.store.rows import affected
from graphs.store.tables import Task

UNANSWERED = ("open", "claimed")


class Inbox:
    """The task rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def open(self, task: Task) -> bool:
        """Insert the task unless its visit already has one (constraint `task_of_visit`); says whether it did."""
        query = insert(Task).values(**task.model_dump()).on_conflict_do_nothing(constraint="task_of_visit")
        inserted = await self._session.execute(query.returning(col(Task.id)))
        return inserted.scalar_one_or_none() is not None

    async def get(self, task_id: str) -> Task:
        """The task. Raises `NotFound`, also for another tenant's."""
        query = select(Task).where(col(Task.id) == task_id).execution_options(populate_existing=True)
        task = (await self._session.execute(query)).scalar_one_or_none()
        if task is None:
            raise NotFound(f"there is no task {task_id}")
        return task

    async def listed(
        self, *, status: Sequence[str], assignee_id: str | None, case_id: str | None, limit: int
    ) -> Sequence[Task]:
        """Tasks by deadline (index `inbox`)."""
        query = select(Task).where(col(Task.status).in_(status)).order_by(col(Task.deadline_at), col(Task.id))
        if assignee_id:
            query = query.where(col(Task.assignee_id) == assignee_id)
        if case_id:
            query = query.where(col(Task.case_id) == case_id)
        return (await self._session.execute(query.limit(limit))).scalars().all()

    async def claim(self, task_id: str, *, user_id: str, now: datetime) -> None:
        """Take an open task. Raises `AlreadyAnswered` when somebody else has it."""
        values = {"status": "claimed", "assignee_id": user_id, "claimed_at": now}
        await self._compare_and_set(task_id, ("open",), values)

    async def answer(self, task_id: str, *, user_id: str, decision: dict[str, Any], now: datetime) -> None:
        """Set the answer once: the compare-and-set that makes one of two clicks win. Raises `AlreadyAnswered`."""
        values = {"status": "answered", "decided_by": user_id, "decision": decision, "decided_at": now}
        await self._compare_and_set(task_id, UNANSWERED, values)

    async def _compare_and_set(self, task_id: str, expected: Sequence[str], values: dict[str, Any]) -> None:
        query = update(Task).where(col(Task.id) == task_id, col(Task.status).in_(expected)).values(**values)
        changed = await self._session.execute(query)
        if affected(changed) != 1:
            raise AlreadyAnswered(f"task {task_id} is no longer {' or '.join(expected)}")

    async def mark_overdue(self, task_id: str) -> bool:
        """Mark an unanswered task overdue, once; says whether it did."""
        query = update(Task).where(
            col(Task.id) == task_id, col(Task.status).in_(UNANSWERED), col(Task.overdue).is_(False)
        )
        changed = await self._session.execute(query.values(overdue=True))
        return affected(changed) == 1

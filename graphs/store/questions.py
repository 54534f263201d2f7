"""The rows of questions about tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.inbox import UNANSWERED
from graphs.store.question_tables import QuestionRow
from graphs.store.rows import affected
from graphs.store.tables import Task

OPEN, ANSWERED = "open", "answered"


class Questions:
    """The question rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: QuestionRow) -> None:
        """Insert it."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, question_id: str) -> QuestionRow:
        """The question (primary key). Raises `NotFound`, also for another tenant's."""
        query = select(QuestionRow).where(col(QuestionRow.id) == question_id)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no question {question_id}")
        return found

    async def of_task(self, task_id: str) -> Sequence[QuestionRow]:
        """The questions about a task, the oldest first (index `questions_of_task`)."""
        query = select(QuestionRow).where(col(QuestionRow.task_id) == task_id).order_by(col(QuestionRow.asked_at))
        return (await self._session.execute(query)).scalars().all()

    async def open_of(self, tenant: str, user_id: str, *, limit: int) -> Sequence[QuestionRow]:
        """What the person is asked about tasks that are unanswered, by deadline (index `questions_of_person`)."""
        query = select(QuestionRow).where(
            col(QuestionRow.tenant) == tenant,
            col(QuestionRow.asked_of) == user_id,
            col(QuestionRow.status) == OPEN,
            _asked_still(),
        )
        return (await self._session.execute(query.order_by(col(QuestionRow.deadline_at)).limit(limit))).scalars().all()

    async def awaited(self, task_id: str, *, but: str, now: datetime) -> bool:
        """Whether another answer about the task is waited for, and not overdue (index `questions_of_task`)."""
        query = select(col(QuestionRow.id)).where(
            col(QuestionRow.task_id) == task_id,
            col(QuestionRow.id) != but,
            col(QuestionRow.status) == OPEN,
            col(QuestionRow.deadline_at) > now,
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none() is not None

    async def still_asked(self, task_ids: Collection[str]) -> frozenset[str]:
        """Those of the tasks that are unanswered (primary key)."""
        query = select(col(Task.id)).where(col(Task.id).in_(task_ids), col(Task.status).in_(UNANSWERED))
        return frozenset((await self._session.execute(query)).scalars())

    async def answer(self, question_id: str, *, now: datetime) -> bool:
        """Close the question with its answer, once, while its task is unanswered; says whether it did."""
        query = update(QuestionRow).where(
            col(QuestionRow.id) == question_id, col(QuestionRow.status) == OPEN, _asked_still()
        )
        answered = query.values(status=ANSWERED, answered_at=now).execution_options(synchronize_session=False)
        return affected(await self._session.execute(answered)) == 1

    async def mark_overdue(self, question_id: str) -> QuestionRow | None:
        """Mark an open question overdue, once; the question if that did, and its task is unanswered."""
        query = update(QuestionRow).where(
            col(QuestionRow.id) == question_id,
            col(QuestionRow.status) == OPEN,
            col(QuestionRow.overdue).is_(False),
            _asked_still(),
        )
        marked = query.values(overdue=True).returning(QuestionRow).execution_options(synchronize_session=False)
        return (await self._session.execute(marked)).scalar_one_or_none()


def _asked_still() -> ColumnElement[bool]:
    """Whether the question's task is unanswered (primary key)."""
    return exists().where(col(Task.id) == col(QuestionRow.task_id), col(Task.status).in_(UNANSWERED))

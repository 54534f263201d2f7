"""Timers: one row an instant, fired by whoever looks first; a timer that is off has no row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.tables import Timer


class Timers:
    """The timer rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def set(self, timer: Timer) -> bool:
        """Insert the timer unless its subject's visit has one; says whether it did."""
        query = insert(Timer).values(**timer.model_dump()).on_conflict_do_nothing(constraint="timer_of_subject")
        inserted = await self._session.execute(query.returning(col(Timer.id)))
        return inserted.scalar_one_or_none() is not None

    async def fire(self, timer_id: str, *, now: datetime) -> Timer | None:
        """Fire a timer that is set and due: compare-and-set, so that exactly one worker does."""
        query = (
            update(Timer)
            .where(col(Timer.id) == timer_id, col(Timer.status) == "set", col(Timer.due_at) <= now)
            .values(status="fired")
            .returning(Timer)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def cancel(self, subject: str, subject_id: str) -> None:
        """Remove what is set for the subject."""
        query = delete(Timer).where(
            col(Timer.subject) == subject, col(Timer.subject_id) == subject_id, col(Timer.status) == "set"
        )
        await self._session.execute(query)

    async def get(self, subject: str, subject_id: str, visit: int) -> Timer | None:
        """The timer of a subject's visit."""
        query = select(Timer).where(
            col(Timer.subject) == subject, col(Timer.subject_id) == subject_id, col(Timer.visit) == visit
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def due(self, *, now: datetime) -> Sequence[Timer]:
        """Timers whose instant has come, the oldest first (index `timers_due`)."""
        query = select(Timer).where(col(Timer.status) == "set", col(Timer.due_at) <= now)
        return (await self._session.execute(query.order_by(col(Timer.due_at)).limit(100))).scalars().all()

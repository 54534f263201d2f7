"""The journal of steps: what each visit put into the state."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.tables import Step


class Journal:
    """Journal rows; the key is (case, step, visit)."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def find(self, case_id: str, step: str, visit: int) -> Step | None:
        """The row of a visit, if it was finished."""
        return await self._session.get(Step, (case_id, step, visit))

    def add(self, step: Step) -> None:
        """Record a finished visit."""
        self._session.add(step)

    async def of_case(self, case_id: str) -> Sequence[Step]:
        """The visits of a case in the order they ended."""
        query = select(Step).where(col(Step.case_id) == case_id).order_by(col(Step.ended_at), col(Step.started_at))
        return (await self._session.execute(query)).scalars().all()

"""What people order cases to do, and what that changes in the row of a case.

A write that must stop a running worker raises the case's epoch and clears its lease in the statement that changes
the status: whatever the worker writes afterwards is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.cases import Cases
from graphs.store.lifecycle_tables import Steering
from graphs.store.rows import affected
from graphs.store.tables import Case

WOKEN_LATER = text(
    """
    UPDATE steerings SET data = data || CAST(:data AS jsonb)
    WHERE case_id = :case_id AND kind = 'suspend' AND status = 'open'
    """
)


class Steerings:
    """The orders of a case, and how they move it."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, steering: Steering) -> None:
        """Record the order."""
        self._session.add(steering)
        await self._session.flush()

    async def open(self, case_id: str, *kinds: str) -> Sequence[Steering]:
        """The case's open orders of these kinds (index `open_steering`)."""
        query = select(Steering).where(col(Steering.case_id) == case_id, col(Steering.status) == "open")
        query = query.where(col(Steering.kind).in_(kinds)).order_by(col(Steering.ordered_at))
        return (await self._session.execute(query)).scalars().all()

    async def of_case(self, case_id: str) -> Sequence[Steering]:
        """Every order of the case, in order (index `steerings_of_case`)."""
        query = select(Steering).where(col(Steering.case_id) == case_id)
        return (await self._session.execute(query.order_by(col(Steering.ordered_at)))).scalars().all()

    async def end(self, steering_id: str, *, status: str, now: datetime) -> Steering | None:
        """The order is applied or withdrawn: compare-and-set, so that it is carried out once.

        Returns the row as it is now, None if the order was ended before.
        """
        query = update(Steering).where(col(Steering.id) == steering_id, col(Steering.status) == "open")
        ended = query.values(status=status, ended_at=now).returning(Steering)
        found = await self._session.execute(ended.execution_options(populate_existing=True))
        return found.scalar_one_or_none()

    async def waived(self, case_id: str) -> frozenset[str]:
        """Keys of effects that a person has taken back by hand (index `steerings_of_case`)."""
        return frozenset(str(order.data["effect"]) for order in await self.of_case(case_id) if order.kind == "waive")

    async def move(self, case: Case, status: str, *, now: datetime, **values: Any) -> bool:
        """Give the case another status, if it is still as it was read, and stop the worker that has it.

        Says whether it did; every other change of the same transaction must be given up if not.
        """
        query = (
            update(Case)
            .where(col(Case.id) == case.id, col(Case.epoch) == case.epoch, col(Case.status) == case.status)
            .values(status=status, epoch=col(Case.epoch) + 1, lease_owner=None, lease_until=None, updated_at=now)
        )
        # The row that was read stays as it was read: the order records what the case was.
        moved = query.values(**values).execution_options(synchronize_session=False)
        return affected(await self._session.execute(moved)) == 1

    async def wake(self, case_id: str, *, now: datetime) -> bool:
        """What the case waited for has come: it runs again; says whether to enqueue it.

        A suspended case stays so and runs once it is resumed.
        """
        if await Cases(self._session).proceed(case_id, now=now):
            return True
        later = {"case_id": case_id, "data": json.dumps({"was": "running"})}
        return affected(await self._session.execute(WOKEN_LATER, later)) == 0

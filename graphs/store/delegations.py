"""Delegations: in whose place somebody may answer, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.duty_tables import DelegationRow
from graphs.store.rows import affected
from policies.authority import Delegation


class Delegations:
    """The delegations of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def add(self, row: DelegationRow) -> None:
        """Insert the row."""
        self._session.add(row)
        await self._session.flush()

    async def in_force(self, on: date) -> list[Delegation]:
        """All that hold on this day (index `delegations_by_end`)."""
        query = select(DelegationRow).where(
            col(DelegationRow.tenant) == self._tenant,
            col(DelegationRow.effective_to) >= on,
            col(DelegationRow.effective_from) <= on,
            col(DelegationRow.ended_at).is_(None),
        )
        return [delegation(row) for row in (await self._session.execute(query)).scalars()]

    async def of_person(self, user_id: str, *, on: date) -> Sequence[DelegationRow]:
        """What the person gave or received and is not over (index `delegations_by_end`)."""
        query = (
            select(DelegationRow)
            .where(
                col(DelegationRow.tenant) == self._tenant,
                col(DelegationRow.effective_to) >= on,
                col(DelegationRow.ended_at).is_(None),
                or_(col(DelegationRow.giver) == user_id, col(DelegationRow.receiver) == user_id),
            )
            .order_by(col(DelegationRow.effective_from), col(DelegationRow.id))
        )
        return (await self._session.execute(query)).scalars().all()

    async def end(self, delegation_id: str, *, giver: str, now: datetime) -> bool:
        """End what the giver gave; False where there is no such delegation in force."""
        query = update(DelegationRow).where(
            col(DelegationRow.id) == delegation_id,
            col(DelegationRow.giver) == giver,
            col(DelegationRow.ended_at).is_(None),
        )
        return affected(await self._session.execute(query.values(ended_at=now))) == 1


def delegation(row: DelegationRow) -> Delegation:
    """The row as the rules look at it."""
    return Delegation(
        giver=row.giver,
        receiver=row.receiver,
        cap_minor=row.cap_minor,
        currency=row.currency,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
    )

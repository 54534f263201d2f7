"""Acts of duty as they are looked up: on a subject, and by who requested them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.duty_tables import DutyActRow
from policies.duties import DutyAct


class DutyActs:
    """Reads the acts of one tenant; the writer writes them, but for those that are withdrawn."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def last_on(self, subject: str) -> int:
        """The number of the last act on the subject, 0 if there is none (index `duties_of_subject`)."""
        query = select(func.max(col(DutyActRow.seq))).where(
            col(DutyActRow.tenant) == self._tenant, col(DutyActRow.subject) == subject
        )
        return (await self._session.execute(query)).scalar() or 0

    async def beside(
        self, subject: str, *, asked_by: str | None, duty: str, others: Collection[str], since: datetime | None
    ) -> list[DutyAct]:
        """Acts of `others` on the subject, and of `duty` that the same person requested, from `since` on.

        Withdrawn acts are none (indexes `duties_of_subject`, `duties_of_requester`).
        """
        concerned = or_(
            (col(DutyActRow.subject) == subject) & col(DutyActRow.duty).in_(sorted(others)),
            (col(DutyActRow.asked_by) == asked_by) & (col(DutyActRow.duty) == duty),
        )
        query = select(DutyActRow).where(
            col(DutyActRow.tenant) == self._tenant, col(DutyActRow.withdrawn_at).is_(None), concerned
        )
        if since is not None:
            query = query.where(col(DutyActRow.at) >= since)
        rows = (await self._session.execute(query.order_by(col(DutyActRow.at), col(DutyActRow.id)))).scalars()
        return [duty_act(row) for row in rows]

    async def between(self, since: datetime, until: datetime, *, limit: int) -> list[DutyAct]:
        """All acts of a period in order, at most `limit`; reads the tenant's acts."""
        query = (
            select(DutyActRow)
            .where(
                col(DutyActRow.tenant) == self._tenant,
                col(DutyActRow.withdrawn_at).is_(None),
                col(DutyActRow.at) >= since,
                col(DutyActRow.at) < until,
            )
            .order_by(col(DutyActRow.at), col(DutyActRow.id))
            .limit(limit)
        )
        return [duty_act(row) for row in (await self._session.execute(query)).scalars()]

    async def withdraw(self, ids: Collection[str], *, now: datetime) -> None:
        """Take acts back that did not come about (primary key)."""
        query = update(DutyActRow).where(col(DutyActRow.tenant) == self._tenant, col(DutyActRow.id).in_(ids))
        await self._session.execute(query.values(withdrawn_at=now))


def duty_act(row: DutyActRow) -> DutyAct:
    """The row as the rules look at it."""
    return DutyAct(
        id=row.id,
        who=row.who,
        did=row.duty,
        to=row.subject,
        at=row.at,
        also=frozenset(row.also),
        asked_by=row.asked_by,
        of=row.case_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )

"""Legal holds: the rows, and what they keep from being touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.retention_tables import LegalHold

HELD = text("SELECT id FROM unnest(CAST(:ids AS text[])) AS r(id) WHERE case_on_hold(id, :tenant)")


class LegalHolds:
    """The hold rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def place(self, hold: LegalHold) -> bool:
        """Place it unless the subject is under one already (index `holds_in_force`); says whether it did."""
        query = insert(LegalHold).values(**hold.model_dump()).on_conflict_do_nothing()
        placed = await self._session.execute(query.returning(col(LegalHold.id)))
        return placed.scalar_one_or_none() is not None

    async def in_force(self, tenant: str, scope: str, subject: str) -> LegalHold:
        """The hold on a subject (index `holds_in_force`). Raises `NotFound`."""
        query = (
            select(LegalHold)
            .where(col(LegalHold.tenant) == tenant, col(LegalHold.scope) == scope)
            .where(col(LegalHold.subject) == subject, col(LegalHold.lifted_at).is_(None))
        )
        found = (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no hold in force on {scope} {subject}")
        return found

    async def lift(self, hold_id: str, *, by: str, why: str, now: datetime) -> LegalHold:
        """Lift a hold that is in force. Raises `NotFound`."""
        query = update(LegalHold).where(col(LegalHold.id) == hold_id, col(LegalHold.lifted_at).is_(None))
        values = {"lifted_by": by, "lifted_at": now, "lifted_why": why}
        found = await self._session.execute(
            query.values(**values).returning(LegalHold).execution_options(populate_existing=True)
        )
        hold = found.scalar_one_or_none()
        if hold is None:
            raise NotFound(f"there is no hold {hold_id} in force")
        return hold

    async def listed(self, *, lifted: bool) -> Sequence[LegalHold]:
        """Holds in force, or all, newest first."""
        query = select(LegalHold).order_by(col(LegalHold.since).desc(), col(LegalHold.id))
        if not lifted:
            query = query.where(col(LegalHold.lifted_at).is_(None))
        return (await self._session.execute(query)).scalars().all()

    async def held(self, tenant: str, case_ids: Sequence[str]) -> list[str]:
        """Those of the cases that a hold in force covers."""
        return list((await self._session.execute(HELD, {"ids": list(case_ids), "tenant": tenant})).scalars())

"""The rows of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.account_tables import SessionRow
from graphs.store.rows import affected
from graphs.store.tenants import tenant_array

KEPT = timedelta(days=30)
"""How long a session that is over is still listed and kept."""
PRESENT = text("SELECT set_config('app.presented', :presented, true)")
ENTER = text("SELECT set_config('app.tenants', :tenants, true)")


async def present(session: AsyncSession, value: str) -> None:
    """Show this transaction the row that belongs to what somebody presents, whoever's it is."""
    await session.execute(PRESENT, {"presented": value})


async def enter(session: AsyncSession, tenant: str) -> None:
    """From here on this transaction sees the tenant's rows."""
    await session.execute(ENTER, {"tenants": tenant_array([tenant])})


class AccountSessions:
    """The sessions."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: SessionRow) -> None:
        """Insert the row, and remove the user's sessions that were over long ago."""
        old = delete(SessionRow).where(
            col(SessionRow.tenant) == row.tenant,
            col(SessionRow.user_id) == row.user_id,
            col(SessionRow.expires_at) < row.started_at - KEPT,
        )
        await self._session.execute(old)
        self._session.add(row)
        await self._session.flush()

    async def presented(self, secret_hash: str) -> SessionRow | None:
        """The session whose secret somebody presents, before its tenant is known (unique `secret_hash`)."""
        await present(self._session, secret_hash)
        query = select(SessionRow).where(col(SessionRow.secret_hash) == secret_hash)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def see(self, session_id: str, *, now: datetime) -> None:
        """Note that it is in use."""
        query = update(SessionRow).where(col(SessionRow.id) == session_id, col(SessionRow.ended_at).is_(None))
        await self._session.execute(query.values(seen_at=now))

    async def confirm(self, session_id: str, *, now: datetime) -> bool:
        """Note that the password was given; False where the session is over."""
        query = update(SessionRow).where(col(SessionRow.id) == session_id, col(SessionRow.ended_at).is_(None))
        return affected(await self._session.execute(query.values(confirmed_at=now))) == 1

    async def of_user(self, tenant: str, user_id: str) -> Sequence[SessionRow]:
        """The user's sessions, the newest first (index `sessions_of_user`)."""
        query = (
            select(SessionRow)
            .where(col(SessionRow.tenant) == tenant, col(SessionRow.user_id) == user_id)
            .order_by(col(SessionRow.started_at).desc(), col(SessionRow.id))
        )
        return (await self._session.execute(query)).scalars().all()

    async def end(
        self,
        tenant: str,
        user_id: str,
        *,
        now: datetime,
        why: str,
        only: str | None = None,
        but: str | None = None,
    ) -> list[str]:
        """End the user's sessions, or `only` one, or all `but` one; returns their ids (index `sessions_of_user`)."""
        query = update(SessionRow).where(
            col(SessionRow.tenant) == tenant, col(SessionRow.user_id) == user_id, col(SessionRow.ended_at).is_(None)
        )
        if only is not None:
            query = query.where(col(SessionRow.id) == only)
        if but is not None:
            query = query.where(col(SessionRow.id) != but)
        ended = await self._session.execute(query.values(ended_at=now, why_ended=why).returning(col(SessionRow.id)))
        return sorted(ended.scalars())

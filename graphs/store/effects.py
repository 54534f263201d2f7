"""The effect ledger's rows, to be read: the writer's statements write them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.tables import Effect


class Effects:
    """planned → sent → confirmed, refused or unknown."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def of_case(self, case_id: str) -> Sequence[Effect]:
        """The effects of a case in order (index `effects_of_case`)."""
        query = select(Effect).where(col(Effect.case_id) == case_id).order_by(col(Effect.planned_at))
        return (await self._session.execute(query)).scalars().all()

    async def by_key(self, tenant: str, key: str) -> Effect | None:
        """The effect with that idempotency key (constraint `effect_by_key`)."""
        query = select(Effect).where(col(Effect.tenant) == tenant, col(Effect.idempotency_key) == key)
        return (await self._session.execute(query)).scalar_one_or_none()

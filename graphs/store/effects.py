"""The effect ledger's rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import LeaseLost
from graphs.store.rows import affected
from graphs.store.tables import Case, Effect

HOLDER = "the case's lease is over: the effect is another worker's now"


class Effects:
    """planned → sent → confirmed, refused or unknown; every change is fenced by the case's epoch."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def by_key(self, tenant: str, key: str) -> Effect | None:
        """The effect with that idempotency key (constraint `effect_by_key`)."""
        query = select(Effect).where(col(Effect.tenant) == tenant, col(Effect.idempotency_key) == key)
        result = await self._session.execute(query.execution_options(populate_existing=True))
        return result.scalar_one_or_none()

    async def plan(self, effect: Effect) -> Effect:
        """Record the intention once; returns the row that stands for the key."""
        query = insert(Effect).values(**effect.model_dump()).on_conflict_do_nothing(constraint="effect_by_key")
        await self._session.execute(query)
        planned = await self.by_key(effect.tenant, effect.idempotency_key)
        if planned is None:
            raise LeaseLost(HOLDER)
        return planned

    async def replan(self, effect: Effect, *, case_id: str, epoch: int) -> None:
        """Change the arguments of an effect that has not happened. Raises `LeaseLost`."""
        values = {
            "status": "planned",
            "action_digest": effect.action_digest,
            "arguments": effect.arguments,
            "error": None,
            "ended_at": None,
        }
        key = effect.idempotency_key
        await self._change(key, effect.tenant, case_id, epoch, ("planned", "refused"), values)

    async def mark_sent(self, key: str, *, tenant: str, case_id: str, epoch: int, now: datetime) -> None:
        """Commit the intent: from here on the call may have happened. Raises `LeaseLost`."""
        values = {"status": "sent", "sent_at": now, "sends": col(Effect.sends) + 1, "error": None}
        await self._change(key, tenant, case_id, epoch, ("planned", "sent", "unknown", "refused"), values)

    async def conclude(
        self,
        key: str,
        *,
        tenant: str,
        case_id: str,
        epoch: int,
        status: str,
        now: datetime,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        """Commit the outcome: `confirmed`, `refused`, `unknown`, or `planned` again. Raises `LeaseLost`."""
        values = {"status": status, "result": result, "error": error, "ended_at": now}
        await self._change(key, tenant, case_id, epoch, ("sent", "unknown"), values)

    async def _change(
        self, key: str, tenant: str, case_id: str, epoch: int, expected: Sequence[str], values: dict[str, Any]
    ) -> None:
        held = select(col(Case.id)).where(col(Case.id) == case_id, col(Case.epoch) == epoch).exists()
        mine = (col(Effect.tenant) == tenant, col(Effect.idempotency_key) == key, col(Effect.status).in_(expected))
        changed = await self._session.execute(update(Effect).where(*mine, held).values(**values))
        if affected(changed) != 1:
            raise LeaseLost(HOLDER)

    async def of_case(self, case_id: str) -> Sequence[Effect]:
        """The effects of a case in order (index `effects_of_case`)."""
        query = select(Effect).where(col(Effect.case_id) == case_id).order_by(col(Effect.planned_at))
        return (await self._session.execute(query)).scalars().all()

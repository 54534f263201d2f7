"""Counts of attempts that failed, shared by all servers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.account_tables import SignInPauseRow

FORGOTTEN_AT_ONCE = 100


class SignInPauses:
    """The counts. Keys are hashes: of an account's name, or of an address."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def count(self, key: str, *, now: datetime, forgotten: datetime) -> int | None:
        """Count an attempt before it is looked at, and lock the count; None while there is a pause.

        What was counted before `forgotten` is. Attempts at once are counted one after the other, so none slips by.
        """
        known = col(SignInPauseRow.failures)
        first = insert(SignInPauseRow).values(key=key, failures=1, last_at=now, until_at=now)
        counted = first.on_conflict_do_update(
            index_elements=["key"],
            set_={"failures": case((col(SignInPauseRow.last_at) < forgotten, 1), else_=known + 1), "last_at": now},
            where=col(SignInPauseRow.until_at) <= now,
        ).returning(known)
        return (await self._session.execute(counted)).scalar_one_or_none()

    async def pause(self, key: str, *, until: datetime) -> None:
        """Take no attempt until then."""
        await self._session.execute(update(SignInPauseRow).where(col(SignInPauseRow.key) == key).values(until_at=until))

    async def until(self, key: str) -> datetime | None:
        """Until when none is taken."""
        query = select(col(SignInPauseRow.until_at)).where(col(SignInPauseRow.key) == key)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def forgive(self, key: str) -> int:
        """Take one attempt back, for it did not fail; how many are left. A pause stays."""
        fewer = update(SignInPauseRow).where(col(SignInPauseRow.key) == key)
        fewer = fewer.values(failures=func.greatest(col(SignInPauseRow.failures) - 1, 0))
        left = await self._session.execute(fewer.returning(col(SignInPauseRow.failures)))
        return left.scalar_one_or_none() or 0

    async def clear(self, key: str) -> int:
        """Forget all; how many there were."""
        gone = delete(SignInPauseRow).where(col(SignInPauseRow.key) == key).returning(col(SignInPauseRow.failures))
        return (await self._session.execute(gone)).scalar_one_or_none() or 0

    async def forget(self, before: datetime) -> None:
        """Remove some of what is older (index `pauses_by_age`); rows that others work on are left."""
        old = (
            select(col(SignInPauseRow.key))
            .where(col(SignInPauseRow.last_at) < before)
            .limit(FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._session.execute(delete(SignInPauseRow).where(col(SignInPauseRow.key).in_(old)))

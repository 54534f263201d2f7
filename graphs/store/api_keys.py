"""The rows of API keys. They carry no row-level security, so every query names its tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.people_tables import ApiKey, User


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key, and who it acts as."""

    key: ApiKey
    owner: User

    def is_good(self, now: datetime) -> bool:
        """Whether the key lets its owner in, as long as they are let in themselves."""
        return self.key.revoked_at is None and (self.key.expires_at is None or self.key.expires_at > now)


class ApiKeys:
    """The API keys of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def page(
        self, *, limit: int, after: tuple[datetime, str] | None, revoked: bool, now: datetime
    ) -> Sequence[KnownKey]:
        """Keys, the newest first, from behind a place (index `keys_of_tenant`); `revoked` has those of no use, too."""
        query = (
            select(ApiKey, User)
            .join(User, col(User.id) == col(ApiKey.user_id))
            .where(col(ApiKey.tenant) == self._tenant)
            .order_by(col(ApiKey.created_at).desc(), col(ApiKey.id).desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(col(ApiKey.created_at), col(ApiKey.id)) < after)
        if not revoked:
            live = or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > now)
            query = query.where(col(ApiKey.revoked_at).is_(None), live)
        return [KnownKey(key=key, owner=owner) for key, owner in (await self._session.execute(query)).all()]

    async def one(self, key_id: str) -> KnownKey | None:
        """The key, locked until the transaction ends (primary key)."""
        query = (
            select(ApiKey, User)
            .join(User, col(User.id) == col(ApiKey.user_id))
            .where(col(ApiKey.id) == key_id, col(ApiKey.tenant) == self._tenant)
            .with_for_update(of=ApiKey)
        )
        found = (await self._session.execute(query)).one_or_none()
        return KnownKey(key=found[0], owner=found[1]) if found else None

    async def add(self, row: ApiKey) -> None:
        """Insert the row."""
        self._session.add(row)
        await self._session.flush()

    async def end(self, key: ApiKey, *, at: datetime, now: datetime) -> datetime:
        """Let the locked key be good until then at the latest, and not at all where that is now (primary key)."""
        if at <= now:
            await self.revoke(key, now=now)
            return now
        key.expires_at = min(at, key.expires_at) if key.expires_at else at
        self._session.add(key)
        await self._session.flush()
        return key.expires_at

    async def revoke(self, key: ApiKey, *, now: datetime) -> None:
        """Let nobody in by the locked key any more (primary key)."""
        key.revoked_at = now
        self._session.add(key)
        await self._session.flush()

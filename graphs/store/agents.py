"""The agents of a tenant: who answers for each, and what each may move by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.people import ACTION, AGENT
from graphs.store.people_tables import ApiKey, AuthorityLimit, User, UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """An agent with its sponsor (user id), its roles, and its own limits."""

    user: User
    roles: tuple[str, ...]
    limits: tuple[AuthorityLimit, ...]


class Agents:
    """The agents' rows, of one tenant (constraint `user_by_login`, index `authority_of_user`)."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def listed(self) -> list[AgentRecord]:
        """Every agent, by login, also those that are switched off."""
        query = select(User).where(col(User.tenant) == self._tenant, col(User.kind) == AGENT).order_by(col(User.login))
        return [await self._record(user) for user in (await self._session.execute(query)).scalars().all()]

    async def find(self, login: str) -> User | None:
        """The user with that login, whatever it is; locked, so that two changes follow each other."""
        query = select(User).where(col(User.tenant) == self._tenant, col(User.login) == login).with_for_update()
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add(self, user: User, roles: Sequence[str], key: ApiKey) -> None:
        """A new agent with its roles and its first key."""
        self._session.add(user)
        await self._session.flush()
        self._session.add_all([UserRole(tenant=self._tenant, user_id=user.id, role=role) for role in roles])
        self._session.add(key)
        await self._session.flush()

    async def set_limits(self, user: User, limits: Sequence[AuthorityLimit]) -> None:
        """These limits of what it may move by itself, and no other."""
        await self._session.execute(
            delete(AuthorityLimit).where(
                col(AuthorityLimit.tenant) == self._tenant,
                col(AuthorityLimit.user_id) == user.id,
                col(AuthorityLimit.subject) == ACTION,
            )
        )
        self._session.add_all(limits)
        await self._session.flush()

    async def _record(self, user: User) -> AgentRecord:
        roles = select(col(UserRole.role)).where(col(UserRole.tenant) == self._tenant, col(UserRole.user_id) == user.id)
        limits = (
            select(AuthorityLimit)
            .where(
                col(AuthorityLimit.tenant) == self._tenant,
                col(AuthorityLimit.user_id) == user.id,
                col(AuthorityLimit.subject) == ACTION,
            )
            .order_by(col(AuthorityLimit.currency), col(AuthorityLimit.effective_from))
        )
        return AgentRecord(
            user=user,
            roles=tuple(sorted((await self._session.execute(roles)).scalars())),
            limits=tuple((await self._session.execute(limits)).scalars()),
        )

    async def record(self, login: str) -> AgentRecord | None:
        """The agent with that login; None where there is none, or it is a person or a service."""
        user = await self.find(login)
        return await self._record(user) if user is not None and user.kind == AGENT else None

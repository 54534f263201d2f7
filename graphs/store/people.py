"""Users, roles, teams, limits and keys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from graphs.errors import NotFound
from graphs.routing.people.need import EFFORT_MINUTES
from graphs.routing.people.person import Limit, RosterEntry
from graphs.store.people_tables import ApiKey, AuthorityLimit, Role, Tenant, User, UserRole
from policies.sponsor import AgentStanding

__all__ = ["ACTION", "AGENT", "PERSON", "SERVICE", "Actor", "Limit", "People", "RosterEntry", "key_hash", "limit_of"]

PERSON, AGENT, SERVICE = "person", "agent", "service"
USED_EVERY = timedelta(hours=1)
"""A key's last use is noted to the hour: a program that asks often writes no row for each request."""
ACTION = "action"
"""The matter of an agent's own limit: what it may move by itself."""
LOADS = text(
    """
    SELECT assignee_id, count(*) AS tasks, sum(coalesce(effort_minutes, :effort))::int AS minutes FROM tasks
    WHERE tenant = :tenant AND status IN ('open', 'claimed') AND assignee_id IS NOT NULL GROUP BY assignee_id
    """
)
"""What everybody has open, in one pass over an index (`inbox_of_person` holds all of it: no task is read for it)."""
ROSTER = text(
    """
    SELECT u.id, u.login, u.name, coalesce(r.roles, '{}') AS roles FROM users u
    LEFT JOIN (SELECT user_id, array_agg(role) AS roles FROM user_roles WHERE tenant = :tenant GROUP BY user_id) r
      ON r.user_id = u.id
    WHERE u.tenant = :tenant AND u.kind = 'person' AND u.active ORDER BY u.login
    """
)
"""Active persons with their roles (constraint `user_by_login`)."""
LIMITS = text(
    """
    SELECT user_id, NULL AS role, subject, currency, max_minor, effective_from, effective_to, entity
    FROM authority_limits WHERE tenant = :tenant
    UNION ALL
    SELECT NULL, role, matter, currency, limit_minor, effective_from, effective_to, entity
    FROM authority_rows WHERE tenant = :tenant
    """
)
"""What people may approve of themselves and by their roles (indexes `authority_of_user`, `authority_of_role`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as known from the key: never from a parameter."""

    tenant: str
    user_id: str
    login: str
    name: str
    kind: str
    roles: tuple[str, ...]
    permissions: frozenset[str]


def key_hash(key: str) -> str:
    """SHA-256 (hex) of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


class People:
    """The people rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: Tenant | User | Role | UserRole | AuthorityLimit | ApiKey) -> None:
        """Insert the row unless it is there."""
        table: type[SQLModel] = type(row)
        await self._session.execute(insert(table).values(**row.model_dump()).on_conflict_do_nothing())

    async def tenants(self) -> list[str]:
        """Ids of all tenants."""
        return list((await self._session.execute(select(col(Tenant.id)).order_by(col(Tenant.id)))).scalars())

    async def user_of_key(self, key: str) -> tuple[str, str] | None:
        """(tenant, user) of a live API key, whose use is noted to the hour; readable before the tenant is known."""
        seen_lately = func.coalesce(col(ApiKey.used_at) > func.now() - USED_EVERY, False)
        query = select(col(ApiKey.id), col(ApiKey.tenant), col(ApiKey.user_id), seen_lately.label("seen_lately")).where(
            col(ApiKey.key_hash) == key_hash(key),
            col(ApiKey.revoked_at).is_(None),
            or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > func.now()),
        )
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            return None
        if not found.seen_lately:
            used = update(ApiKey).where(col(ApiKey.id) == found.id).values(used_at=func.now())
            await self._session.execute(used)
        return found.tenant, found.user_id

    async def key_hashes(self, user_id: str) -> set[str]:
        """Hashes of all keys the user has or had."""
        query = select(col(ApiKey.key_hash)).where(col(ApiKey.user_id) == user_id)
        return set((await self._session.execute(query)).scalars())

    async def is_known(self, user_id: str) -> bool:
        """Whether there is such a user, active or not."""
        query = select(col(User.id)).where(col(User.id) == user_id)
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def actor(self, user_id: str) -> Actor:
        """The active user with roles and permissions. Raises `NotFound`."""
        query = select(User).where(col(User.id) == user_id, col(User.active).is_(True))
        user = (await self._session.execute(query)).scalar_one_or_none()
        if user is None:
            raise NotFound(f"there is no active user {user_id}")
        return await self._actor(user)

    async def named(self, tenant: str, login: str) -> Actor:
        """The active user with that login or id (constraint `user_by_login`). Raises `NotFound`."""
        query = select(User).where(
            col(User.tenant) == tenant,
            or_(col(User.login) == login, col(User.id) == login),
            col(User.active).is_(True),
        )
        user = (await self._session.execute(query)).scalars().first()
        if user is None:
            raise NotFound(f"there is no active user {login!r}")
        return await self._actor(user)

    async def agent(self, user_id: str, *, on: date) -> AgentStanding | None:
        """What the user may do by itself, if it is an agent; None for a person or a service."""
        user = await self._session.get(User, user_id)
        if user is None or user.kind != AGENT:
            return None
        sponsor = await self._session.get(User, user.sponsor_id) if user.sponsor_id else None
        query = select(AuthorityLimit).where(
            col(AuthorityLimit.tenant) == user.tenant,
            col(AuthorityLimit.user_id) == user.id,
            col(AuthorityLimit.subject) == ACTION,
        )
        limits: dict[str, int] = {}
        for row in (await self._session.execute(query)).scalars():
            if limit_of(row).covers(matter=ACTION, currency=row.currency, entity=None, on=on):
                limits[row.currency] = max(row.max_minor, limits.get(row.currency, 0))
        sponsored = sponsor is not None and sponsor.active and sponsor.kind == PERSON
        return AgentStanding(agent=user.id, sponsor=user.sponsor_id, sponsored=sponsored, limits=limits)

    async def _actor(self, user: User) -> Actor:
        roles = select(Role).join(
            UserRole, (col(UserRole.role) == col(Role.name)) & (col(UserRole.tenant) == col(Role.tenant))
        )
        rows = (await self._session.execute(roles.where(col(UserRole.user_id) == user.id))).scalars().all()
        return Actor(
            tenant=user.tenant,
            user_id=user.id,
            login=user.login,
            name=user.name,
            kind=user.kind,
            roles=tuple(sorted(role.name for role in rows)),
            permissions=frozenset(permission for role in rows for permission in role.permissions),
        )

    async def names(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Display names by user id."""
        query = select(col(User.id), col(User.name)).where(col(User.id).in_(user_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def kinds(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Whether each of these users is a person, a service or an agent (primary key)."""
        query = select(col(User.id), col(User.kind)).where(col(User.id).in_(user_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def with_permission(self, tenant: str, permission: str, *, kind: str | None = None) -> Sequence[str]:
        """Ids of the active users, or of those of a kind, to whom a role grants it."""
        query = (
            select(col(User.id))
            .join(UserRole, col(UserRole.user_id) == col(User.id))
            .join(Role, (col(Role.name) == col(UserRole.role)) & (col(Role.tenant) == col(UserRole.tenant)))
            .where(col(User.tenant) == tenant, col(User.active).is_(True), col(Role.permissions).contains([permission]))
            .distinct()
            .order_by(col(User.id))
        )
        if kind is not None:
            query = query.where(col(User.kind) == kind)
        return (await self._session.execute(query)).scalars().all()

    async def roster(self, tenant: str) -> list[RosterEntry]:
        """Active persons with what decides whether they can take a task. No row becomes an object."""
        own: dict[str, list[Limit]] = {}
        of_roles: dict[str, list[Limit]] = {}
        for row in await self._session.execute(LIMITS, {"tenant": tenant}):
            limit = Limit(
                subject=row.subject,
                currency=row.currency,
                max_minor=row.max_minor,
                effective_from=row.effective_from,
                effective_to=row.effective_to,
                entity=row.entity,
            )
            place, key = (own, row.user_id) if row.user_id is not None else (of_roles, row.role)
            place.setdefault(key, []).append(limit)
        open_now = await self._session.execute(LOADS, {"tenant": tenant, "effort": EFFORT_MINUTES})
        loads = {assignee: (tasks, minutes) for assignee, tasks, minutes in open_now}
        found = await self._session.execute(ROSTER, {"tenant": tenant})
        return [
            RosterEntry(
                user_id=user_id,
                login=login,
                name=name,
                open_tasks=loads.get(user_id, (0, 0))[0],
                open_minutes=loads.get(user_id, (0, 0))[1],
                roles=frozenset(roles),
                limits=(*own.get(user_id, ()), *(limit for role in roles for limit in of_roles.get(role, ()))),
            )
            for user_id, login, name, roles in found
        ]


def limit_of(row: AuthorityLimit) -> Limit:
    """The row as a value."""
    return Limit(
        subject=row.subject,
        currency=row.currency,
        max_minor=row.max_minor,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        entity=row.entity,
    )

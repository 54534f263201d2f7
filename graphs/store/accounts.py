"""The rows of accounts and of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.account_sessions import present
from graphs.store.account_tables import AccountRow, AccountTokenRow
from graphs.store.identities import Identities
from graphs.store.people_tables import Role, User, UserRole
from graphs.store.rows import affected


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    """A person with how they sign in: `account` is None for somebody who was never invited.

    `issuers` are the identity providers that they are linked with.
    """

    user: User
    account: AccountRow | None
    roles: tuple[str, ...]
    issuers: tuple[str, ...] = ()


class Accounts:
    """The accounts of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def by_login(self, login_key: str) -> AccountRow | None:
        """The account (constraint `account_by_login`)."""
        query = select(AccountRow).where(col(AccountRow.tenant) == self._tenant, col(AccountRow.login_key) == login_key)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def locked(self, user_id: str) -> AccountRow | None:
        """The user's account (primary key), which nobody else changes until the transaction ends."""
        query = select(AccountRow).where(col(AccountRow.user_id) == user_id).with_for_update()
        query = query.execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def hold(self, user_id: str) -> None:
        """Let nobody else change the user's roles or standing until the transaction ends (primary key)."""
        await self.locked(user_id)
        # Not `FOR UPDATE`, which rows that name the user would wait for.
        query = select(col(User.id)).where(col(User.id) == user_id).with_for_update(key_share=True)
        await self._session.execute(query)

    async def add(self, row: AccountRow) -> bool:
        """Insert the row unless the user has one; False where somebody else has the login."""
        added = insert(AccountRow).values(**row.model_dump()).on_conflict_do_nothing()
        await self._session.execute(added)
        query = select(col(AccountRow.login_key)).where(col(AccountRow.user_id) == row.user_id)
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def set_password(self, user_id: str, hashed: str, *, now: datetime | None) -> None:
        """Keep the hash; without `now`, of the same password."""
        query = update(AccountRow).where(col(AccountRow.user_id) == user_id)
        query = query.values(password_hash=hashed)
        await self._session.execute(query.values(password_set_at=now) if now else query)

    async def login_known(self, login: str) -> bool:
        """Whether a user of the tenant has the login, in whatever case."""
        query = select(col(User.id)).where(
            col(User.tenant) == self._tenant, func.lower(col(User.login)) == login.lower()
        )
        return (await self._session.execute(query)).first() is not None

    async def user(self, login: str) -> User | None:
        """The user with that login or id, active or not (constraint `user_by_login`)."""
        query = select(User).where(
            col(User.tenant) == self._tenant, (col(User.login) == login) | (col(User.id) == login)
        )
        return (await self._session.execute(query)).scalars().first()

    async def set_active(self, user_id: str, *, active: bool) -> bool:
        """Let the user in, or no longer; False where it was so already."""
        query = update(User).where(col(User.id) == user_id, col(User.active).is_(not active)).values(active=active)
        return affected(await self._session.execute(query)) == 1

    async def permissions(self, roles: Sequence[str]) -> dict[str, frozenset[str]]:
        """What each of these roles allows (primary key); a role that is not there is absent."""
        query = select(Role).where(col(Role.tenant) == self._tenant, col(Role.name).in_(roles))
        return {role.name: frozenset(role.permissions) for role in (await self._session.execute(query)).scalars()}

    async def roles_of(self, user_id: str) -> list[str]:
        """Names of the user's roles (primary key)."""
        query = select(col(UserRole.role)).where(col(UserRole.tenant) == self._tenant, col(UserRole.user_id) == user_id)
        return sorted((await self._session.execute(query)).scalars())

    async def listed(self, kind: str) -> list[KnownAccount]:
        """Everybody of the kind, by login."""
        users = select(User, AccountRow).join(AccountRow, col(AccountRow.user_id) == col(User.id), isouter=True)
        users = users.where(col(User.tenant) == self._tenant, col(User.kind) == kind).order_by(col(User.login))
        roles: dict[str, list[str]] = {}
        given = select(col(UserRole.user_id), col(UserRole.role)).where(col(UserRole.tenant) == self._tenant)
        for user_id, role in (await self._session.execute(given)).all():
            roles.setdefault(user_id, []).append(role)
        issuers = await Identities(self._session, self._tenant).linked()
        return [
            KnownAccount(
                user=user,
                account=account,
                roles=tuple(sorted(roles.get(user.id, ()))),
                issuers=tuple(issuers.get(user.id, ())),
            )
            for user, account in (await self._session.execute(users)).all()
        ]


class AccountTokens:
    """The invitations and resets."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: AccountTokenRow) -> None:
        """Insert the row in the place of the user's unused ones (index `tokens_of_user`)."""
        await self.replace(row.tenant, row.user_id, now=row.created_at)
        self._session.add(row)
        await self._session.flush()

    async def replace(self, tenant: str, user_id: str, *, now: datetime) -> None:
        """Let nobody use what the user has (index `tokens_of_user`)."""
        query = update(AccountTokenRow).where(
            col(AccountTokenRow.tenant) == tenant,
            col(AccountTokenRow.user_id) == user_id,
            col(AccountTokenRow.used_at).is_(None),
            col(AccountTokenRow.replaced_at).is_(None),
        )
        await self._session.execute(query.values(replaced_at=now))

    async def presented(self, token_id: str) -> AccountTokenRow | None:
        """The row of a token that somebody presents, before its tenant is known (primary key)."""
        await present(self._session, token_id)
        query = select(AccountTokenRow).where(col(AccountTokenRow.id) == token_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def use(self, token_id: str, *, now: datetime) -> AccountTokenRow | None:
        """Use it up: compare-and-set, so that exactly one of two does."""
        query = (
            update(AccountTokenRow)
            .where(
                col(AccountTokenRow.id) == token_id,
                col(AccountTokenRow.used_at).is_(None),
                col(AccountTokenRow.replaced_at).is_(None),
                col(AccountTokenRow.expires_at) > now,
            )
            .values(used_at=now)
            .returning(AccountTokenRow)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def live(self, tenant: str, user_id: str, purpose: str, *, now: datetime) -> AccountTokenRow | None:
        """The one that the user could use now (index `tokens_of_user`)."""
        query = select(AccountTokenRow).where(
            col(AccountTokenRow.tenant) == tenant,
            col(AccountTokenRow.user_id) == user_id,
            col(AccountTokenRow.purpose) == purpose,
            col(AccountTokenRow.used_at).is_(None),
            col(AccountTokenRow.replaced_at).is_(None),
            col(AccountTokenRow.expires_at) > now,
        )
        return (await self._session.execute(query)).scalars().first()

    async def newest(self, tenant: str, user_id: str, purpose: str) -> datetime | None:
        """When the user was last given one (index `tokens_of_user`)."""
        query = select(func.max(col(AccountTokenRow.created_at))).where(
            col(AccountTokenRow.tenant) == tenant,
            col(AccountTokenRow.user_id) == user_id,
            col(AccountTokenRow.purpose) == purpose,
        )
        return (await self._session.execute(query)).scalar_one_or_none()

"""The rows of identities at a provider, and of those who were sent there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.account_tables import IdentityRow, SignInAttemptRow
from graphs.store.people_tables import UserRole

FORGOTTEN_AT_ONCE = 100


class Identities:
    """Who the people of one tenant are to identity providers."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def of_subject(self, issuer: str, subject: str) -> IdentityRow | None:
        """The identity (constraint `identity_by_subject`)."""
        query = select(IdentityRow).where(
            col(IdentityRow.tenant) == self._tenant,
            col(IdentityRow.issuer) == issuer,
            col(IdentityRow.subject) == subject,
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def of_user(self, user_id: str, issuer: str) -> IdentityRow | None:
        """Who the person is to that issuer (constraint `identity_of_user`)."""
        query = select(IdentityRow).where(
            col(IdentityRow.tenant) == self._tenant,
            col(IdentityRow.user_id) == user_id,
            col(IdentityRow.issuer) == issuer,
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def linked(self) -> dict[str, list[str]]:
        """The issuers by user, for all of the tenant (constraint `identity_of_user`)."""
        query = select(col(IdentityRow.user_id), col(IdentityRow.issuer)).where(col(IdentityRow.tenant) == self._tenant)
        found: dict[str, list[str]] = {}
        for user_id, issuer in (await self._session.execute(query.order_by(col(IdentityRow.issuer)))).all():
            found.setdefault(user_id, []).append(issuer)
        return found

    async def put(self, row: IdentityRow) -> bool:
        """Link the person, in the place of who they were to the issuer before; False where it is somebody else's."""
        before = delete(IdentityRow).where(
            col(IdentityRow.tenant) == row.tenant,
            col(IdentityRow.user_id) == row.user_id,
            col(IdentityRow.issuer) == row.issuer,
        )
        await self._session.execute(before)
        added = insert(IdentityRow).values(**row.model_dump()).on_conflict_do_nothing()
        await self._session.execute(added.returning(col(IdentityRow.id)))
        present = await self.of_subject(row.issuer, row.subject)
        return present is not None and present.user_id == row.user_id

    async def set_roles(self, user_id: str, *, given: Sequence[str], taken: Sequence[str]) -> None:
        """Give the user some roles, and take others away (primary key)."""
        if taken:
            await self._session.execute(
                delete(UserRole).where(
                    col(UserRole.tenant) == self._tenant,
                    col(UserRole.user_id) == user_id,
                    col(UserRole.role).in_(taken),
                )
            )
        for role in given:
            row = {"tenant": self._tenant, "user_id": user_id, "role": role}
            await self._session.execute(insert(UserRole).values(**row).on_conflict_do_nothing())


class SignInAttempts:
    """Those who were sent to the provider and have not come back; nobody knows yet who they are."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, row: SignInAttemptRow) -> None:
        """Insert the row, and remove some that are over (index `attempts_by_age`); rows that others use are left."""
        old = (
            select(col(SignInAttemptRow.id))
            .where(col(SignInAttemptRow.expires_at) < row.started_at)
            .limit(FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._session.execute(delete(SignInAttemptRow).where(col(SignInAttemptRow.id).in_(old)))
        self._session.add(row)
        await self._session.flush()

    async def take(self, attempt_id: str, *, now: datetime) -> SignInAttemptRow | None:
        """Use the attempt up (primary key): exactly one of two gets it; None where it is over or was taken."""
        query = delete(SignInAttemptRow).where(col(SignInAttemptRow.id) == attempt_id).returning(SignInAttemptRow)
        found = (await self._session.execute(query)).scalar_one_or_none()
        return found if found is not None and now < found.expires_at else None

"""The rows of a tenant's authority matrix."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.duty_tables import AuthorityRow
from graphs.store.people_tables import AuthorityLimit, Role


class AuthorityRows:
    """The matrix of one tenant, as a whole (index `authority_of_role`)."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def listed(self) -> Sequence[AuthorityRow]:
        """Every row, by role and matter."""
        query = (
            select(AuthorityRow)
            .where(col(AuthorityRow.tenant) == self._tenant)
            .order_by(
                col(AuthorityRow.role),
                col(AuthorityRow.matter),
                col(AuthorityRow.entity),
                col(AuthorityRow.currency),
                col(AuthorityRow.effective_from),
            )
        )
        return (await self._session.execute(query)).scalars().all()

    async def replace(self, rows: Sequence[AuthorityRow]) -> None:
        """These rows, and no other."""
        await self._session.execute(delete(AuthorityRow).where(col(AuthorityRow.tenant) == self._tenant))
        self._session.add_all(rows)
        await self._session.flush()

    async def roles(self) -> set[str]:
        """Names of the tenant's roles (primary key)."""
        query = select(col(Role.name)).where(col(Role.tenant) == self._tenant)
        return set((await self._session.execute(query)).scalars())

    async def limits(self, matter: str) -> list[tuple[str, int]]:
        """Every limit that a role or a person has in a matter, with its currency."""
        of_roles = select(col(AuthorityRow.currency), col(AuthorityRow.limit_minor)).where(
            col(AuthorityRow.tenant) == self._tenant, col(AuthorityRow.matter) == matter
        )
        of_people = select(col(AuthorityLimit.currency), col(AuthorityLimit.max_minor)).where(
            col(AuthorityLimit.tenant) == self._tenant, col(AuthorityLimit.subject) == matter
        )
        return sorted((row[0], row[1]) for row in (await self._session.execute(union(of_roles, of_people))).all())

"""The rows of roles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.people_tables import Role


class Roles:
    """The roles of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def listed(self) -> Sequence[Role]:
        """Every role, by name (primary key)."""
        query = select(Role).where(col(Role.tenant) == self._tenant).order_by(col(Role.name))
        return (await self._session.execute(query)).scalars().all()

    async def locked(self) -> Sequence[Role]:
        """Every role, by name, locked in that order until the transaction ends (primary key)."""
        query = select(Role).where(col(Role.tenant) == self._tenant).order_by(col(Role.name)).with_for_update()
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalars().all()

    async def put(self, role: Role) -> None:
        """The role in the place of the one of its name, if there is one (primary key)."""
        added = insert(Role).values(**role.model_dump())
        moved = {name: added.excluded[name] for name in ("title", "permissions", "given")}
        await self._session.execute(added.on_conflict_do_update(index_elements=["tenant", "name"], set_=moved))

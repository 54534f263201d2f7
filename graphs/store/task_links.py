"""The rows of links to tasks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.account_tables import TaskLinkRow
from graphs.store.rows import affected


class TaskLinks:
    """The links of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def add(self, row: TaskLinkRow) -> None:
        """Insert the row."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, link_id: str) -> TaskLinkRow | None:
        """The link (primary key)."""
        query = select(TaskLinkRow).where(col(TaskLinkRow.tenant) == self._tenant, col(TaskLinkRow.id) == link_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def use(self, link_id: str, *, now: datetime) -> bool:
        """Use it up: compare-and-set, so that exactly one of two opens it."""
        query = update(TaskLinkRow).where(col(TaskLinkRow.id) == link_id, col(TaskLinkRow.used_at).is_(None))
        return affected(await self._session.execute(query.values(used_at=now))) == 1

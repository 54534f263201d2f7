"""Saved views: a person's own, and those that others share."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.view_tables import SavedView

MOST_SHOWN = 500


class SavedViews:
    """The rows of saved views."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def seen(self, screen: str, user_id: str) -> Sequence[SavedView]:
        """The views of a screen that are the user's or shared, by name (index `views_of_screen`)."""
        query = select(SavedView).where(
            col(SavedView.tenant) == self._tenant,
            col(SavedView.screen) == screen,
            or_(col(SavedView.owner_id) == user_id, col(SavedView.shared).is_(True)),
        )
        ordered = query.order_by(func.lower(col(SavedView.name)), col(SavedView.id)).limit(MOST_SHOWN)
        return (await self._session.execute(ordered)).scalars().all()

    async def number(self, screen: str, user_id: str) -> int:
        """How many views of a screen the user has saved (index `views_of_screen`)."""
        query = select(func.count()).where(
            col(SavedView.tenant) == self._tenant, col(SavedView.screen) == screen, col(SavedView.owner_id) == user_id
        )
        return int((await self._session.execute(query)).scalar_one())

    async def save(self, view: SavedView) -> SavedView:
        """Save it in the place of the user's view of that name (index `views_of_screen`)."""
        added = insert(SavedView).values(**view.model_dump())
        changed = {"search": view.search, "shared": view.shared, "saved_at": view.saved_at}
        saved = added.on_conflict_do_update(
            index_elements=["tenant", "screen", "owner_id", "name"], set_=changed
        ).returning(SavedView)
        return (await self._session.execute(saved.execution_options(populate_existing=True))).scalar_one()

    async def get(self, view_id: str) -> SavedView:
        """The view. Raises `NotFound`, also for another tenant's."""
        view = (await self._session.execute(select(SavedView).where(col(SavedView.id) == view_id))).scalar_one_or_none()
        if view is None:
            raise NotFound(f"there is no saved view {view_id}")
        return view

    async def remove(self, view_id: str) -> None:
        """Remove it (primary key)."""
        await self._session.execute(delete(SavedView).where(col(SavedView.id) == view_id))

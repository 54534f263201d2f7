"""The desk of saved views: people give names to filters, for themselves or for everybody of their organisation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from graphs.audit import AuditRecord
from graphs.errors import Conflict, Invalid, NotFound, PermissionMissing
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.saved_views import SavedViews
from graphs.store.view_tables import SavedView

MOST_VIEWS = 100
ADMIN = "admin"


class TooManyViews(Conflict):
    """Nobody finds anything among so many views: remove some first."""

    code = "too_many_views"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedViewDesk:
    """Saves views. A view says what is looked for and gives no right to see it."""

    services: Services

    async def seen(self, actor: Actor, screen: str) -> Sequence[SavedView]:
        """The views of a screen that are the actor's or shared, by name."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await SavedViews(unit.session, actor.tenant).seen(screen, actor.user_id)

    async def save(self, actor: Actor, screen: str, name: str, search: str, *, shared: bool) -> SavedView:
        """Save a view, in the place of the actor's own of that name. Raises `Invalid` or `TooManyViews`."""
        if not name.strip():
            raise Invalid("name: say what the view is called")
        row = SavedView(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            screen=screen,
            owner_id=actor.user_id,
            name=name.strip(),
            search=search,
            shared=shared,
            saved_at=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            views = SavedViews(unit.session, actor.tenant)
            if await views.number(screen, actor.user_id) >= MOST_VIEWS:
                raise TooManyViews(f"{actor.name} has {MOST_VIEWS} views of {screen} already: remove some first")
            saved = await views.save(row)
            unit.record(actor.tenant, _record(actor, "view.saved", saved))
            return saved

    async def remove(self, actor: Actor, view_id: str) -> None:
        """Remove one's own view; with `admin` anybody's that is shared.

        Raises `NotFound`, also for a view that the actor does not see, or `PermissionMissing`.
        """
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            views = SavedViews(unit.session, actor.tenant)
            view = await views.get(view_id)
            if view.owner_id != actor.user_id:
                if not view.shared:
                    raise NotFound(f"there is no saved view {view_id}")
                if ADMIN not in actor.permissions:
                    raise PermissionMissing(
                        f"view {view.name!r} is somebody else's, and no role of yours grants {ADMIN!r}"
                    )
            await views.remove(view_id)
            unit.record(actor.tenant, _record(actor, "view.removed", view))


def _record(actor: Actor, kind: str, view: SavedView) -> AuditRecord:
    values = {"view": view.id, "screen": view.screen, "name": view.name, "search": view.search, "shared": view.shared}
    return AuditRecord(kind=kind, actor=actor.user_id, values=values)

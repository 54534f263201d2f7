"""Saved views: names for the filters of screens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.saved_view import SavedViewList, SavedViewView, SaveView, Screen
from graphs.saved_views import SavedViewDesk

WiredSavedViewDesk = Annotated[SavedViewDesk, wired(SavedViewDesk)]

router = APIRouter(tags=["live"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/views")
async def list_views(
    screen: Annotated[Screen, Query(description="Of which screen.")],
    actor: CurrentActor,
    desk: WiredSavedViewDesk,
    services: WiredServices,
) -> SavedViewList:
    """One's own saved views of a screen, and those that others share."""
    found = await desk.seen(actor, screen)
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(sorted({view.owner_id for view in found}))
    return SavedViewList(views=[SavedViewView.of(view, user_id=actor.user_id, names=names) for view in found])


@router.post("/views", status_code=HTTPStatus.CREATED)
async def save_view(form: SaveView, actor: CurrentActor, desk: WiredSavedViewDesk) -> SavedViewView:
    """Save a view, in the place of one's own of that name. It gives nobody a right to see what it looks for."""
    view = await desk.save(actor, form.screen, form.name, form.search, shared=form.shared)
    return SavedViewView.of(view, user_id=actor.user_id, names={actor.user_id: actor.name})


@router.delete("/views/{view_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove_view(view_id: UUID, actor: CurrentActor, desk: WiredSavedViewDesk) -> None:
    """Remove one's own view; with `admin` any that is shared."""
    await desk.remove(actor, str(view_id))

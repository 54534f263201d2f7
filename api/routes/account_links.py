"""Links to tasks, as they stand in messages."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredLinkDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.task import TaskDetail, user_ids
from api.views.view import Name

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.post("/links/{token}/open")
async def open_link(token: Name, actor: CurrentActor, desk: WiredLinkDesk, services: WiredServices) -> TaskDetail:
    """Open a link to a task: once, signed in as the person it was sent to. It answers nothing."""
    task = await desk.open(actor, token)
    async with services.database.unit_of_work(actor.tenant) as unit:
        return TaskDetail.whole(task, await unit.people.names(user_ids(task)))

"""Approvals: what waits for a yes or no, with whether the caller may say it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.page import cursor_behind, read_place
from api.routes.wiring import PROBLEMS, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.approval import ApprovalList, ApprovalView, ids_in
from graphs.tasks.approvals import ApprovalDesk, Whose

WiredApprovalDesk = Annotated[ApprovalDesk, wired(ApprovalDesk)]

router = APIRouter(tags=["authority"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/approvals")
async def list_approvals(
    actor: CurrentActor,
    desk: WiredApprovalDesk,
    services: WiredServices,
    whose: Annotated[Whose, Query(description="The caller's, nobody's, or others' of the caller's roles.")] = "mine",
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 25,
) -> ApprovalList:
    """Unanswered tasks that ask for an approval, the earliest deadline first, each with why the caller may or not."""
    found = await desk.listed(actor, whose, after=read_place(cursor), limit=limit + 1)
    shown = found[:limit]
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(ids_in(*shown))
    return ApprovalList(
        approvals=[ApprovalView.of(one, names) for one in shown],
        next=cursor_behind(shown[-1].task, None) if len(found) > limit else None,
    )

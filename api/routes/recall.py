"""Decision recall: what was decided with something that was wrong, and what becomes of it.

Freezing and deciding again are done some cases at a time: call again while `to_freeze` or `to_judge` says so.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.recall import (
    CloseRecallForm,
    FoundView,
    RecallDetail,
    RecallForm,
    RecallList,
    RecallView,
)
from graphs.recall.desk import LISTED, RecallDesk
from graphs.recall.target import RecallTarget

WiredRecallDesk = Annotated[RecallDesk, wired(RecallDesk)]
Limit = Annotated[int, Query(ge=1, le=LISTED)]
After = Annotated[int, Query(ge=0, description="Entry of the trail behind which to begin.")]

router = APIRouter(tags=["recalls"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/recalls/decisions")
async def find_decisions(
    actor: CurrentActor,
    desk: WiredRecallDesk,
    what: Annotated[
        Literal["model", "prompt", "rule", "connector"], Query(description="What decisions were made with.")
    ],
    name: Annotated[str, Query(max_length=400, description="As `PACK/RULE@VERSION`, `NAME@VERSION`, …")],
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    after: After = 0,
    limit: Limit = LISTED,
) -> FoundView:
    """Every decision made with it; nothing is kept, and nothing stopped."""
    target = RecallTarget.read(what, name, since=since, before=until)
    return FoundView.of(await desk.find(actor, target, after=after, limit=limit))


@router.post("/recalls", status_code=HTTPStatus.CREATED)
async def open_recall(form: RecallForm, actor: CurrentActor, desk: WiredRecallDesk) -> RecallView:
    """Open a recall of everything made with it."""
    return RecallView.of(await desk.open(actor, form.target(), reason=form.reason))


@router.get("/recalls")
async def list_recalls(
    actor: CurrentActor, desk: WiredRecallDesk, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> RecallList:
    """Recalls, newest first."""
    return RecallList(recalls=[RecallView.of(found) for found in await desk.listed(actor, limit=limit)])


@router.get("/recalls/{recall_id}")
async def show_recall(
    recall_id: UUID, actor: CurrentActor, desk: WiredRecallDesk, after: After = 0, limit: Limit = LISTED
) -> RecallDetail:
    """A recall, how far it is, and its decisions."""
    return RecallDetail.whole(await desk.show(actor, str(recall_id), after=after, limit=limit))


@router.post("/recalls/{recall_id}/freeze")
async def freeze_recall(recall_id: UUID, actor: CurrentActor, desk: WiredRecallDesk) -> RecallView:
    """Suspend the next of its open cases."""
    return RecallView.of(await desk.freeze(actor, str(recall_id)))


@router.post("/recalls/{recall_id}/redecide")
async def redecide_recall(
    recall_id: UUID,
    actor: CurrentActor,
    desk: WiredRecallDesk,
    ask: Annotated[bool, Query(description="Ask models again, under the prompts and the model of now.")] = False,
) -> RecallView:
    """Decide the next of its cases again, by the rules active now; what comes out otherwise gets an incident."""
    return RecallView.of(await desk.redecide(actor, str(recall_id), ask=ask))


@router.post("/recalls/{recall_id}/close")
async def close_recall(
    recall_id: UUID, form: CloseRecallForm, actor: CurrentActor, desk: WiredRecallDesk
) -> RecallView:
    """Close a recall that is done; 409 while it has open decisions."""
    return RecallView.of(await desk.close(actor, str(recall_id), reason=form.reason, resume=form.resume))

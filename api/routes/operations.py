"""Groups of incidents: shown with their cause, fixed once, retried together with progress."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.operation import (
    BulkAnswer,
    BulkCorrectForm,
    BulkForm,
    BulkRerouteForm,
    BulkSkipForm,
    CancelOperationForm,
    GroupDetail,
    GroupList,
    GroupView,
    OperationDetail,
    OperationList,
    OperationView,
)
from graphs.incidents.group import GroupDesk
from graphs.incidents.move import MoveKind
from graphs.incidents.operation import OperationDesk
from graphs.store.people import Actor

WiredGroupDesk = Annotated[GroupDesk, wired(GroupDesk)]
WiredOperationDesk = Annotated[OperationDesk, wired(OperationDesk)]
Fingerprint = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="What incidents of one cause share.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
GroupStatus = Annotated[
    Literal["open", "closed"] | None, Query(description="Only groups with an open incident, or with none.")
]

router = APIRouter(tags=["incidents"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/incidents/groups")
async def list_groups(
    actor: CurrentActor,
    desk: WiredGroupDesk,
    status: GroupStatus = None,
    process: Annotated[str | None, Query(max_length=80, description="Only of this process.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> GroupList:
    """Incidents by their cause, the one that happened last first."""
    found = await desk.listed(actor, status=status, process=process, limit=limit)
    return GroupList(groups=[GroupView.of(row) for row in found])


@router.get("/incidents/groups/{fingerprint}")
async def show_group(
    fingerprint: Fingerprint,
    actor: CurrentActor,
    desk: WiredGroupDesk,
    status: Annotated[Literal["open", "closed"] | None, Query(description="Only these of its incidents.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    after: Annotated[UUID | None, Query(description="The incident behind which to begin.")] = None,
) -> GroupDetail:
    """A group: its cause, what to do next, what agents propose, and its incidents, the oldest first."""
    page = await desk.show(actor, fingerprint, status=status, after=str(after) if after else None, limit=limit)
    return GroupDetail.shown(page)


async def ordered(
    desk: OperationDesk, actor: Actor, fingerprint: str, form: BulkForm, kind: MoveKind, response: Response
) -> BulkAnswer:
    """The preview, or the operation that was begun: 201 where it is new."""
    order = form.order(kind)
    if form.dry_run:
        return BulkAnswer.foreseen(await desk.preview(actor, fingerprint, order))
    progress = await desk.start(actor, fingerprint, order)
    response.status_code = HTTPStatus.CREATED if progress.created else HTTPStatus.OK
    return BulkAnswer.begun(progress)


@router.post("/incidents/groups/{fingerprint}/retry")
async def retry_group(
    fingerprint: Fingerprint, form: BulkForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Retry every open incident of the group: a few first, and no more of them if those fail again."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.RETRY, response)


@router.post("/incidents/groups/{fingerprint}/correct")
async def correct_group(
    fingerprint: Fingerprint, form: BulkCorrectForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Set the same fields in every case of the group; each is judged again by itself."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.CORRECT, response)


@router.post("/incidents/groups/{fingerprint}/skip")
async def skip_group(
    fingerprint: Fingerprint, form: BulkSkipForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Let every case of the group go on behind the step it stands at, where its process allows it."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.SKIP, response)


@router.post("/incidents/groups/{fingerprint}/reroute")
async def reroute_group(
    fingerprint: Fingerprint, form: BulkRerouteForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Let every case of the group go on from another step."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.REROUTE, response)


@router.post("/incidents/groups/{fingerprint}/cancel")
async def cancel_group(
    fingerprint: Fingerprint, form: BulkForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Cancel every case of the group; what they have done is taken back first."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.CANCEL, response)


@router.post("/incidents/groups/{fingerprint}/apply")
async def apply_to_group(
    fingerprint: Fingerprint, form: BulkForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Carry out in your name the fix that is proposed for all; 409 where not the same is proposed for all."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.APPLY, response)


@router.post("/incidents/groups/{fingerprint}/close")
async def close_group(
    fingerprint: Fingerprint, form: BulkForm, actor: CurrentActor, desk: WiredOperationDesk, response: Response
) -> BulkAnswer:
    """Close every incident of the group that stopped no case."""
    return await ordered(desk, actor, fingerprint, form, MoveKind.CLOSE, response)


@router.get("/operations")
async def list_operations(
    actor: CurrentActor, desk: WiredOperationDesk, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> OperationList:
    """Operations on groups, newest first."""
    return OperationList(operations=[OperationView.of(found) for found in await desk.listed(actor, limit=limit)])


@router.get("/operations/{operation_id}")
async def show_operation(
    operation_id: UUID,
    actor: CurrentActor,
    desk: WiredOperationDesk,
    status: Annotated[
        Literal["waiting", "moving", "done", "failed", "left"] | None, Query(description="Only these of its items.")
    ] = None,
    after: Annotated[int, Query(ge=0, description="The place behind which to begin.")] = 0,
    limit: Limit = 200,
) -> OperationDetail:
    """An operation: how far it is, and what became of each incident."""
    return OperationDetail.shown(await desk.show(actor, str(operation_id), status=status, after=after, limit=limit))


@router.post("/operations/{operation_id}/cancel")
async def cancel_operation(
    operation_id: UUID, form: CancelOperationForm, actor: CurrentActor, desk: WiredOperationDesk
) -> OperationView:
    """End an operation: what it has ordered stays ordered, the rest is left as it is; 409 once it has ended."""
    return OperationView.of(await desk.cancel(actor, str(operation_id), reason=form.reason))

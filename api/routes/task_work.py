"""Working through tasks: handing them on, notes, and bulk decisions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header

from api.gate import CurrentActor
from api.routes.cases import KEY_PATTERN
from api.routes.tasks import answered_detail
from api.routes.wiring import PROBLEMS, WiredBulkDesk, WiredHandOverDesk, WiredNoteDesk, WiredServices, WiredUndoDesk
from api.strict_json import StrictRoute
from api.views.task import TaskDetail
from api.views.task_work import BulkForm, BulkResult, HandForm, NoteForm, NoteList, NoteView, ReasonForm
from graphs.compaction import kept_task
from graphs.intake import require
from graphs.tasks.notes import READ

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.post("/tasks/bulk")
async def decide_in_bulk(
    body: BulkForm,
    actor: CurrentActor,
    desk: WiredBulkDesk,
    idempotency_key: Annotated[
        str, Header(min_length=1, max_length=200, pattern=KEY_PATTERN, description="Same key, same decision.")
    ],
) -> BulkResult:
    """Approve or reject up to 200 tasks, each on its own; what is refused says why, and the others go on.

    The same key again answers what the first request came to; with another body, 422.
    """
    return BulkResult.of(await desk.decide(actor, body.request(idempotency_key)))


@router.post("/tasks/{task_id}/release")
async def release_task(
    task_id: UUID, body: ReasonForm, actor: CurrentActor, desk: WiredHandOverDesk, services: WiredServices
) -> TaskDetail:
    """Put a task that the caller has taken back; one that was delegated goes back to who delegated it."""
    return await answered_detail(services, actor, await desk.release(actor, str(task_id), body.reason))


@router.post("/tasks/{task_id}/delegate")
async def delegate_task(
    task_id: UUID, body: HandForm, actor: CurrentActor, desk: WiredHandOverDesk, services: WiredServices
) -> TaskDetail:
    """Give the caller's task to a named person who may answer it; it comes back where they decline."""
    return await answered_detail(services, actor, await desk.delegate(actor, str(task_id), body.to, body.reason))


@router.post("/tasks/{task_id}/decline")
async def decline_task(
    task_id: UUID, body: ReasonForm, actor: CurrentActor, desk: WiredHandOverDesk, services: WiredServices
) -> TaskDetail:
    """Give a task that was delegated to the caller back to who delegated it."""
    return await answered_detail(services, actor, await desk.decline(actor, str(task_id), body.reason))


@router.post("/tasks/{task_id}/reassign")
async def reassign_task(
    task_id: UUID, body: HandForm, actor: CurrentActor, desk: WiredHandOverDesk, services: WiredServices
) -> TaskDetail:
    """Give a task to another person for good: the caller's own, or with `task.assign` anybody's."""
    return await answered_detail(services, actor, await desk.reassign(actor, str(task_id), body.to, body.reason))


@router.post("/tasks/{task_id}/escalate")
async def escalate_task(
    task_id: UUID, body: ReasonForm, actor: CurrentActor, desk: WiredHandOverDesk, services: WiredServices
) -> TaskDetail:
    """Give a task to a supervisor; where none may answer it, it waits in its queue and all of them are told."""
    return await answered_detail(services, actor, await desk.escalate(actor, str(task_id), body.reason))


@router.post("/tasks/{task_id}/undo")
async def undo_answer(
    task_id: UUID, body: ReasonForm, actor: CurrentActor, desk: WiredUndoDesk, services: WiredServices
) -> TaskDetail:
    """Undo an approval within its window: the task is asked again. 409 `undo_too_late` once the case goes on."""
    return await answered_detail(services, actor, await desk.undo(actor, str(task_id), body.reason))


@router.get("/tasks/{task_id}/notes")
async def list_notes(task_id: UUID, actor: CurrentActor, desk: WiredNoteDesk, services: WiredServices) -> NoteList:
    """The notes on a task, the oldest first."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        task = await kept_task(unit, str(task_id))
    notes = await desk.of_task(actor, task.id, task.case_id)
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(
            sorted({person for note in notes for person in (note.author_id, *note.mentions)})
        )
    return NoteList(notes=[NoteView.of(note, names) for note in notes])


@router.post("/tasks/{task_id}/notes")
async def add_note(
    task_id: UUID, body: NoteForm, actor: CurrentActor, desk: WiredNoteDesk, services: WiredServices
) -> NoteView:
    """Leave a note. Those it mentions are told, and whose task it is."""
    note = await desk.add(actor, str(task_id), body.text)
    async with services.database.unit_of_work(actor.tenant) as unit:
        return NoteView.of(note, await unit.people.names([note.author_id, *note.mentions]))

"""Tasks: the inbox, and answers."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, StringConstraints

from api.gate import CurrentActor
from api.routes.page import cursor_behind, read_place
from api.routes.wiring import PROBLEMS, WiredDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.task import AnswerTask, TabCounts, TaskDetail, TaskList, TaskSummary, detail_ids, user_ids
from api.views.task_form import PreviewEdits, TaskForm, TaskPreview
from graphs.compaction import kept_task
from graphs.errors import DefinitionMissing
from graphs.intake import require
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.inbox_tabs import InboxTabs, Tab, TaskSearch
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.store.timers import UNDO
from graphs.tasks.bulk import viewer_of
from graphs.tasks.edits import edits_approvable
from graphs.tasks.form import answer_schema, shape_of
from graphs.tasks.outlook import outlook_of

READ = "task.read"
Words = Annotated[str, StringConstraints(max_length=200)]

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


def searched(
    words: Annotated[Words, Query(description="Words that title or question hold, all of them.")] = "",
    case: Annotated[UUID | None, Query(description="Only tasks of this case.")] = None,
    role: Annotated[Words | None, Query(description="Only tasks for this role.")] = None,
    overdue: Annotated[bool, Query(description="Only what is overdue.")] = False,
    due_before: Annotated[AwareDatetime | None, Query(description="Only what is due before this instant.")] = None,
) -> TaskSearch:
    """What a request looks for."""
    found = tuple(words.replace("\0", " ").split())
    return TaskSearch(
        words=found, case_id=str(case) if case else None, role=role, overdue=overdue, due_before=due_before
    )


@router.get("/tasks")
async def list_tasks(
    actor: CurrentActor,
    services: WiredServices,
    search: Annotated[TaskSearch, Depends(searched)],
    tab: Annotated[Tab | None, Query(description="The caller's own view; without one, the tasks of all.")] = None,
    status: Annotated[
        Literal["open", "claimed", "answered", "withdrawn"] | None,
        Query(description="Without a tab: only tasks with this status; else all that are unanswered."),
    ] = None,
    mine: Annotated[bool, Query(description="Without a tab: only tasks assigned to the caller.")] = False,
    counts: Annotated[bool, Query(description="Say how many tasks each tab has.")] = False,
    cursor: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> TaskList:
    """Tasks, the earliest deadline first; what is done, the newest first. A page begins where the one before ended."""
    require(actor, READ)
    after, now = read_place(cursor), services.clock()
    async with services.database.unit_of_work(actor.tenant) as unit:
        tabs = InboxTabs(unit.session)
        if tab is not None:
            found = await tabs.page(viewer_of(actor), tab, search, after=after, limit=limit + 1, now=now)
        else:
            found = await tabs.everyones(
                actor.tenant,
                search,
                status=(status,) if status else UNANSWERED,
                assignee_id=actor.user_id if mine else None,
                after=after,
                limit=limit + 1,
                now=now,
            )
        counted = await tabs.counts(viewer_of(actor), now=now) if counts else None
        shown = found[:limit]
        names = await unit.people.names(user_ids(*shown))
    return TaskList(
        tasks=[TaskSummary.of(task, names) for task in shown],
        next=cursor_behind(shown[-1], tab) if len(found) > limit else None,
        counts=TabCounts(**{one.value: number for one, number in counted.items()}) if counted is not None else None,
    )


@router.get("/tasks/{task_id}")
async def show_task(task_id: UUID, actor: CurrentActor, services: WiredServices) -> TaskDetail:
    """A task with its reasons, evidence, proposed action, form and digest, and what happens on each answer."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        return await detail(services, unit, await kept_task(unit, str(task_id)))


@router.get("/tasks/{task_id}/form")
async def show_form(task_id: UUID, actor: CurrentActor, services: WiredServices) -> TaskForm:
    """The JSON Schema that answers are checked against, with hints for drawing it and what is known of each field."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        task = await unit.inbox.get(str(task_id))
        definition = await definition_of(services, unit, task)
    edits = definition is not None and edits_approvable(definition, definition.by_name[task.step])
    return TaskForm.of(task, answer_schema(shape_of(task.form, edits=edits)))


@router.post("/tasks/{task_id}/preview")
async def preview_edits(task_id: UUID, body: PreviewEdits, actor: CurrentActor, desk: WiredDesk) -> TaskPreview:
    """What the task would ask if these fields were set. Nothing is written; an approval with edits names the digest."""
    return TaskPreview.of(await desk.preview(actor, str(task_id), body.set))


@router.post("/tasks/{task_id}/claim")
async def claim_task(task_id: UUID, actor: CurrentActor, desk: WiredDesk, services: WiredServices) -> TaskDetail:
    """Take an open task; from then on nobody else answers it. 409 when somebody else has it."""
    return await answered_detail(services, actor, await desk.claim(actor, str(task_id)))


@router.post("/tasks/{task_id}/answer")
async def answer_task(
    task_id: UUID, body: AnswerTask, actor: CurrentActor, desk: WiredDesk, services: WiredServices
) -> TaskDetail:
    """Approve, correct or reject; accepted once, the second answer gets 409."""
    return await answered_detail(services, actor, await desk.answer(actor, str(task_id), body.answer()))


async def answered_detail(services: Services, actor: Actor, task: Task) -> TaskDetail:
    """The task after something was done to it."""
    async with services.database.unit_of_work(actor.tenant) as unit:
        return await detail(services, unit, task)


async def detail(services: Services, unit: UnitOfWork, task: Task) -> TaskDetail:
    """The task as it is shown; with its outlook while it is unanswered."""
    definition = await definition_of(services, unit, task) if task.status in UNANSWERED else None
    outlook = outlook_of(task, definition) if definition is not None else None
    window = await unit.timers.get(UNDO, task.id, 0) if task.status == "answered" else None
    until = window.due_at if window is not None and window.status == "set" else None
    return TaskDetail.whole(task, await unit.people.names(detail_ids(task)), outlook, undo_until=until)


async def definition_of(services: Services, unit: UnitOfWork, task: Task) -> ProcessDefinition | None:
    """The definition that the task's case is pinned to; None where it is not here any more, or has no such step."""
    try:
        definition = services.definition_of(await unit.cases.get(task.case_id))
    except DefinitionMissing:
        return None
    return definition if task.step in definition.by_name else None

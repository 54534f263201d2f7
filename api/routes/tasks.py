"""Tasks: the inbox, and answers."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.task import AnswerTask, TaskDetail, TaskList, TaskSummary, detail_ids, user_ids
from graphs.compaction import kept_task
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.tables import Task

READ = "task.read"
UNANSWERED = ("open", "claimed")

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/tasks")
async def list_tasks(
    actor: CurrentActor,
    services: WiredServices,
    status: Annotated[
        Literal["open", "claimed", "answered", "withdrawn"] | None,
        Query(description="Only tasks with this status; else all that are unanswered."),
    ] = None,
    mine: Annotated[bool, Query(description="Only tasks assigned to the caller.")] = False,
    case: Annotated[UUID | None, Query(description="Only tasks of this case.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> TaskList:
    """Tasks, the earliest deadline first."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        found = await unit.inbox.listed(
            actor.tenant,
            status=(status,) if status else UNANSWERED,
            assignee_id=actor.user_id if mine else None,
            case_id=str(case) if case else None,
            limit=limit,
        )
        names = await unit.people.names(user_ids(*found))
    return TaskList(tasks=[TaskSummary.of(task, names) for task in found])


@router.get("/tasks/{task_id}")
async def show_task(task_id: UUID, actor: CurrentActor, services: WiredServices) -> TaskDetail:
    """A task with its reasons, evidence, proposed action, form and digest."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        task = await kept_task(unit, str(task_id))
        return TaskDetail.whole(task, await unit.people.names(detail_ids(task)))


@router.post("/tasks/{task_id}/claim")
async def claim_task(task_id: UUID, actor: CurrentActor, desk: WiredDesk, services: WiredServices) -> TaskDetail:
    """Take an open task; 409 when somebody else has it."""
    return await _shown(services, actor.tenant, await desk.claim(actor, str(task_id)))


@router.post("/tasks/{task_id}/answer")
async def answer_task(
    task_id: UUID, body: AnswerTask, actor: CurrentActor, desk: WiredDesk, services: WiredServices
) -> TaskDetail:
    """Approve, correct or reject; accepted once, the second answer gets 409."""
    return await _shown(services, actor.tenant, await desk.answer(actor, str(task_id), body.answer()))


async def _shown(services: Services, tenant: str, task: Task) -> TaskDetail:
    async with services.database.unit_of_work(tenant) as unit:
        return TaskDetail.whole(task, await unit.people.names(detail_ids(task)))

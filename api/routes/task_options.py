"""What a reviewer needs around a task: what they may do, with whom, and the documents it is about."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.gate import CurrentActor
from api.routes.document_pages import Sha256, documents_listed, page_drawn, pages_of
from api.routes.wiring import PROBLEMS, WiredArchiveDoor, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.task import Person
from api.views.task_options import DocumentList, PageList, PeopleOfTask, TaskOptions
from graphs.tasks.documents import TaskDocuments
from graphs.tasks.options import OptionDesk

WiredOptionDesk = Annotated[OptionDesk, wired(OptionDesk)]
WiredTaskDocuments = Annotated[TaskDocuments, wired(TaskDocuments)]
Words = Annotated[str, StringConstraints(max_length=100)]

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/tasks/{task_id}/options")
async def list_options(
    task_id: UUID, actor: CurrentActor, desk: WiredOptionDesk, services: WiredServices
) -> TaskOptions:
    """What the caller may do with a task now, and why not the rest. Nothing is changed."""
    options = await desk.of_task(actor, str(task_id))
    givers = sorted({one.in_place_of for one in options if one.in_place_of})
    async with services.database.unit_of_work(actor.tenant) as unit:
        return TaskOptions.of(str(task_id), options, await unit.people.names(givers))


@router.get("/tasks/{task_id}/people")
async def list_people_of_task(
    task_id: UUID,
    actor: CurrentActor,
    desk: WiredOptionDesk,
    purpose: Annotated[Literal["hand", "ask"], Query(description="To give them the task, or to ask them.")] = "hand",
    words: Annotated[Words, Query(description="Words of the name.")] = "",
) -> PeopleOfTask:
    """Up to 20 people whom the task may be given to, or who may be asked about it, by name."""
    found = await desk.people(actor, str(task_id), purpose, words)
    return PeopleOfTask(people=[Person(id=user_id, name=name) for user_id, name in found])


@router.get("/tasks/{task_id}/documents")
async def list_documents(task_id: UUID, actor: CurrentActor, documents: WiredTaskDocuments) -> DocumentList:
    """The documents that a task is about, the one that most values were read from first."""
    found = await documents.of_task(actor, str(task_id))
    return documents_listed(found)


@router.get("/tasks/{task_id}/documents/{sha256}/pages")
async def list_pages(
    task_id: UUID, sha256: Sha256, actor: CurrentActor, documents: WiredTaskDocuments, door: WiredArchiveDoor
) -> PageList:
    """The pages of a document with their sizes; none where it is structured data."""
    document = await documents.document(actor, str(task_id), sha256)
    return await pages_of(document, door)


@router.get(
    "/tasks/{task_id}/documents/{sha256}/pages/{page}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The page."}},
)
async def show_page(
    task_id: UUID,
    sha256: Sha256,
    page: Annotated[int, Path(ge=1, le=10_000)],
    actor: CurrentActor,
    documents: WiredTaskDocuments,
    door: WiredArchiveDoor,
) -> Response:
    """A page of a document as a PNG; drawn in a process of its own, which nothing in the document gets out of."""
    document = await documents.document(actor, str(task_id), sha256)
    return await page_drawn(document, page, door)

"""What somebody who looks into a case needs: what they may do, its history, its data of then, its documents."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.gate import CurrentActor
from api.routes.document_pages import Sha256, documents_listed, page_drawn, pages_of
from api.routes.wiring import PROBLEMS, WiredArchiveDoor, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.case_history import CaseDataView, CaseHistoryView, CaseMessages, CaseOptionsView
from api.views.task_options import DocumentList, PageList
from graphs.case_data import CaseDataDesk
from graphs.case_documents import CaseDocuments
from graphs.case_history import CaseHistoryDesk
from graphs.case_options import CaseOptionDesk
from graphs.intake import require
from graphs.store.messages import Messages

READ = "case.read"
MOST_PLACES = 100_000
WiredCaseOptionDesk = Annotated[CaseOptionDesk, wired(CaseOptionDesk)]
WiredCaseHistoryDesk = Annotated[CaseHistoryDesk, wired(CaseHistoryDesk)]
WiredCaseDataDesk = Annotated[CaseDataDesk, wired(CaseDataDesk)]
WiredCaseDocuments = Annotated[CaseDocuments, wired(CaseDocuments)]
Place = Annotated[int | None, Query(ge=0, le=MOST_PLACES)]

router = APIRouter(tags=["cases"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/cases/{case_id}/options")
async def list_case_options(case_id: UUID, actor: CurrentActor, desk: WiredCaseOptionDesk) -> CaseOptionsView:
    """What the caller may do with a case now, and why not the rest. Nothing is changed."""
    return CaseOptionsView.of(str(case_id), await desk.of_case(actor, str(case_id)))


@router.get("/cases/{case_id}/history")
async def show_history(case_id: UUID, actor: CurrentActor, desk: WiredCaseHistoryDesk) -> CaseHistoryView:
    """Everything that happened to a case in a few words, its verdicts, and what agents decided, in order."""
    return CaseHistoryView.of(await desk.of_case(actor, str(case_id)))


@router.get("/cases/{case_id}/data")
async def show_data(
    case_id: UUID,
    actor: CurrentActor,
    desk: WiredCaseDataDesk,
    at: Annotated[Place, Query(description="After which visit; without it, as it is now.")] = None,
    since: Annotated[Place, Query(description="Compared with which; without it, with the one before.")] = None,
) -> CaseDataView:
    """The case's data as it was after a visit of a step, and what differs from another."""
    return CaseDataView.of(await desk.at(actor, str(case_id), at=at, since=since))


@router.get("/cases/{case_id}/messages")
async def list_case_messages(case_id: UUID, actor: CurrentActor, services: WiredServices) -> CaseMessages:
    """What the case has waited for, and the messages that it received."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        await unit.cases.get(str(case_id))
        found = await Messages(unit.session).of_case(str(case_id))
        names = await unit.people.names([received.sent_by for _, received in found if received is not None])
    return CaseMessages.of(found, names)


@router.get("/cases/{case_id}/documents")
async def list_case_documents(case_id: UUID, actor: CurrentActor, documents: WiredCaseDocuments) -> DocumentList:
    """The documents that a case came with, or that its facts were read from, the most telling first."""
    found = await documents.of_case(actor, str(case_id))
    return documents_listed(found)


@router.get("/cases/{case_id}/documents/{sha256}/pages")
async def list_case_pages(
    case_id: UUID, sha256: Sha256, actor: CurrentActor, documents: WiredCaseDocuments, door: WiredArchiveDoor
) -> PageList:
    """The pages of a document with their sizes; none where it is structured data."""
    document = await documents.document(actor, str(case_id), sha256)
    return await pages_of(document, door)


@router.get(
    "/cases/{case_id}/documents/{sha256}/pages/{page}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The page."}},
)
async def show_case_page(
    case_id: UUID,
    sha256: Sha256,
    page: Annotated[int, Path(ge=1, le=10_000)],
    actor: CurrentActor,
    documents: WiredCaseDocuments,
    door: WiredArchiveDoor,
) -> Response:
    """A page of a document as a PNG; drawn in a process of its own, which nothing in the document gets out of."""
    document = await documents.document(actor, str(case_id), sha256)
    return await page_drawn(document, page, door)

"""Cases: looked for by many questions, counted, and ordered about many at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, StringConstraints

from api.gate import CurrentActor
from api.routes.page import MAX_CURSOR_LENGTH, cursor_at, read_place
from api.routes.wiring import PROBLEMS, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.case import CaseCounts, CasePage, CaseRow, CaseStatus, StatusCounts, people_of
from api.views.case_operation import CaseOrderForm
from api.views.operation import OperationView
from graphs.case_operation import CaseOperationDesk
from graphs.intake import require
from graphs.store.case_list import CaseList
from graphs.store.case_search import CaseOrder, CaseSearch, WaitingFor
from graphs.store.case_standings import CaseStandings

READ = "case.read"
Words = Annotated[str, StringConstraints(max_length=200)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
WiredCaseOperationDesk = Annotated[CaseOperationDesk, wired(CaseOperationDesk)]

router = APIRouter(tags=["cases"], responses=PROBLEMS, route_class=StrictRoute)


def searched(
    actor: CurrentActor,
    status: Annotated[list[CaseStatus] | None, Query(description="Only cases with one of these.", max_length=8)] = None,
    process: Annotated[Named | None, Query(description="Only of this process.")] = None,
    step: Annotated[Named | None, Query(description="Only cases that stand at this step, and have not ended.")] = None,
    stage: Annotated[Named | None, Query(description="Only cases in this stage.")] = None,
    words: Annotated[Words, Query(description="Words that the title holds or the id begins with, all of them.")] = "",
    waiting: Annotated[WaitingFor | None, Query(description="Only cases that wait for such a thing.")] = None,
    owner: Annotated[
        Named | None, Query(description="Only cases of which this user has a task: an id, or `me`.")
    ] = None,
    overdue: Annotated[bool, Query(description="Only cases whose nearest deadline is over.")] = False,
    due_before: Annotated[
        AwareDatetime | None, Query(description="Only cases that are due before this instant.")
    ] = None,
    started_from: Annotated[AwareDatetime | None, Query(description="Only cases that started then or later.")] = None,
    started_before: Annotated[AwareDatetime | None, Query(description="Only cases that started before.")] = None,
) -> CaseSearch:
    """What a request looks for."""
    return CaseSearch(
        status=tuple(status or ()),
        process=process,
        step=step,
        stage=stage,
        words=tuple(words.replace("\0", " ").split()),
        waiting=waiting,
        owner=actor.user_id if owner == "me" else owner,
        overdue=overdue,
        due_before=due_before,
        started_from=started_from,
        started_before=started_before,
    )


Searched = Annotated[CaseSearch, Depends(searched)]


@router.get("/cases")
async def list_cases(
    actor: CurrentActor,
    services: WiredServices,
    search: Searched,
    order: Annotated[CaseOrder, Query(description="Which come first.")] = CaseOrder.NEWEST,
    limit: Annotated[int, Query(ge=1, le=200, description="Cases on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH, description="`next` of the page before.")] = None,
) -> CasePage:
    """Cases with what they wait for, page by page. By deadline, only those that are due at some time."""
    require(actor, READ)
    after, now = read_place(cursor), services.clock()
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        found = await CaseList(unit.session, actor.tenant).page(search, order, after=after, limit=limit, now=now)
        standings = await CaseStandings(unit.session).of([case.id for case in found.cases])
        names = await unit.people.names(people_of(found.cases, standings))
    return CasePage(
        cases=[CaseRow.shown(case, standings[case.id], names) for case in found.cases],
        next=cursor_at(found.ended.at, found.ended.id) if found.ended is not None else None,
    )


@router.get("/cases/counts")
async def count_cases(actor: CurrentActor, services: WiredServices, search: Searched) -> CaseCounts:
    """How many cases there are by status, and how many the filter finds; counted up to 1,000."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        cases = CaseList(unit.session, actor.tenant)
        by_status = await cases.by_status()
        counted = await cases.counted(search, now=services.clock())
    return CaseCounts(by_status=StatusCounts(**by_status), found=counted.found, more=counted.more)


@router.post("/cases/operations", status_code=HTTPStatus.CREATED)
async def order_about_cases(
    form: CaseOrderForm, actor: CurrentActor, desk: WiredCaseOperationDesk, response: Response
) -> OperationView:
    """Order one thing about many cases: 201, or 200 where the same order is under way. A worker carries it out."""
    progress = await desk.start(actor, form.order(actor))
    response.status_code = HTTPStatus.CREATED if progress.created else HTTPStatus.OK
    return OperationView.of(progress)

"""Deadlines of the whole tenant: which come next, which are late, and what nobody has acknowledged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.gate import CurrentActor
from api.routes.page import cursor_at, read_place
from api.routes.wiring import PROBLEMS, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.clock_list import ClockCounts, ClockPage, ListedClockView, WaitingList, ids_in
from api.views.escalation import Reader
from graphs.deadlines.watch_desk import FORESEE, WatchDesk, Watched

WiredWatchDesk = Annotated[WatchDesk, wired(WatchDesk)]

router = APIRouter(tags=["deadlines"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/clocks")
async def list_clocks(
    actor: CurrentActor,
    desk: WiredWatchDesk,
    services: WiredServices,
    which: Annotated[
        Watched, Query(description="Which clocks; `forecast`: the likeliest to be breached.")
    ] = Watched.DUE,
    until: Annotated[AwareDatetime | None, Query(description="Of `due`: only what is due before then.")] = None,
    counts: Annotated[bool, Query(description="Say how many are breached, at risk, and due within a day.")] = False,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ClockPage:
    """Clocks of the tenant, the soonest due first, page by page; by forecast the likeliest first, on one page."""
    place = read_place(cursor)
    found = await desk.clocks(actor, which, after=place, until=until, limit=limit + 1)
    counted = ClockCounts(**await desk.counts(actor)) if counts else None
    shown = found[:limit]
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(sorted({one.assignee_id for one in shown if one.assignee_id}))
    last = shown[-1].row if len(found) > limit and which is not Watched.FORECAST else None
    return ClockPage(
        clocks=[ListedClockView.of(one, names, foresees=FORESEE in actor.permissions) for one in shown],
        next=cursor_at(last.due_at, last.id) if last is not None and last.due_at is not None else None,
        counts=counted,
    )


@router.get("/escalations")
async def list_escalations(
    actor: CurrentActor,
    desk: WiredWatchDesk,
    services: WiredServices,
    mine: Annotated[bool, Query(description="Only those that the caller was told of.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WaitingList:
    """Escalations that nobody has acknowledged, of clocks that are not stopped, the newest first."""
    found = await desk.escalations(actor, mine=mine, limit=limit)
    async with services.database.unit_of_work(actor.tenant) as unit:
        reader = Reader(actor=actor, names=await unit.people.names(ids_in(found)))
    return WaitingList.of(found, reader)

"""Home: everything for the first look of a day, in one call."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.home import HomeView
from graphs.home import HomeDesk

MAX_SEQ = 2**63 - 1
WiredHomeDesk = Annotated[HomeDesk, wired(HomeDesk)]

router = APIRouter(tags=["cases"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/home")
async def show_home(
    actor: CurrentActor,
    desk: WiredHomeDesk,
    day: Annotated[AwareDatetime | None, Query(description="When the caller's day began; else midnight, UTC.")] = None,
    seen: Annotated[int | None, Query(ge=0, le=MAX_SEQ, description="`news.seq` of the visit before.")] = None,
) -> HomeView:
    """The caller's tasks due soonest, late deadlines, escalations, causes of incidents, the day, and what is new."""
    begun = day or datetime.combine(desk.services.clock().astimezone(UTC), time(), UTC)
    return HomeView.of(await desk.show(actor, day=begun, seen=seen), actor)

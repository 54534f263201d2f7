"""Processes as graphs: how the steps of a version hang together, what stands where and what it took."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredAnalyticsDesk, WiredServices
from api.views.analytics import ProcessMapView
from api.views.process_graph import ProcessGraphView
from graphs.analytics.desk import MOST_DAYS

router = APIRouter(tags=["processes"], responses=PROBLEMS)

Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="So many days back, today among them (UTC).")]


@router.get("/processes/{reference}/graph")
async def show_graph(reference: str, _actor: CurrentActor, services: WiredServices) -> ProcessGraphView:
    """The steps of `name@version` and the ways between them."""
    return ProcessGraphView.of(services.registry.named(reference))


@router.get("/processes/{reference}/map")
async def show_map(reference: str, actor: CurrentActor, desk: WiredAnalyticsDesk, days: Days = 30) -> ProcessMapView:
    """The same graph with who stands where now, what each step took, and which ways were taken."""
    return ProcessMapView.of(await desk.map(actor, reference, days=days))

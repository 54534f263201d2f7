"""Analytics: what cases took and became, counted from the audit trail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.process_maps import Days
from api.routes.wiring import PROBLEMS, WiredAnalyticsDesk, WiredServices
from api.views.analytics import OverviewList, OverviewView, ProcessFiguresView, RebuildView, WindowView
from api.views.process_graph import graph_steps
from graphs.process import ProcessRegistry

router = APIRouter(tags=["analytics"], responses=PROBLEMS)


@router.get("/analytics/processes")
async def list_figures(
    actor: CurrentActor, desk: WiredAnalyticsDesk, services: WiredServices, days: Days = 14
) -> OverviewList:
    """Every process in a line: its cases now, how many started and ended, and where they stand longest."""
    window, found = await desk.overview(actor, days=days)
    views = [OverviewView.of(one, titles_of(services.registry, one.process)) for one in found]
    return OverviewList(window=WindowView.of(window), processes=views)


@router.get("/analytics/processes/{process}")
async def show_figures(
    process: str,
    actor: CurrentActor,
    desk: WiredAnalyticsDesk,
    services: WiredServices,
    days: Days = 30,
    version: Annotated[int | None, Query(ge=0, description="Of this version only.")] = None,
) -> ProcessFiguresView:
    """What the cases of a process took and became in a window: by day, by step, by rule and by agent."""
    found = await desk.show(actor, process, days=days, version=version)
    return ProcessFiguresView.of(found, titles_of(services.registry, process))


@router.post("/analytics/rebuild", status_code=HTTPStatus.ACCEPTED)
async def rebuild(actor: CurrentActor, desk: WiredAnalyticsDesk) -> RebuildView:
    """Forget all counts; workers count the trail from its beginning, and `behind` says how far they are."""
    return RebuildView(behind=await desk.rebuild(actor))


def titles_of(registry: ProcessRegistry, process: str) -> dict[str, str]:
    """The titles of all steps that any version of the process has."""
    definitions = (one for one in registry if one.name == process)
    return {step.name: step.title for one in definitions for step in graph_steps(one)}

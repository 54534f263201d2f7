"""Processes as graphs: how the steps of a version hang together."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices
from api.views.process_graph import ProcessGraphView

router = APIRouter(tags=["processes"], responses=PROBLEMS)


@router.get("/processes/{reference}/graph")
async def show_graph(reference: str, _actor: CurrentActor, services: WiredServices) -> ProcessGraphView:
    """The steps of `name@version` and the ways between them."""
    return ProcessGraphView.of(services.registry.named(reference))

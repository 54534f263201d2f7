"""The processes that can be started."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices
from api.views.process import ProcessList, ProcessView

router = APIRouter(tags=["processes"], responses=PROBLEMS)


@router.get("/processes")
async def list_processes(_actor: CurrentActor, services: WiredServices) -> ProcessList:
    """Every registered version of every process, with its steps."""
    return ProcessList(processes=[ProcessView.of(definition) for definition in services.registry])

"""Workers: who is alive, who holds cases, how long the queue is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.views.worker import WorkerList
from graphs.workers import WorkerDesk

router = APIRouter(tags=["switches"], responses=PROBLEMS)
WiredWorkerDesk = Annotated[WorkerDesk, wired(WorkerDesk)]


@router.get("/workers")
async def list_workers(actor: CurrentActor, desk: WiredWorkerDesk) -> WorkerList:
    """Who works now, and what waits: signs of life, cases held, length of the queue."""
    return WorkerList.of(await desk.shown(actor))

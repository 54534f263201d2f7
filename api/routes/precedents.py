"""What people decided before: shown beside a task, and made into evaluation cases."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.precedent import EvaluationCaseView, PrecedentsView
from graphs.precedents.desk import NEAREST, PrecedentDesk
from graphs.precedents.evaluation_case import EvaluationDesk

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)
WiredPrecedentDesk = Annotated[PrecedentDesk, wired(PrecedentDesk)]
WiredEvaluationDesk = Annotated[EvaluationDesk, wired(EvaluationDesk)]


@router.get("/tasks/{task_id}/precedents")
async def list_precedents(
    task_id: UUID,
    actor: CurrentActor,
    desk: WiredPrecedentDesk,
    limit: Annotated[int, Query(ge=1, le=50)] = NEAREST,
) -> PrecedentsView:
    """What people decided about the most alike questions, and what differs. It decides nothing."""
    return PrecedentsView.of(await desk.of_task(actor, str(task_id), limit=limit))


@router.post("/tasks/{task_id}/evaluation-case")
async def make_evaluation_case(task_id: UUID, actor: CurrentActor, desk: WiredEvaluationDesk) -> EvaluationCaseView:
    """An answered task as a case of an evaluation suite: what the agent was shown, and what the person chose."""
    return EvaluationCaseView.of(await desk.of_task(actor, str(task_id)))

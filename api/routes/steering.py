"""Cases: cancel, suspend, resume, retry, skip, fork."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response

from api.gate import CurrentActor
from api.routes.cases import KEY_PATTERN, started
from api.routes.wiring import PROBLEMS, WiredAnalysisDesk, WiredCaseDesk
from api.strict_json import StrictRoute
from api.views.case import CaseSummary, Started
from api.views.steering import CopyCase, OrderCase, RetryFrom, SkipStep

router = APIRouter(tags=["cases"], responses=PROBLEMS, route_class=StrictRoute)


@router.post("/cases/{case_id}/cancel")
async def cancel_case(case_id: UUID, body: OrderCase, actor: CurrentActor, desk: WiredCaseDesk) -> CaseSummary:
    """Cancel a case. What it has done is taken back first, where its process says how: then it is `compensating`."""
    return CaseSummary.of(await desk.cancel(actor, str(case_id), body.reason))


@router.post("/cases/{case_id}/suspend")
async def suspend_case(case_id: UUID, body: OrderCase, actor: CurrentActor, desk: WiredCaseDesk) -> CaseSummary:
    """Stop a case until it is resumed; its deadlines pause."""
    return CaseSummary.of(await desk.suspend(actor, str(case_id), body.reason))


@router.post("/cases/{case_id}/resume")
async def resume_case(case_id: UUID, actor: CurrentActor, desk: WiredCaseDesk) -> CaseSummary:
    """Let a suspended case go on as what it was."""
    return CaseSummary.of(await desk.resume(actor, str(case_id)))


@router.post("/cases/{case_id}/retry")
async def retry_case(case_id: UUID, body: RetryFrom, actor: CurrentActor, desk: WiredCaseDesk) -> CaseSummary:
    """Let a waiting or stopped case go on from a step it has been at."""
    return CaseSummary.of(await desk.retry(actor, str(case_id), body.from_step, body.reason))


@router.post("/cases/{case_id}/skip")
async def skip_step(case_id: UUID, body: SkipStep, actor: CurrentActor, desk: WiredCaseDesk) -> CaseSummary:
    """Let a waiting or stopped case go on behind the step it stands at; who started the case may not."""
    return CaseSummary.of(await desk.skip(actor, str(case_id), body.step, body.reason, facts=body.facts))


@router.post("/cases/{case_id}/fork", status_code=HTTPStatus.CREATED)
async def fork_case(
    case_id: UUID,
    body: CopyCase,
    response: Response,
    actor: CurrentActor,
    desk: WiredAnalysisDesk,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=200, pattern=KEY_PATTERN, description="Same key, same copy.")
    ] = None,
) -> Started:
    """Copy a case for analysis: none of the copy's effects reaches a tool."""
    copied = await desk.fork(actor, str(case_id), body.reason, from_step=body.from_step, key=idempotency_key)
    return started(response, copied)

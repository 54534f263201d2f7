"""Retention: policies, runs, legal holds, erasure."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredErasureDesk, WiredHoldDesk, WiredRetentionDesk
from api.strict_json import StrictRoute
from api.views.retention import (
    ErasureForm,
    ErasureView,
    HoldForm,
    HoldList,
    HoldView,
    LiftForm,
    PolicyForm,
    PolicyList,
    PolicyView,
    RunForm,
    RunView,
    age,
)

router = APIRouter(tags=["retention"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/retention/policies")
async def list_policies(actor: CurrentActor, desk: WiredRetentionDesk) -> PolicyList:
    """How long finished cases are kept, by process and status."""
    return PolicyList(policies=[PolicyView.of(policy) for policy in await desk.policies(actor)])


@router.put("/retention/policies")
async def set_policy(form: PolicyForm, actor: CurrentActor, desk: WiredRetentionDesk) -> PolicyView:
    """Set when cases of a process that ended with a status are compacted and erased."""
    policy = await desk.set_policy(
        actor,
        process=form.process,
        status=form.status,
        compact_after=age(form.compact_after_days),
        erase_after=age(form.erase_after_days),
    )
    return PolicyView.of(policy)


@router.post("/retention/runs")
async def run_retention(form: RunForm, actor: CurrentActor, desk: WiredRetentionDesk) -> RunView:
    """Apply the policies now, or count what would be done."""
    return RunView.of(await desk.run(actor, dry=form.dry_run), dry=form.dry_run)


@router.get("/retention/holds")
async def list_holds(
    actor: CurrentActor,
    desk: WiredHoldDesk,
    lifted: Annotated[bool, Query(description="Also those that were lifted.")] = False,
) -> HoldList:
    """Legal holds in force, newest first."""
    return HoldList(holds=[HoldView.of(hold) for hold in await desk.listed(actor, lifted=lifted)])


@router.post("/retention/holds", status_code=HTTPStatus.CREATED)
async def place_hold(form: HoldForm, actor: CurrentActor, desk: WiredHoldDesk) -> HoldView:
    """Keep a case, or the cases of a user or party, from being compacted and erased."""
    return HoldView.of(await desk.place(actor, form.held, form.subject, why=form.why))


@router.post("/retention/holds/{hold_id}/lift")
async def lift_hold(hold_id: UUID, form: LiftForm, actor: CurrentActor, desk: WiredHoldDesk) -> HoldView:
    """Lift a hold."""
    return HoldView.of(await desk.lift(actor, str(hold_id), why=form.why))


@router.post("/retention/erasures")
async def erase(form: ErasureForm, actor: CurrentActor, desk: WiredErasureDesk) -> ErasureView:
    """List what would be erased; with the `digest` of that list as `confirm`, erase it."""
    request = form.request()
    if form.confirm is None:
        return ErasureView.of(await desk.plan(actor, request))
    return ErasureView.of(await desk.erase(actor, request, reason=form.reason, confirmed=form.confirm))

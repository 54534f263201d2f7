"""Targets: how each external system stands, and what it takes."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.switches import Named
from api.routes.wiring import PROBLEMS, WiredLimitDesk
from api.views.target import LimitsForm, TargetList, TargetView

router = APIRouter(tags=["switches"], responses=PROBLEMS)


@router.get("/targets")
async def list_targets(actor: CurrentActor, desk: WiredLimitDesk) -> TargetList:
    """Every target that was limited, counted or waited for: its breaker, calls under way, cases waiting, limits set."""
    return TargetList(targets=[TargetView.of(found) for found in await desk.listed(actor)])


@router.put("/targets/{target}/limits")
async def set_limits(target: Named, form: LimitsForm, actor: CurrentActor, desk: WiredLimitDesk) -> TargetView:
    """Set what the target takes, for all workers together, in place of what its tools declare."""
    return TargetView.of(await desk.set(actor, target, form.limits()))

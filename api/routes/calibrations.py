"""Measured confidence: where decision classes stand, and calibrating them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.calibration import CalibratedList, CalibratedView, CalibrateForm, DecisionClassView, DecisionStatus
from graphs.calibration.desk import CalibrationDesk

router = APIRouter(tags=["agents"], responses=PROBLEMS, route_class=StrictRoute)
WiredCalibrationDesk = Annotated[CalibrationDesk, wired(CalibrationDesk)]


@router.get("/agents/decisions/status")
async def decision_status(actor: CurrentActor, desk: WiredCalibrationDesk) -> DecisionStatus:
    """Which decision classes decide by themselves, and why or why not."""
    return DecisionStatus(classes=[DecisionClassView.of(one) for one in await desk.status(actor)])


@router.post("/agents/decisions/calibrate")
async def calibrate_decisions(form: CalibrateForm, actor: CurrentActor, desk: WiredCalibrationDesk) -> CalibratedList:
    """Measure what reviewers' outcomes prove; a class whose threshold is proven decides by itself from then on."""
    found = await desk.calibrate(actor, form.order())
    return CalibratedList(dry_run=form.dry_run, calibrated=[CalibratedView.of(one) for one in found])

"""Forecasts: how likely clocks are breached, what would help, and what earlier forecasts were worth."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredForecastDesk
from api.strict_json import StrictRoute
from api.views.forecast import (
    AccountedView,
    ForecastList,
    ForecastView,
    RiskList,
    RiskView,
    WhatIfForm,
    WhatIfList,
    WhatIfView,
)
from api.views.view import Name

router = APIRouter(tags=["deadlines"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/forecasts")
async def list_risks(
    actor: CurrentActor, desk: WiredForecastDesk, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> RiskList:
    """Running clocks by the probability of the last look at them, the highest first."""
    return RiskList(clocks=[RiskView.of(one) for one in await desk.riskiest(actor, limit=limit)])


@router.get("/forecasts/score")
async def score_forecasts(
    actor: CurrentActor, desk: WiredForecastDesk, process: Annotated[Name | None, Query()] = None
) -> AccountedView:
    """What forecasts whose end is known were worth: Brier score, skill, reliability, alerts."""
    return AccountedView.of(await desk.score(actor, process=process))


@router.get("/forecasts/{case_or_task}")
async def show_forecasts(case_or_task: UUID, actor: CurrentActor, desk: WiredForecastDesk) -> ForecastList:
    """What is foreseen of every clock of a case or a task that is not stopped, and what would help."""
    return ForecastList(forecasts=[ForecastView.of(one) for one in await desk.show(actor, str(case_or_task))])


@router.post("/forecasts/{case_or_task}/what-if")
async def ask_what_if(case_or_task: UUID, form: WhatIfForm, actor: CurrentActor, desk: WiredForecastDesk) -> WhatIfList:
    """What would be foreseen, had somebody else the task. Nothing is changed."""
    found = await desk.what_if(actor, str(case_or_task), assign=form.assign)
    return WhatIfList(clocks=[WhatIfView.of(one) for one in found])

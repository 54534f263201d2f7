"""What routes are given: the engine's services and desks."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Request

from api.problems import MEDIA_TYPE, Problem
from graphs.analysis import AnalysisDesk
from graphs.case_desk import CaseDesk
from graphs.erasure import ErasureDesk
from graphs.holds import HoldDesk
from graphs.incidents import IncidentDesk
from graphs.intake import Intake
from graphs.limits import LimitDesk
from graphs.messages import MessageDesk
from graphs.retention import RetentionDesk
from graphs.runtime.services import Services
from graphs.switches import SwitchDesk
from graphs.tasks import TaskDesk

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "What was wrong with the request.", "content": {MEDIA_TYPE: {}}},
    "5XX": {"model": Problem, "description": "What is wrong here.", "content": {MEDIA_TYPE: {}}},
}


def services_of(request: Request) -> Services:
    """The services the application was made with."""
    return cast("Services", request.app.state.services)


WiredServices = Annotated[Services, Depends(services_of)]


def intake_of(services: WiredServices) -> Intake:
    """Accepts triggers."""
    return Intake(services=services)


def desk_of(services: WiredServices) -> TaskDesk:
    """Takes answers."""
    return TaskDesk(services=services)


def incident_desk_of(services: WiredServices) -> IncidentDesk:
    """Takes retries."""
    return IncidentDesk(services=services)


def switch_desk_of(services: WiredServices) -> SwitchDesk:
    """Turns switches."""
    return SwitchDesk(services=services)


def limit_desk_of(services: WiredServices) -> LimitDesk:
    """Sets limits."""
    return LimitDesk(services=services)


def case_desk_of(services: WiredServices) -> CaseDesk:
    """Takes orders about cases."""
    return CaseDesk(services=services)


def analysis_desk_of(services: WiredServices) -> AnalysisDesk:
    """Copies cases for analysis."""
    return AnalysisDesk(services=services)


def message_desk_of(services: WiredServices) -> MessageDesk:
    """Takes messages."""
    return MessageDesk(services=services)


def hold_desk_of(services: WiredServices) -> HoldDesk:
    """Places and lifts legal holds."""
    return HoldDesk(services=services)


def erasure_desk_of(services: WiredServices) -> ErasureDesk:
    """Erases a person's values."""
    return ErasureDesk(services=services)


def retention_desk_of(services: WiredServices) -> RetentionDesk:
    """Sets policies and runs them."""
    return RetentionDesk(services=services)


WiredIntake = Annotated[Intake, Depends(intake_of)]
WiredDesk = Annotated[TaskDesk, Depends(desk_of)]
WiredIncidentDesk = Annotated[IncidentDesk, Depends(incident_desk_of)]
WiredSwitchDesk = Annotated[SwitchDesk, Depends(switch_desk_of)]
WiredLimitDesk = Annotated[LimitDesk, Depends(limit_desk_of)]
WiredCaseDesk = Annotated[CaseDesk, Depends(case_desk_of)]
WiredAnalysisDesk = Annotated[AnalysisDesk, Depends(analysis_desk_of)]
WiredMessageDesk = Annotated[MessageDesk, Depends(message_desk_of)]
WiredHoldDesk = Annotated[HoldDesk, Depends(hold_desk_of)]
WiredErasureDesk = Annotated[ErasureDesk, Depends(erasure_desk_of)]
WiredRetentionDesk = Annotated[RetentionDesk, Depends(retention_desk_of)]

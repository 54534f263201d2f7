"""What routes are given: the engine's services and desks."""

from __future__ import annotations

from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request

from api.archive_door import ArchiveDoor
from api.news_desk import NewsDesk
from api.problems import MEDIA_TYPE, Problem
from graphs.accounts.desk import AccountDesk
from graphs.accounts.link import LinkDesk
from graphs.accounts.redemption import RedemptionDesk
from graphs.accounts.session_desk import SessionDesk
from graphs.accounts.terms import AccountTerms
from graphs.analysis import AnalysisDesk
from graphs.analytics.desk import AnalyticsDesk
from graphs.authority_desk import AuthorityDesk
from graphs.case_desk import CaseDesk
from graphs.deadlines.clock_desk import ClockDesk
from graphs.deadlines.desk import DeadlineDesk
from graphs.dossier import DossierDesk
from graphs.dossier_packs import StoredPacks
from graphs.erasure import ErasureDesk
from graphs.escalation.desk import EscalationDesk
from graphs.forecast.desk import ForecastDesk
from graphs.forecast.presence import OwnHours
from graphs.holds import HoldDesk
from graphs.incidents import IncidentDesk
from graphs.information.desk import InformationDesk
from graphs.intake import Intake
from graphs.limits import LimitDesk
from graphs.messages import MessageDesk
from graphs.notices.desk import NoticeDesk
from graphs.quality.desk import QualityDesk
from graphs.quality.seen import SeenDesk
from graphs.resolution.desk import ResolutionDesk
from graphs.retention import RetentionDesk
from graphs.routing.people.leaving import LeavingDesk
from graphs.routing.people.who import WhoDesk
from graphs.routing.people.workforce_desk import WorkforceDesk
from graphs.runtime.services import Services
from graphs.switches import SwitchDesk
from graphs.tasks import TaskDesk
from graphs.tasks.bulk import BulkDesk
from graphs.tasks.hand_over import HandOverDesk
from graphs.tasks.notes import NoteDesk
from graphs.tasks.question_desk import QuestionDesk
from graphs.tasks.undo import UndoDesk

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "What was wrong with the request.", "content": {MEDIA_TYPE: {}}},
    "5XX": {"model": Problem, "description": "What is wrong here.", "content": {MEDIA_TYPE: {}}},
}


def services_of(request: Request) -> Services:
    """The services the application was made with."""
    return cast("Services", request.app.state.services)


WiredServices = Annotated[Services, Depends(services_of)]


def news_of(request: Request) -> NewsDesk:
    """What the application tells those who watch."""
    return cast("NewsDesk", request.app.state.news)


WiredNews = Annotated[NewsDesk, Depends(news_of)]


def archive_door_of(request: Request) -> ArchiveDoor:
    """Where the application opens archives."""
    return cast("ArchiveDoor", request.app.state.archive_door)


WiredArchiveDoor = Annotated[ArchiveDoor, Depends(archive_door_of)]


class MadeOfServices(Protocol):
    """What needs the services and nothing else: an intake, a desk."""

    def __call__(self, *, services: Services) -> Any: ...


def wired(make: MadeOfServices) -> Any:
    """A dependency that `make` makes."""

    def made(services: WiredServices) -> Any:
        return make(services=services)

    return Depends(made)


WiredIntake = Annotated[Intake, wired(Intake)]
WiredDesk = Annotated[TaskDesk, wired(TaskDesk)]
WiredBulkDesk = Annotated[BulkDesk, wired(BulkDesk)]
WiredHandOverDesk = Annotated[HandOverDesk, wired(HandOverDesk)]
WiredNoteDesk = Annotated[NoteDesk, wired(NoteDesk)]
WiredQuestionDesk = Annotated[QuestionDesk, wired(QuestionDesk)]
WiredInformationDesk = Annotated[InformationDesk, wired(InformationDesk)]
WiredUndoDesk = Annotated[UndoDesk, wired(UndoDesk)]
WiredIncidentDesk = Annotated[IncidentDesk, wired(IncidentDesk)]
WiredResolutionDesk = Annotated[ResolutionDesk, wired(ResolutionDesk)]
WiredSwitchDesk = Annotated[SwitchDesk, wired(SwitchDesk)]
WiredLimitDesk = Annotated[LimitDesk, wired(LimitDesk)]
WiredCaseDesk = Annotated[CaseDesk, wired(CaseDesk)]
WiredAuthorityDesk = Annotated[AuthorityDesk, wired(AuthorityDesk)]
WiredAnalysisDesk = Annotated[AnalysisDesk, wired(AnalysisDesk)]
WiredAnalyticsDesk = Annotated[AnalyticsDesk, wired(AnalyticsDesk)]
WiredMessageDesk = Annotated[MessageDesk, wired(MessageDesk)]
WiredHoldDesk = Annotated[HoldDesk, wired(HoldDesk)]
WiredErasureDesk = Annotated[ErasureDesk, wired(ErasureDesk)]
WiredDeadlineDesk = Annotated[DeadlineDesk, wired(DeadlineDesk)]
WiredClockDesk = Annotated[ClockDesk, wired(ClockDesk)]
WiredQualityDesk = Annotated[QualityDesk, wired(QualityDesk)]
WiredSeenDesk = Annotated[SeenDesk, wired(SeenDesk)]
WiredEscalationDesk = Annotated[EscalationDesk, wired(EscalationDesk)]
WiredNoticeDesk = Annotated[NoticeDesk, wired(NoticeDesk)]
WiredRetentionDesk = Annotated[RetentionDesk, wired(RetentionDesk)]
WiredWorkforceDesk = Annotated[WorkforceDesk, wired(WorkforceDesk)]
WiredLeavingDesk = Annotated[LeavingDesk, wired(LeavingDesk)]
WiredWhoDesk = Annotated[WhoDesk, wired(WhoDesk)]
WiredLinkDesk = Annotated[LinkDesk, wired(LinkDesk)]


def terms_of(request: Request) -> AccountTerms:
    """The terms of accounts that the application was made with."""
    return cast("AccountTerms", request.app.state.account_terms)


WiredTerms = Annotated[AccountTerms, Depends(terms_of)]


def session_desk(services: WiredServices, terms: WiredTerms) -> SessionDesk:
    """The desk that begins and ends sessions."""
    return SessionDesk(services=services, terms=terms)


def account_desk(services: WiredServices, terms: WiredTerms) -> AccountDesk:
    """The desk that manages accounts."""
    return AccountDesk(services=services, terms=terms)


def redemption_desk(services: WiredServices, terms: WiredTerms) -> RedemptionDesk:
    """The desk of those who are not signed in."""
    return RedemptionDesk(services=services, terms=terms)


WiredSessionDesk = Annotated[SessionDesk, Depends(session_desk)]
WiredAccountDesk = Annotated[AccountDesk, Depends(account_desk)]
WiredRedemptionDesk = Annotated[RedemptionDesk, Depends(redemption_desk)]


def forecast_desk(services: WiredServices) -> ForecastDesk:
    """The desk of forecasts, which knows when people work."""
    return ForecastDesk(services=services, presence=OwnHours(database=services.database))


WiredForecastDesk = Annotated[ForecastDesk, Depends(forecast_desk)]


def dossier_desk(services: WiredServices) -> DossierDesk:
    """The desk that makes dossiers, with every rule pack that was ever stored."""
    packs = StoredPacks(database=services.database, rulebooks=services.rulebooks)
    return DossierDesk(services=services, packs=packs)


WiredDossierDesk = Annotated[DossierDesk, Depends(dossier_desk)]

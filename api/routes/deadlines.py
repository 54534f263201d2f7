"""Deadlines: calendars, service levels, and the clocks of cases and tasks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredClockDesk, WiredDeadlineDesk, WiredEscalationDesk, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.deadline import (
    CalendarForm,
    CalendarList,
    CalendarPreviewForm,
    CalendarPreviewView,
    CalendarView,
    ClockView,
    DeadlineList,
    ExplainedClockView,
    NoteForm,
    PauseForm,
    RiskList,
    RiskView,
    ServiceLevelsForm,
    ServiceLevelsView,
    SimulatedList,
    SimulatedView,
    SimulateForm,
)
from api.views.escalation import AcknowledgeForm, EscalationView, Reader, people_told
from graphs.deadlines.calendar_preview import CalendarPreviewDesk
from graphs.deadlines.desk import warnings_of

router = APIRouter(tags=["deadlines"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/calendars")
async def list_calendars(actor: CurrentActor, desk: WiredDeadlineDesk) -> CalendarList:
    """The business calendars, by name."""
    return CalendarList(calendars=[CalendarView.of(row) for row in await desk.calendars(actor)])


@router.get("/calendars/{name}")
async def show_calendar(name: str, actor: CurrentActor, desk: WiredDeadlineDesk) -> CalendarView:
    """A business calendar as it counts."""
    return CalendarView.of(await desk.calendar(actor, name))


@router.put("/calendars")
async def set_calendar(form: CalendarForm, actor: CurrentActor, desk: WiredDeadlineDesk) -> CalendarView:
    """Put a calendar in the place of the one of its name; clocks that are counted in it are computed anew."""
    return CalendarView.of(await desk.set_calendar(actor, form.yaml, reason=form.reason))


@router.post("/calendars/preview")
async def preview_calendar(
    form: CalendarPreviewForm, actor: CurrentActor, desk: Annotated[CalendarPreviewDesk, wired(CalendarPreviewDesk)]
) -> CalendarPreviewView:
    """What a calendar would make of the next days, beside what the one of its name makes of them. Nothing is set."""
    return CalendarPreviewView.of(await desk.preview(actor, form.yaml, days=form.days))


@router.get("/service-levels/{process}")
async def show_service_levels(process: str, actor: CurrentActor, desk: WiredDeadlineDesk) -> ServiceLevelsView:
    """The service levels of a process as they count."""
    row = await desk.levels(actor, process)
    return ServiceLevelsView.of(row, warnings_of(row.yaml))


@router.put("/service-levels")
async def set_service_levels(
    form: ServiceLevelsForm, actor: CurrentActor, desk: WiredDeadlineDesk
) -> ServiceLevelsView:
    """Put service levels in the place of those of their process; they count for clocks that start from then on."""
    row = await desk.set_levels(actor, form.yaml, reason=form.reason)
    return ServiceLevelsView.of(row, warnings_of(row.yaml))


@router.post("/service-levels/simulate")
async def simulate_service_levels(form: SimulateForm, actor: CurrentActor, desk: WiredDeadlineDesk) -> SimulatedList:
    """What service levels would make of an instant. Nothing is changed."""
    found = await desk.simulate(actor, form.yaml, started_at=form.started_at, calendar=form.calendar, data=form.data)
    return SimulatedList(levels=[SimulatedView.of(one) for one in found], warnings=warnings_of(form.yaml))


@router.get("/deadlines")
async def list_risks(
    actor: CurrentActor, desk: WiredEscalationDesk, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> RiskList:
    """Clocks that are at risk or breached and not stopped, the soonest due first."""
    return RiskList(clocks=[RiskView.of(one) for one in await desk.risks(actor, limit=limit)])


@router.get("/deadlines/{case_or_task}")
async def show_deadlines(
    case_or_task: UUID, actor: CurrentActor, desk: WiredDeadlineDesk, services: WiredServices
) -> DeadlineList:
    """All clocks of a case or a task: how each due instant came about, its ladder, and what the caller may do."""
    found = await desk.show(actor, str(case_or_task))
    rows = [step.row for one in found if one.ladder for step in one.ladder.steps if step.row]
    async with services.database.unit_of_work(actor.tenant) as unit:
        reader = Reader(actor=actor, names=await unit.people.names(people_told(rows)))
        titles = await unit.cases.titles([one.clock.case_id for one in found[:1]])
    clocks = [ExplainedClockView.of(one, reader) for one in found]
    return DeadlineList(clocks=clocks, title=next(iter(titles.values()), ""))


@router.post("/clocks/{clock_id}/pause")
async def pause_clock(clock_id: UUID, form: PauseForm, actor: CurrentActor, desk: WiredClockDesk) -> ClockView:
    """Let a clock stand still, for a reason that its level names."""
    return ClockView.of(await desk.pause(actor, str(clock_id), reason=form.reason, note=form.note))


@router.post("/clocks/{clock_id}/resume")
async def resume_clock(clock_id: UUID, form: NoteForm, actor: CurrentActor, desk: WiredClockDesk) -> ClockView:
    """Let a clock go on, due as much later as follows from the pause."""
    return ClockView.of(await desk.resume(actor, str(clock_id), note=form.note))


@router.post("/clocks/{clock_id}/restart")
async def restart_clock(clock_id: UUID, form: NoteForm, actor: CurrentActor, desk: WiredClockDesk) -> ClockView:
    """Count anew from now on, by the level that the case's data now chooses."""
    return ClockView.of(await desk.restart(actor, str(clock_id), note=form.note))


@router.post("/clocks/{clock_id}/stop")
async def stop_clock(clock_id: UUID, form: NoteForm, actor: CurrentActor, desk: WiredClockDesk) -> ClockView:
    """Stop a clock for good."""
    return ClockView.of(await desk.stop(actor, str(clock_id), note=form.note))


@router.post("/escalations/{escalation_id}/acknowledge")
async def acknowledge_escalation(
    escalation_id: UUID, form: AcknowledgeForm, actor: CurrentActor, desk: WiredEscalationDesk
) -> EscalationView:
    """Say that you look after it: it is not told again; the next rung is reached at its own instant, or none."""
    return EscalationView.of(await desk.acknowledge(actor, str(escalation_id), note=form.note))

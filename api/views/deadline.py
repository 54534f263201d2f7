"""Calendars, service levels and clocks, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from api.views.escalation import LadderView, Reader
from api.views.view import Form, Name, Text, View, storable, storable_json
from graphs.deadlines.calendar_preview import MOST_DAYS, CalendarPreview, PreviewedDay
from graphs.deadlines.clock import Clock
from graphs.deadlines.clock_desk import ClockMove, moves_of
from graphs.deadlines.desk import Simulated
from graphs.deadlines.explained import ExplainedClock
from graphs.escalation.desk import Risk
from graphs.store.deadline_tables import CalendarRow, ServiceLevelsRow
from policies.calendar import DayPlan
from policies.service_level import instant_written
from policies.service_level_file import SIZE_LIMIT

Yaml = Annotated[str, StringConstraints(min_length=1, max_length=SIZE_LIMIT), AfterValidator(storable)]


def written_instant(value: object) -> datetime:
    """An instant written as 2026-01-31T09:00:00+01:00. Raises `ValueError`."""
    if not isinstance(value, str):
        raise ValueError("write an instant as 2026-01-31T09:00:00+01:00")
    return instant_written(value)


class CalendarForm(Form):
    """A business calendar; it takes the place of the one of its name."""

    yaml: Yaml
    reason: Text


class CalendarView(View):
    """A business calendar as it counts."""

    name: str
    version: int
    yaml: str
    digest: str
    reason: str
    set_by: str
    since: datetime
    followed: Annotated[bool, Field(description="Whether every clock that is counted in it is computed by it.")]

    @classmethod
    def of(cls, row: CalendarRow) -> CalendarView:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class CalendarList(View):
    """The calendars, by name."""

    calendars: list[CalendarView]


class CalendarPreviewForm(Form):
    """A calendar to look at before it is set."""

    yaml: Yaml
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 28


class PreviewedDayView(View):
    """A day, with its hours as they would be and as they are; null where a calendar says nothing about it."""

    day: date
    hours: Annotated[list[str] | None, Field(description="As `08:00-17:00` on the site's clock; empty: closed.")]
    name: Annotated[str, Field(description="Why it is otherwise than its weekday; empty where it is not.")]
    hours_before: list[str] | None
    changes: bool

    @classmethod
    def of(cls, found: PreviewedDay) -> PreviewedDayView:
        """The day as it is shown."""
        return cls(
            day=found.day,
            hours=_hours(found.plan),
            name=found.plan.name if found.plan else "",
            hours_before=_hours(found.before),
            changes=found.changes,
        )


class CalendarPreviewView(View):
    """A calendar that is not set, from today on."""

    name: str
    zone: str
    version: Annotated[int | None, Field(description="Of the one whose place it would take; null where it is new.")]
    days: list[PreviewedDayView]

    @classmethod
    def of(cls, found: CalendarPreview) -> CalendarPreviewView:
        """The preview as it is shown."""
        days = [PreviewedDayView.of(day) for day in found.days]
        return cls(name=found.name, zone=found.zone, version=found.version, days=days)


class ServiceLevelsForm(Form):
    """The service levels of a process; they take the place of those there are."""

    yaml: Yaml
    reason: Text


class ServiceLevelsView(View):
    """The service levels of a process as they count."""

    process: str
    version: int
    yaml: str
    digest: str
    reason: str
    set_by: str
    since: datetime
    warnings: Annotated[list[str], Field(description="What its ladders say that is hardly meant.")]

    @classmethod
    def of(cls, row: ServiceLevelsRow, warnings: Sequence[str] = ()) -> ServiceLevelsView:
        """The row as it is shown."""
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "warnings"}
        return cls(**shown, warnings=list(warnings))


class SimulateForm(Form):
    """Service levels to try, an instant at which their clocks would start, and what the case's data would say."""

    yaml: Yaml
    started_at: Annotated[datetime, BeforeValidator(written_instant), Field(strict=False)]
    calendar: Name | None = None
    data: Annotated[dict[str, Any], AfterValidator(storable_json)] = Field(default_factory=dict)


class ExplanationView(View):
    """How an instant came about: reasons as data, and as sentences on the site's clock."""

    due_at: str
    target: str
    calendar: str
    zone: str
    reasons: list[dict[str, Any]]
    sentences: list[str]


class SimulatedView(View):
    """What a level would make of the instant; `unknown` says why it cannot be said."""

    level: str
    applies: Annotated[bool, Field(description="Whether its conditions are met.")]
    explanation: ExplanationView | None
    unknown: str | None
    ladder: LadderView | None

    @classmethod
    def of(cls, found: Simulated) -> SimulatedView:
        """The answer as it is shown."""
        explanation = ExplanationView(**found.explanation) if found.explanation is not None else None
        ladder = LadderView.of(found.ladder) if found.ladder is not None else None
        return cls(
            level=found.level,
            applies=found.applies,
            explanation=explanation,
            unknown=found.unknown,
            ladder=ladder,
        )


class SimulatedList(View):
    """One answer a level, in their order."""

    levels: list[SimulatedView]
    warnings: Annotated[list[str], Field(description="What the ladders say that is hardly meant.")]


class ClockView(View):
    """A clock: what it is about, its state (`running`, `paused`, `breached`, `stopped`, `missed`, `unknown`)."""

    id: str
    case: str
    task: str | None
    scope: str
    name: str
    visit: int
    level: str | None
    state: str
    started_at: datetime
    due_at: datetime | None
    at_risk_since: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    pauses: list[dict[str, Any]]
    why: str | None

    @classmethod
    def of(cls, clock: Clock) -> ClockView:
        """The clock as it is shown."""
        return cls(
            id=clock.id,
            case=clock.case_id,
            task=clock.task_id,
            scope=clock.scope.value,
            name=clock.name,
            visit=clock.visit,
            level=clock.level.name if clock.level else None,
            state=clock.state,
            started_at=clock.started_at,
            due_at=clock.due_at,
            at_risk_since=clock.at_risk_since,
            breached_at=clock.breached_at,
            stopped_at=clock.stopped_at,
            pauses=[stop.data() for stop in clock.pauses],
            why=clock.why,
        )


class ExplainedClockView(View):
    """A clock with how its due instant came about (`note` says why that is absent), and its ladder."""

    clock: ClockView
    explanation: ExplanationView | None
    note: str | None
    ladder: LadderView | None
    moves: Annotated[list[ClockMove], Field(description="What the caller may do with it now.")]
    pause_reasons: Annotated[list[str], Field(description="What it may be paused for.")]

    @classmethod
    def of(cls, found: ExplainedClock, reader: Reader) -> ExplainedClockView:
        """The clock as it is shown to a reader."""
        moves = moves_of(reader.actor, found.clock)
        level = found.clock.level
        return cls(
            clock=ClockView.of(found.clock),
            explanation=ExplanationView(**found.explanation) if found.explanation is not None else None,
            note=found.note,
            ladder=LadderView.of(found.ladder, reader) if found.ladder is not None else None,
            moves=list(moves),
            pause_reasons=[pause.reason for pause in level.pauses] if level is not None and "pause" in moves else [],
        )


class DeadlineList(View):
    """All clocks of a case or a task, in the order in which they started."""

    clocks: list[ExplainedClockView]
    title: Annotated[str, Field(description="Of the case; empty where it has no clock.")]


class PauseForm(Form):
    """Why the clock stands still: a reason that its level names, and a note."""

    reason: Name
    note: Text


class NoteForm(Form):
    """Why; it is recorded."""

    note: Text


class RiskView(View):
    """A clock that is at risk or breached, with the title of its case."""

    clock: ClockView
    title: str

    @classmethod
    def of(cls, found: Risk) -> RiskView:
        """The clock as it is shown."""
        return cls(clock=ClockView.of(found.clock), title=found.title)


class RiskList(View):
    """Clocks at risk or breached, the soonest due first."""

    clocks: list[RiskView]


def _hours(plan: DayPlan | None) -> list[str] | None:
    if plan is None:
        return None
    return [str(hours) for hours in plan.hours]

"""What a calendar would make of the next days, beside what the one that counts makes of them. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from graphs.deadlines.desk import READ, readable
from graphs.deadlines.level_shelf import ready
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.deadlines import DeadlineTexts
from graphs.store.people import Actor
from policies.calendar import BusinessCalendar, DayPlan
from policies.errors import InstantUnknown
from policies.service_level_file import read_calendar

MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedDay:
    """A day as it would be and as it is; None where a calendar says nothing about it, or there is none."""

    day: date
    plan: DayPlan | None
    before: DayPlan | None

    @property
    def changes(self) -> bool:
        """Whether it would be otherwise than it is."""
        return self.plan != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPreview:
    """A calendar that is not set; `version` is of the one whose place it would take, None where it is new."""

    name: str
    zone: str
    version: int | None
    days: Sequence[PreviewedDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPreviewDesk:
    """Shows what would follow from a calendar."""

    services: Services

    async def preview(self, actor: Actor, yaml: str, *, days: int) -> CalendarPreview:
        """The calendar of the text from today on. Raises `PermissionMissing`, or `Invalid` for what is none."""
        require(actor, READ)
        calendar = await readable(yaml)
        wanted = await ready(calendar)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            row = await DeadlineTexts(unit.session, actor.tenant).calendar(calendar.calendar)
        present = await ready(read_calendar(row.yaml, name="calendar")) if row else None
        today = wanted.local(self.services.clock()).date()
        shown = [today + timedelta(days=number) for number in range(min(days, MOST_DAYS))]
        return CalendarPreview(
            name=calendar.calendar,
            zone=calendar.zone,
            version=row.version if row else None,
            days=[PreviewedDay(day=day, plan=_plan(wanted, day), before=_plan(present, day)) for day in shown],
        )


def _plan(calendar: BusinessCalendar | None, day: date) -> DayPlan | None:
    try:
        return calendar.plan(day) if calendar is not None else None
    except InstantUnknown:
        return None

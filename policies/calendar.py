"""The business calendar of a site: when it works, in instants.

A calendar speaks of wall clocks in its time zone; everything computed from it is instants. A wall clock time that
comes twice means its first coming; one that is skipped means the instant at which the clocks are put forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from policies.calendar_hours import DAY, Hours, WrittenHours, check_apart
from policies.canonical import digest
from policies.errors import InstantUnknown

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = timedelta(days=3660)
"""Nothing is computed further ahead: a calendar that never works would be searched for ever."""
CalendarName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
DayHours = Annotated[tuple[WrittenHours, ...], AfterValidator(check_apart)]
HolidaysOfYear = Callable[[int], Mapping[date, str]]


def written_day(value: Any) -> date:
    """A day, written as 2026-01-31: a number is none. Raises `ValueError`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        raise ValueError(f"{value!r} is no day: write 2026-01-31")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(written_day)]


def known_zone(name: str) -> str:
    """Raises `ValueError` for a time zone that is not known."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{name!r} is no time zone: write Europe/Vienna") from error
    return name


class Part(BaseModel):
    """A frozen part of a calendar."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Week(Part):
    """The hours of each weekday, on the days from `from` to `to`; a weekday that is not named is off."""

    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    hours: Mapping[Weekday, DayHours]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError("to is before from")
        if not any(self.hours.values()):
            raise ValueError("a week without hours: leave it out, and its days will be refused")
        return self

    def covers(self, day: date) -> bool:
        """Whether the week says something about the day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


class HolidayRegion(Part):
    """Whose public holidays count. `observed` adds the day off for one that falls on a weekend, where there is one."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    categories: tuple[Annotated[str, Field(pattern=r"^[a-z_]+$")], ...] = ("public",)
    observed: bool = True
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")] = None


class OwnDay(Part):
    """Days that are otherwise than their weekday: `on` one day, `from` one `to` another, or `every` year (`12-24`).

    Without `hours` they are off.
    """

    on: Day | None = None
    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    every: Annotated[str | None, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")] = None
    name: Name
    hours: DayHours = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        span = self.from_ is not None and self.to is not None
        if [self.on is not None, self.every is not None, span].count(True) != 1 or (
            not span and (self.from_ is not None or self.to is not None)
        ):
            raise ValueError("say which days: on, from and to, or every")
        if span and self.from_ and self.to and self.to < self.from_:
            raise ValueError("to is before from")
        if self.every is not None:
            date.fromisoformat(f"2024-{self.every}")
        return self

    def covers(self, day: date) -> bool:
        """Whether the day is one of these."""
        if self.on is not None:
            return day == self.on
        if self.every is not None:
            return f"{day:%m-%d}" == self.every
        return self.from_ is not None and self.to is not None and self.from_ <= day <= self.to


class Calendar(Part):
    """When a site works. Its own days go before holidays, and holidays before the week; the first that covers counts.

    A day that no week covers is outside of the calendar: what depends on it is unknown, never guessed.
    """

    calendar: CalendarName
    zone: Annotated[str, AfterValidator(known_zone)]
    weeks: Annotated[tuple[Week, ...], Field(min_length=1, max_length=50)]
    holidays: HolidayRegion | None = None
    days: Annotated[tuple[OwnDay, ...], Field(max_length=2000)] = ()

    @cached_property
    def digest(self) -> str:
        """The same for the same meaning."""
        return digest(self.model_dump(mode="json", by_alias=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """What a calendar says about a day; `name` is why it is otherwise than its weekday, empty where it is not."""

    day: date
    hours: tuple[Hours, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Working time without a break, of the day on which it begins."""

    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class BusinessCalendar:
    """A calendar with its holidays, ready to be asked. All instants are in UTC."""

    calendar: Calendar
    holidays: HolidaysOfYear = field(default=lambda _year: {})

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.calendar.zone)

    def plan(self, day: date) -> DayPlan:
        """What is said about the day. Raises `InstantUnknown` for one outside of the calendar."""
        for own in self.calendar.days:
            if own.covers(day):
                return DayPlan(day=day, hours=own.hours, name=own.name)
        week = next((week for week in self.calendar.weeks if week.covers(day)), None)
        if week is None:
            raise InstantUnknown(f"calendar {self.calendar.calendar} says nothing about {day}")
        holiday = self.holidays(day.year).get(day) if self.calendar.holidays else None
        if holiday is not None:
            return DayPlan(day=day, hours=(), name=holiday)
        return DayPlan(day=day, hours=week.hours.get(WEEKDAYS[day.weekday()], ()))

    def instant(self, day: date, since_midnight: timedelta = timedelta(0)) -> datetime:
        """The first instant at which the site's clock shows that time of that day, or has gone past it."""
        naive = datetime(day.year, day.month, day.day) + since_midnight  # noqa: DTZ001 a wall clock
        local = naive.replace(tzinfo=self.zone)
        found = local.astimezone(UTC)
        if found.astimezone(self.zone).replace(tzinfo=None) == naive:
            return found
        skipped = (local.replace(fold=1).utcoffset() or DAY) - (local.utcoffset() or DAY)
        whole = found.replace(microsecond=0)
        return self._transition(whole - skipped, whole)

    def _transition(self, before: datetime, after: datetime) -> datetime:
        """The second at which the offset changes between both."""
        offset = after.astimezone(self.zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
            if middle.astimezone(self.zone).utcoffset() == offset:
                after = middle
            else:
                before = middle
        return after

    def local(self, at: datetime) -> datetime:
        """The instant on the site's clock."""
        return at.astimezone(self.zone)

    def spans_of(self, day: date) -> list[Span]:
        """The working time that begins on the day, in order."""
        found = (
            Span(day=day, start=self.instant(day, hours.opens), end=self.instant(day, hours.closes))
            for hours in self.plan(day).hours
        )
        return [span for span in found if span.start < span.end]

    def works_on(self, day: date) -> bool:
        """Whether it is a business day: one on which working time begins."""
        return bool(self.spans_of(day))

    def days_from(self, day: date) -> Iterator[date]:
        """That day and those after it. Raises `InstantUnknown` at the horizon."""
        for ahead in range(HORIZON.days):
            yield day + timedelta(days=ahead)
        message = f"calendar {self.calendar.calendar} has too little working time after {day}"
        raise InstantUnknown(message)

    def spans_from(self, at: datetime) -> Iterator[Span]:
        """The working time from the instant on, no moment of it twice. Raises `InstantUnknown`."""
        reached = at
        for day in self.days_from(self.local(at).date() - DAY):
            for span in self._reaching(day, at):
                start = max(span.start, reached)
                if start < span.end:
                    reached = span.end
                    yield Span(day=day, start=start, end=span.end)

    def _reaching(self, day: date, at: datetime) -> list[Span]:
        """The day before the first may be outside of the calendar: then nothing of it reaches into the first."""
        if day >= self.local(at).date():
            return self.spans_of(day)
        try:
            return self.spans_of(day)
        except InstantUnknown:
            return []

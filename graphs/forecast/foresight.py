"""Forecasts of one tenant's clocks in one transaction: each step's history is read and measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.clock import Clock
from graphs.forecast.forecast import Forecast
from graphs.forecast.history import StepHistory, measured
from graphs.forecast.presence import Presence, SiteHours
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.forecast_tables import ForecastPassage
from graphs.store.forecasts import CasePlace
from graphs.store.passages import Passages
from policies.business_time import BusinessTime, Interval
from policies.calendar import BusinessCalendar
from policies.calendar_hours import DAY
from policies.errors import InstantUnknown
from policies.forecast import Learned, NotEnough, Standing, estimated
from policies.forecast_sentence import sentence
from policies.service_level import Scope

BEYOND = timedelta(days=14)
"""So far behind a due instant it is looked for when somebody works again."""
OfStep = tuple[str, str, Scope, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What a forecast assumes of a case's task: who has it, how many are before it, whether the clock stands still."""

    performer: str | None
    ahead: int | None
    paused: bool = False


@dataclass(slots=True, kw_only=True)
class Foresight:
    """Makes forecasts as of `now`; writes nothing."""

    services: Services
    unit: UnitOfWork
    tenant: str
    now: datetime
    presence: Presence = field(default_factory=SiteHours)
    _rows: dict[tuple[str, str], Sequence[ForecastPassage]] = field(default_factory=dict)
    _firsts: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _times: dict[tuple[str, int], BusinessTime] = field(default_factory=dict)
    _histories: dict[OfStep, StepHistory] = field(default_factory=dict)
    _known: dict[tuple[OfStep, int, str, str | None], Learned] = field(default_factory=dict)
    _works_again: dict[str, datetime | None] = field(default_factory=dict)
    _active: dict[str, ActiveLevels | None] = field(default_factory=dict)

    async def of(self, clock: Clock, place: CasePlace | None, *, assumed: Assumed | None = None) -> Forecast:
        """The forecast of the clock of a case that stands at `place`; `assumed` in the stead of what is so."""
        if place is None or clock.due_at is None:
            why = "the case has no way on" if place is None else clock.why or "it is not known when it is due"
            return Forecast(clock=clock, place=place, issued_at=self.now, sentence=f"no forecast: {why}")
        assumed = assumed or Assumed(performer=place.performer, ahead=place.ahead)
        try:
            return await self._of(clock, place, clock.due_at, assumed)
        except InstantUnknown as error:
            return Forecast(clock=clock, place=place, issued_at=self.now, sentence=f"no forecast: {error}")

    async def _of(self, clock: Clock, place: CasePlace, due_at: datetime, assumed: Assumed) -> Forecast:
        rows = await self._rows_of(place)
        business, calendar = await self._business(clock, place, due_at, rows)
        standing, works_again = await self._standing(clock, place, due_at, business, assumed)
        found = estimated(standing, self._learned(clock, place, rows, business, performer=assumed.performer))
        told = sentence(
            found,
            standing,
            works_again=works_again,
            zone=calendar.zone,
            who="nobody who has it" if assumed.performer else "nobody",
        )
        return Forecast(
            clock=clock,
            place=place,
            issued_at=self.now,
            sentence=told,
            estimate=None if isinstance(found, NotEnough) else found,
            standing=standing,
            share_used=self._share(clock, due_at, business),
        )

    async def _standing(
        self, clock: Clock, place: CasePlace, due_at: datetime, business: BusinessTime, assumed: Assumed
    ) -> tuple[Standing, datetime | None]:
        """Where the case stands, and when somebody works again, where nobody does now."""
        opens = business.opens(self.now)
        own = await self._own_hours(assumed.performer)
        again = max((at for at in (opens, own) if at is not None and at > self.now), default=None)
        stop = clock.open_pause
        counted_from = (again or self.now) if stop is None else stop.start
        standing = Standing(
            at_step=business.between(place.since, self.now, without=pauses(clock, self.now)),
            left=business.between(counted_from, due_at),
            ahead=assumed.ahead,
            leaves_free=assumed.paused or stop is not None,
        )
        return standing, again

    async def _own_hours(self, performer: str | None) -> datetime | None:
        if performer is None:
            return None
        if performer not in self._works_again:
            self._works_again[performer] = await self.presence.works_again(self.unit, self.tenant, performer, self.now)
        return self._works_again[performer]

    def _share(self, clock: Clock, due_at: datetime, business: BusinessTime) -> float:
        used = business.between(clock.started_at, self.now, without=pauses(clock, self.now))
        left = business.between(self.now, due_at)
        return used / (used + left) if used + left else 1.0

    async def _rows_of(self, place: CasePlace) -> Sequence[ForecastPassage]:
        key = (place.process, place.step)
        if key not in self._rows:
            self._rows[key] = await Passages(self.unit.session, self.tenant, place.process).of_step(place.step)
        return self._rows[key]

    def _first(self, place: CasePlace, rows: Sequence[ForecastPassage]) -> datetime:
        """When the first passage through the step began that is kept."""
        key = (place.process, place.step)
        if key not in self._firsts:
            self._firsts[key] = min((row.began_at for row in rows), default=place.since)
        return self._firsts[key]

    def at(self, unit: UnitOfWork, now: datetime) -> Foresight:
        """The same in another transaction, a moment later: what was learned is not learned again."""
        return replace(self, unit=unit, now=now)

    def _learned(
        self,
        clock: Clock,
        place: CasePlace,
        rows: Sequence[ForecastPassage],
        business: BusinessTime,
        *,
        performer: str | None,
    ) -> Learned:
        of_step = (place.process, place.step, clock.scope, clock.calendar)
        if of_step not in self._histories:
            self._histories[of_step] = measured(rows, clock.scope, business, now=self.now)
        alike = (of_step, place.version, place.label, performer)
        if alike not in self._known:
            self._known[alike] = self._histories[of_step].learned(place, performer=performer)
        return self._known[alike]

    async def _business(
        self, clock: Clock, place: CasePlace, due_at: datetime, rows: Sequence[ForecastPassage]
    ) -> tuple[BusinessTime, BusinessCalendar]:
        """Business time of the clock's calendar, from the first passage to behind the due instant."""
        if place.process not in self._active:
            self._active[place.process] = await self.services.level_shelf.active(self.tenant, place.process)
        active = self._active[place.process]
        if active is None:
            raise InstantUnknown("no service levels are set")
        calendar, version = active.calendar(clock.calendar)
        start = min(clock.started_at, place.since, self._first(place, rows))
        end = max(due_at, self.now) + BEYOND
        known = self._times.get((clock.calendar, version))
        if known is None or not covers(known, calendar, start, end):
            if known is not None:  # what was asked before is asked again: all of it at once
                start, end = min(start, calendar.instant(known.first + DAY)), max(end, calendar.instant(known.last))
            known = until_known(calendar, start, end, at_least=max(due_at, self.now))
            self._times[clock.calendar, version] = known
        return known, calendar


def pauses(clock: Clock, now: datetime) -> list[Interval]:
    """For what the clock stood still; a pause that goes on lasts until now."""
    return [(stop.start, stop.end or now) for stop in clock.pauses]


def covers(known: BusinessTime, calendar: BusinessCalendar, start: datetime, end: datetime) -> bool:
    """Whether every day from `start` to `end` is in it."""
    return known.first < calendar.local(start).date() and known.last >= calendar.local(end).date()


def until_known(calendar: BusinessCalendar, start: datetime, end: datetime, *, at_least: datetime) -> BusinessTime:
    """Up to `end`, or only to `at_least` where the calendar goes no further. Raises `InstantUnknown`."""
    try:
        return BusinessTime.of(calendar, start, end)
    except InstantUnknown:
        return BusinessTime.of(calendar, start, at_least)

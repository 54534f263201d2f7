"""A log told to what forecasts, as the database would: only what was known at each look, and only earlier cases.

What is learned from is renewed every few days, from everything before that day; what is open then is open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from heapq import nlargest
from operator import itemgetter

from evals.sla.office import DAY, HOLIDAYS, HOURS, Log, SimulatedCase, Task
from graphs.forecast.history import StepHistory, measured
from graphs.store.forecast_tables import ForecastPassage
from graphs.store.forecasts import CasePlace
from policies.business_time import BusinessTime
from policies.calendar import BusinessCalendar, Calendar
from policies.forecast import Estimate, Learned, Standing, estimated
from policies.forecast_sample import KEPT, rank
from policies.service_level import Scope

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""
PROCESS = "simulated"
LEARNS_EVERY = 5 * DAY
LOOKS_EVERY = 30
"""Minutes between two looks at an open case."""


def instant(minute: int) -> datetime:
    """The minute of the simulation as an instant."""
    return BEGINS + timedelta(minutes=minute)


def office_calendar() -> BusinessCalendar:
    """The office's hours as a site writes them down."""
    hours = [f"{opens // 60:02}:00-{closes // 60:02}:00" for opens, closes in HOURS]
    off = [{"on": str((BEGINS + timedelta(days=day)).date()), "name": "holiday"} for day in sorted(HOLIDAYS)]
    week = {"hours": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), hours)}
    return BusinessCalendar(
        calendar=Calendar.model_validate({"calendar": "office", "zone": "UTC", "weeks": [week], "days": off})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look at an open case: minutes of working time left, the share that has passed, and the probability."""

    left: float
    share: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A case as it was watched; `agreed` are its minutes of working time, `took` those until its end.

    What is not `tested` came before the cases that are measured: a threshold may be chosen by it.
    """

    breached: bool
    agreed: float
    took: float
    looks: tuple[Look, ...]
    tested: bool = True


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Forecasts of the log's later cases, every `one_in`th of them."""

    log: Log
    one_in: int = 3

    @cached_property
    def business(self) -> BusinessTime:
        """Working time of the whole log."""
        last = max(stay.left or stay.entered for case in self.log.cases for stay in case.stays)
        return BusinessTime.of(office_calendar(), BEGINS, instant(max(last, self.log.until)) + timedelta(days=14))

    @cached_property
    def by_person(self) -> Mapping[int, Sequence[Task]]:
        """Every person's tasks, as they came."""
        found: dict[int, list[Task]] = {}
        for case in self.log.cases:
            for stay in case.stays:
                if stay.person is not None:
                    found.setdefault(stay.person, []).append(stay)
        return {person: sorted(tasks, key=lambda one: one.entered) for person, tasks in found.items()}

    def watched(self) -> Iterator[Watched]:
        """Every case that is looked at, with all looks."""
        seen = [case for case in self.log.cases if self.log.split <= case.born < self.log.until][:: self.one_in]
        histories: Mapping[str, StepHistory] = {}
        known: dict[tuple[str, str, int | None], Learned] = {}
        renewed = -1
        looks: dict[int, list[Look]] = {case.number: [] for case in seen}
        moments = [(at, case.number) for case in seen for at in self._minutes(case)]
        for minute, number in sorted(moments):
            if minute // LEARNS_EVERY != renewed:
                renewed = minute // LEARNS_EVERY
                histories, known = self.histories(renewed * LEARNS_EVERY), {}
            look = self._look(self.log.cases[number], minute, histories, known)
            if look is not None:
                looks[number].append(look)
        for case in seen:
            yield self._watched(case, looks[case.number])

    def _watched(self, case: SimulatedCase, looks: Sequence[Look]) -> Watched:
        took = self._between(case.born, case.ended if case.ended is not None else 10**6)
        return Watched(
            breached=case.ended is None or case.ended > case.due,
            agreed=self._between(case.born, case.due),
            took=took,
            looks=tuple(looks),
            tested=case.born >= self.log.tested,
        )

    def _minutes(self, case: SimulatedCase) -> Iterator[int]:
        """When the case is looked at: while it is open and not late."""
        end = min(case.due, case.ended if case.ended is not None else case.due)
        return (
            minute
            for minute in range(case.born, end, LOOKS_EVERY)
            if self.business.opens(instant(minute)) == instant(minute)
        )

    def _between(self, start: int, end: int) -> float:
        """Minutes of working time."""
        return self.business.between(instant(start), instant(end)) / 60

    def _look(
        self,
        case: SimulatedCase,
        minute: int,
        histories: Mapping[str, StepHistory],
        known: dict[tuple[str, str, int | None], Learned],
    ) -> Look | None:
        stay = next(one for one in reversed(case.stays) if one.entered <= minute)
        key = (stay.step, case.kind, stay.person)
        if stay.step not in histories:
            return None
        if key not in known:
            place = CasePlace(
                case_id="", process=PROCESS, version=1, step=stay.step, since=instant(stay.entered), label=case.kind
            )
            performer = None if stay.person is None else str(stay.person)
            known[key] = histories[stay.step].learned(place, performer=performer)
        left = self._between(minute, case.due)
        standing = Standing(
            at_step=60 * self._between(stay.entered, minute), left=60 * left, ahead=self._ahead(stay, minute)
        )
        found = estimated(standing, known[key])
        if not isinstance(found, Estimate):
            return None
        agreed = self._between(case.born, case.due)
        return Look(left=left, share=1 - left / agreed, probability=found.probability)

    def _ahead(self, stay: Task, minute: int) -> int | None:
        """How many of the person's tasks are before it, as its inbox would show."""
        if stay.person is None:
            return None
        tasks = self.by_person[stay.person]
        there = bisect_right(tasks, minute, key=lambda one: one.entered)
        return sum(
            (one.left is None or one.left > minute) and (one.due, one.case) < (stay.due, stay.case)
            for one in tasks[:there]
        )

    def histories(self, minute: int) -> Mapping[str, StepHistory]:
        """What was known at the minute, as much of it as is kept."""
        found: dict[str, list[tuple[float, SimulatedCase, Task, int]]] = {}
        for case in self.log.cases:
            for number, stay in enumerate(case.stays):
                if stay.entered < minute:
                    ranked = rank(f"{case.number}/{number}", instant(stay.entered))
                    found.setdefault(stay.step, []).append((ranked, case, stay, number))
        kept = {step: nlargest(KEPT, of_step, key=itemgetter(0)) for step, of_step in found.items()}
        now = instant(minute)
        rows = {step: [_row(*one, minute=minute) for one in of_step] for step, of_step in kept.items()}
        return {step: measured(of_step, Scope.PROCESS, self.business, now=now) for step, of_step in rows.items()}


def _row(ranked: float, case: SimulatedCase, stay: Task, number: int, *, minute: int) -> ForecastPassage:
    """A stay as it would stand in the database at the minute."""

    def known(at: int | None) -> datetime | None:
        return instant(at) if at is not None and at <= minute else None

    return ForecastPassage(
        tenant="simulated",
        seq=10 * case.number + number,
        case_id=str(case.number),
        process=PROCESS,
        version=1,
        step=stay.step,
        stage=stay.step,
        label=case.kind,
        performer=None if stay.person is None else str(stay.person),
        ahead=stay.before,
        began_at=instant(stay.entered),
        left_at=known(stay.left),
        stage_left_at=known(stay.left),
        over_at=known(case.ended),
        halts=[],
        rank=ranked,
    )

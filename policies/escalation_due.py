"""When the rungs of a ladder are reached: instants, computed from a clock's count, its due instant and its calendar.

Pure and exact, like the due instant itself: computed from the same, it is always the same. Where working time is
counted, shares and spans are of working time, without the pauses; where elapsed time or calendar days are, of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from policies.calendar import BusinessCalendar
from policies.calendar_hours import DAY, Hours
from policies.errors import InstantUnknown
from policies.escalation import Ladder, QuietTime, Rung, Span, ladder_of
from policies.fact import FULL_BPS
from policies.service_level_due import Due, Paused

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One time at which a rung is told: the first (`number` 0) or a repeat. `at` is None for one on forecast."""

    rung: int
    number: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLadder:
    """A ladder with the instants of its steps, lowest first, and that from which its clock is at risk."""

    ladder: Ladder
    at_risk_at: datetime | None = None
    steps: tuple[Step, ...] = ()

    def rung(self, step: Step) -> Rung:
        """The rung of the step."""
        return self.ladder.rungs[step.rung]

    def data(self) -> dict[str, Any]:
        """As it is stored."""
        steps = [
            {"rung": step.rung, "number": step.number, "at": step.at.isoformat() if step.at else None}
            for step in self.steps
        ]
        at_risk = self.at_risk_at.isoformat() if self.at_risk_at else None
        return {"ladder": self.ladder.data(), "at_risk_at": at_risk, "steps": steps}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """As it was stored."""
        steps = tuple(Step(rung=step["rung"], number=step["number"], at=_instant(step["at"])) for step in data["steps"])
        return cls(ladder=ladder_of(data["ladder"]), at_risk_at=_instant(data["at_risk_at"]), steps=steps)

    def due(self, climbed: int, now: datetime) -> tuple[int | None, list[int]]:
        """The highest step above the first `climbed` whose instant has come, and those that are left out below it."""
        come = [place for place, step in self._above(climbed) if step.at is not None and step.at <= now]
        return self._highest(climbed, come)

    def foreseen(self, climbed: int, probability_bps: int) -> tuple[int | None, list[int]]:
        """The highest step above the first `climbed` that a breach so likely reaches, and those left out below it."""
        enough = [
            place
            for place, step in self._above(climbed)
            if (wanted := self.rung(step).at_probability) is not None and probability_bps >= wanted
        ]
        return self._highest(climbed, enough)

    def _highest(self, climbed: int, places: Sequence[int]) -> tuple[int | None, list[int]]:
        if not places:
            return None, []
        return places[-1], [at for at, step in self._above(climbed) if at < places[-1] and step.at is not None]

    def next_rung(self, place: int) -> int | None:
        """The first step of the next rung that has an instant; None at the top."""
        rung = self.steps[place].rung
        return next(
            (at for at, step in self._above(place + 1) if step.rung > rung and not step.number and step.at is not None),
            None,
        )

    def acknowledged(self, rung: int) -> int:
        """How many steps are behind whoever acknowledges the rung."""
        if self.ladder.rungs[rung].acknowledged == "ladder":
            return len(self.steps)
        return 1 + max(place for place, step in enumerate(self.steps) if step.rung == rung)

    def _above(self, climbed: int) -> Iterator[tuple[int, Step]]:
        return ((place, step) for place, step in enumerate(self.steps) if place >= climbed)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def planned(ladder: Ladder, due: Due, *, pauses: Sequence[Paused] = ()) -> PlannedLadder:
    """The ladder's instants for what is due then.

    Where the calendar does not say how much working time there is, spans are of time: somebody is told rather than
    nobody. Raises `InstantUnknown` for what no calendar reaches.
    """
    try:
        timeline = _Timeline(due, sorted(pauses, key=lambda pause: pause.start))
        steps = [
            Step(rung=place, number=number, at=_open(at, ladder, rung, due.calendar) if at is not None else None)
            for place, rung in enumerate(ladder.rungs)
            for number, at in enumerate(_instants(rung, timeline))
        ]
        return PlannedLadder(ladder=ladder, at_risk_at=timeline.share(ladder.at_risk), steps=tuple(steps))
    except OverflowError as error:
        raise InstantUnknown("the days run out: no calendar goes that far") from error


def _instants(rung: Rung, timeline: _Timeline) -> Iterator[datetime | None]:
    """The rung's instant, and those of its repeats."""
    if rung.at_probability is not None:
        yield None
        return
    at = timeline.reached(rung)
    yield at
    for _ in range(rung.times - 1):
        if rung.repeat is not None:
            at = timeline.later(at, rung.repeat.every)
            yield at


def _open(at: datetime, ladder: Ladder, rung: Rung, calendar: BusinessCalendar) -> datetime:
    """The instant, or the end of the quiet time that it falls into."""
    if ladder.quiet is None or rung.urgency == "urgent":
        return at
    return quiet_until(at, ladder.quiet, calendar)


def quiet_until(at: datetime, quiet: QuietTime, calendar: BusinessCalendar) -> datetime:
    """The end of the quiet time that the instant falls into, else the instant."""
    if isinstance(quiet, Hours):
        today = calendar.local(at).date()
        for day in (today - DAY, today):
            if calendar.instant(day, quiet.opens) <= at < calendar.instant(day, quiet.closes):
                return calendar.instant(day, quiet.closes)
        return at
    try:
        return max(at, next(iter(calendar.spans_from(at))).start)
    except InstantUnknown:
        return at


class _Timeline:
    """What counts between the start of the count and its due instant, and after it."""

    def __init__(self, due: Due, pauses: Sequence[Paused]) -> None:
        """`pauses` in the order in which they began."""
        self.calendar = due.calendar
        self.start = min(due.started_at, due.at)
        self.due_at = due.at
        self.pauses = pauses
        self.plain = due.target.kind in ("elapsed", "calendar_days")
        # Of a count that lies outside of working time, what there is of time is shared.
        self.counted = self._before_due() or [(self.start, self.due_at)]

    def _before_due(self) -> list[tuple[datetime, datetime]]:
        try:
            return [(start, end or self.due_at) for start, end in self._counted(self.start, self.due_at)]
        except InstantUnknown:
            return []

    def reached(self, rung: Rung) -> datetime:
        """The instant of the rung."""
        if rung.at is not None:
            return self.share(rung.at)
        if rung.before is not None:
            return self._before(rung.before)
        return self.later(self.due_at, rung.after or Span())

    def share(self, bps: int) -> datetime:
        """The instant at which that share of what there is has been counted."""
        left = sum((end - start for start, end in self.counted), timedelta(0)) * bps // FULL_BPS
        for start, end in self.counted:
            if left <= end - start:
                return start + left
            left -= end - start
        return self.due_at

    def _before(self, span: Span) -> datetime:
        """So much before it is due; the start of the count where there is not so much."""
        if span.days:
            try:
                return max(self.start, self._day(self.due_at, -span.days))
            except InstantUnknown:
                return max(self.start, self.due_at - span.days * DAY)
        left = span.length
        for start, end in reversed(self.counted):
            if left < end - start:
                return end - left
            left -= end - start
            if not left:
                return start
        return self.start

    def later(self, at: datetime, span: Span) -> datetime:
        """So much after the instant."""
        try:
            return self._later(at, span)
        except InstantUnknown:
            return at + span.length + span.days * DAY

    def _later(self, at: datetime, span: Span) -> datetime:
        if span.days:
            return self._day(at, span.days + self._paused_days(at))
        left = span.length
        for start, end in self._counted(at, None):
            if end is None or left <= end - start:
                return start + left
            left -= end - start
        raise AssertionError("unreachable: the spans end with an error")

    def _counted(self, start: datetime, until: datetime | None) -> Iterator[tuple[datetime, datetime | None]]:
        """The stretches of time that count, without pauses; the last has no end where nothing ends it."""
        for first, last in self._spans(start, until):
            for pause in self.pauses:
                if pause.end <= first or (last is not None and pause.start >= last):
                    continue
                if first < pause.start:
                    yield first, pause.start
                first = max(first, pause.end)
            if last is None or first < last:
                yield first, last

    def _spans(self, start: datetime, until: datetime | None) -> Iterator[tuple[datetime, datetime | None]]:
        if self.plain:
            if until is None or start < until:
                yield start, until
            return
        if until is not None and start >= until:
            return
        for span in self.calendar.spans_from(start):
            if until is not None and span.start >= until:
                return
            yield span.start, span.end if until is None else min(span.end, until)

    def _day(self, at: datetime, days: int) -> datetime:
        """That many business days on (or back), at the same time of the day within its working time."""
        # What is due at midnight is due at the end of the day before.
        day = self.calendar.local(at - TICK).date()
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 a wall clock
        into = self.calendar.local(at).replace(tzinfo=None) - midnight
        left, step = abs(days), DAY if days > 0 else -DAY
        for _ in self.calendar.days_from(day):
            day += step
            left -= self.calendar.works_on(day)
            if not left:
                break
        spans = self.calendar.spans_of(day)
        return min(max(self.calendar.instant(day, into), spans[0].start), spans[-1].end)

    def _paused_days(self, at: datetime) -> int:
        """Business days after the one on which each later pause began, up to the one on which it ended."""
        found = 0
        for pause in self.pauses:
            if pause.end <= at:
                continue
            day, last = (self.calendar.local(one).date() for one in (max(pause.start, at), pause.end))
            while day < last:
                day += DAY
                found += self.calendar.works_on(day)
        return found

"""When something is due: a target, a calendar, where the count begins and what it was paused for make one instant.

Pure and exact. Computed from the same, it is always the same: so it is stored, and computed again only when one of
them has changed. Time that is counted does not pass while the clock is paused. Where days are counted, a pause adds
as many as come after the one on which it began, up to the one on which it ended, and one more where the last day would
be over before the pause is. A pause that begins when it is due already changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from policies.calendar import BusinessCalendar
from policies.calendar_hours import DAY
from policies.errors import InstantUnknown
from policies.service_level import Target
from policies.service_level_reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A time for which the clock stood still."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The instant, and how it came about."""

    at: datetime
    reasons: tuple[Reason, ...]
    calendar: BusinessCalendar
    target: Target
    started_at: datetime
    """Where the count begins."""

    def explain(self) -> dict[str, Any]:
        """As data and as sentences."""
        return {
            "due_at": self.at.isoformat(),
            "target": str(self.target),
            "calendar": self.calendar.calendar.calendar,
            "zone": self.calendar.calendar.zone,
            "reasons": [reason.data() for reason in self.reasons],
            "sentences": self.sentences(),
        }

    def sentences(self) -> list[str]:
        """One a reason, on the site's clock; days without working time that have no name are told together."""
        return [f"Target: {self.target}.", *(reason.sentence(self.calendar.zone) for reason in self.reasons)]


def due(
    target: Target,
    calendar: BusinessCalendar,
    started_at: datetime,
    *,
    anchor: date | datetime | None = None,
    pauses: Sequence[Paused] = (),
) -> Due:
    """When what began at `started_at` is due, counted from `anchor` where there is one.

    Raises `InstantUnknown` where the calendar does not say.
    """
    try:
        count, at = _counted(target, calendar, _instant(calendar, started_at, anchor), pauses)
    except OverflowError as error:
        raise InstantUnknown("the days run out: no calendar goes that far") from error
    started = Reason(kind="started", start=count.start, name=target.after or "")
    reasons = (started, *count.reasons, Reason(kind="due", start=at, name=count.ends))
    return Due(at=at, reasons=reasons, calendar=calendar, target=target, started_at=count.start)


def _counted(
    target: Target, calendar: BusinessCalendar, start: datetime, pauses: Sequence[Paused]
) -> tuple[_Count, datetime]:
    """One pause after the other, as long as they begin before it is due."""
    count = _Count(target, calendar, start, [], 0)
    at, taken, more = count.run(), list[Paused](), 0
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.start >= at:
            break
        if pause.end <= max(pause.start, start):
            continue
        taken.append(Paused(start=max(pause.start, start), end=pause.end, reason=pause.reason))
        count = _Count(target, calendar, start, taken, more)
        at = count.run()
        while at <= pause.end and target.kind not in ("business_time", "elapsed"):
            more += 1
            count = _Count(target, calendar, start, taken, more)
            at = count.run()
    return count, at


class _Count:
    """One computation; `reasons` grows as it goes. `more` days are counted where the pauses ask for it."""

    def __init__(
        self, target: Target, calendar: BusinessCalendar, start: datetime, pauses: Sequence[Paused], more: int
    ) -> None:
        self.target = target
        self.calendar = calendar
        self.start = start
        self.pauses = pauses
        self.more = more
        self.reasons: list[Reason] = []
        self.ends = ""

    def run(self) -> datetime:
        """The due instant."""
        match self.target.kind:
            case "business_time":
                return self._business_time(self.target.business_time or timedelta(0))
            case "elapsed":
                return self._elapsed(self.target.elapsed or timedelta(0))
            case "business_days" if self.target.ends == "same_time":
                return self._same_time()
            case "business_days":
                return self._end_of(self._business_day(self._local_day(), self.target.days + self._paused_days()))
            case "end_of_day":
                return self._end_of_day()
            case _:
                return self._calendar_days()

    def _local_day(self) -> date:
        return self.calendar.local(self.start).date()

    def _elapsed(self, length: timedelta) -> datetime:
        at = self.start + length
        for pause in self.pauses:
            self._paused(pause)
            at += pause.end - pause.start
        return at

    def _business_time(self, length: timedelta) -> datetime:
        left, day = length, self._local_day()
        for span in self.calendar.spans_from(self.start):
            day = self._skip(day, span.day)
            for start, end in self._open(span.start, span.end):
                reached = min(end, start + left)
                self.reasons.append(Reason(kind="counted", day=span.day, start=start, end=reached))
                left -= reached - start
                if not left:
                    for pause in self.pauses:
                        self._paused(pause)
                    return reached
        raise AssertionError("unreachable: the spans end with an error")

    def _open(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of working time without the pauses."""
        for pause in self.pauses:
            if pause.end <= start or pause.start >= end:
                continue
            if start < pause.start:
                yield start, pause.start
            start = max(start, pause.end)
        if start < end:
            yield start, end

    def _same_time(self) -> datetime:
        """As far into the last day as the count began into its first, but within the working time of that day."""
        first = next(iter(self.calendar.spans_from(self.start)))
        midnight = datetime(first.day.year, first.day.month, first.day.day)  # noqa: DTZ001 a wall clock
        into = self.calendar.local(first.start).replace(tzinfo=None) - midnight
        if first.day > self._local_day():
            self._skip(self._local_day(), first.day)
        last = self._business_day(first.day, self.target.days + self._paused_days())
        spans = self.calendar.spans_of(last)
        at = self.calendar.instant(last, into)
        return min(max(at, spans[0].start), spans[-1].end)

    def _business_day(self, first: date, number: int) -> date:
        """The business day that many after `first`; the first one from it on for none."""
        counted = 0
        for day in self.calendar.days_from(first):
            if not self.calendar.works_on(day):
                self._skipped(day)
            elif day == first and number:
                self.reasons.append(Reason(kind="counted", day=day, number=0))
            else:
                counted += 1 if number else 0
                self.reasons.append(Reason(kind="counted", day=day, number=counted))
                if counted == number:
                    return day
        raise AssertionError("unreachable: the days end with an error")

    def _end_of_day(self) -> datetime:
        """The end of the first business day that is not over yet; each one a pause has used up moves it on."""
        left = self._paused_days()
        for day in self.calendar.days_from(self._local_day()):
            if not self.calendar.works_on(day):
                self._skipped(day)
                continue
            at = self._end_of(day)
            if at <= self.start:
                self.reasons.append(Reason(kind="skipped", day=day, name="over already"))
            elif left:
                left -= 1
                self.reasons.append(Reason(kind="skipped", day=day, name="paused"))
            else:
                self.reasons.append(Reason(kind="counted", day=day, number=0))
                return at
        raise AssertionError("unreachable: the days end with an error")

    def _calendar_days(self) -> datetime:
        day = self._local_day()
        paused = sum(
            (self._day_of(pause.end) - self._day_of(max(pause.start, self.start))).days for pause in self.pauses
        )
        for pause in self.pauses:
            self._paused(pause)
        last = day + timedelta(days=self.target.days + paused)
        self.reasons.append(Reason(kind="counted", day=last, number=self.target.days + paused))
        if self.target.ends == "midnight":
            return self._end_of(last)
        clock = self.calendar.local(self.start)
        into = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
        return self.calendar.instant(last, into) if last != day else self.start

    def _end_of(self, day: date) -> datetime:
        if self.target.ends == "midnight":
            self.ends = f"the end of {day:%A %Y-%m-%d}"
            return self.calendar.instant(day + DAY)
        self.ends = f"working time of {day:%A %Y-%m-%d} ends"
        return self.calendar.spans_of(day)[-1].end

    def _paused_days(self) -> int:
        """Business days after the one on which each pause began, up to the one on which it ended."""
        found = self.more
        for pause in self.pauses:
            self._paused(pause)
            day, last = self._day_of(pause.start), self._day_of(pause.end)
            while day < last:
                day += DAY
                found += self.calendar.works_on(day)
        return found

    def _day_of(self, at: datetime) -> date:
        return self.calendar.local(at).date()

    def _paused(self, pause: Paused) -> None:
        self.reasons.append(Reason(kind="paused", start=pause.start, end=pause.end, name=pause.reason))

    def _skip(self, day: date, until: date) -> date:
        """Name the days without working time before `until`; returns the day to go on from."""
        while day < until:
            if not self.calendar.works_on(day):
                self._skipped(day)
            day += DAY
        return max(day, until)

    def _skipped(self, day: date) -> None:
        name = self.calendar.plan(day).name or "no working time"
        self.reasons.append(Reason(kind="skipped", day=day, name=name))


def _instant(calendar: BusinessCalendar, started_at: datetime, anchor: date | datetime | None) -> datetime:
    if isinstance(anchor, datetime):
        return anchor.astimezone(UTC)
    if anchor is not None:
        return calendar.instant(anchor)
    return started_at.astimezone(UTC)

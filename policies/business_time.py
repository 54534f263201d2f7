"""Business time between instants of a stretch of days, counted once: each question is then two look-ups.

A day of which the calendar says nothing has no working time here, and `known_from` is behind it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from policies.calendar import BusinessCalendar
from policies.calendar_hours import DAY
from policies.errors import InstantUnknown

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessTime:
    """Working time from `first` to `last` (days of the site): when it begins and ends, and seconds before each span."""

    first: date
    last: date
    known_from: datetime
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    before: tuple[float, ...]

    @classmethod
    def of(cls, calendar: BusinessCalendar, start: datetime, end: datetime) -> Self:
        """The working time of all days that `start` to `end` touches, and of the day before, whose shift may reach in.

        Raises `InstantUnknown` where the calendar says nothing about the last of them.
        """
        first, last = calendar.local(start).date() - DAY, calendar.local(end).date()
        calendar.plan(last)
        spans: list[Interval] = []
        unknown: date | None = None
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            try:
                spans += [(span.start, span.end) for span in calendar.spans_of(day)]
            except InstantUnknown:
                unknown = day
        known_from = calendar.instant(first if unknown is None else unknown + DAY)
        merged = list(_merged(spans))
        before, total = list[float](), 0.0
        for opens, closes in merged:
            before.append(total)
            total += closes - opens
        return cls(
            first=first,
            last=last,
            known_from=known_from,
            starts=tuple(opens for opens, _ in merged),
            ends=tuple(closes for _, closes in merged),
            before=tuple(before),
        )

    def _until(self, at: datetime) -> float:
        stamp = at.timestamp()
        place = bisect_right(self.starts, stamp) - 1
        if place < 0:
            return 0.0
        return self.before[place] + min(stamp, self.ends[place]) - self.starts[place]

    def between(self, start: datetime, end: datetime, *, without: Iterable[Interval] = ()) -> float:
        """Seconds of working time from `start` to `end`, none where it ends before it begins; `without` do not count.

        Intervals of `without` may overlap, and reach beyond both ends.
        """
        found = max(0.0, self._until(end) - self._until(start))
        reached = start
        for opens, closes in sorted(without):
            opens, closes = max(opens, reached), min(closes, end)
            if opens < closes:
                found -= self._until(closes) - self._until(opens)
                reached = closes
        return max(0.0, found)

    def opens(self, at: datetime) -> datetime | None:
        """The first instant from then on at which the site works; None where there is none before the last day ends."""
        stamp = at.timestamp()
        place = bisect_right(self.starts, stamp) - 1
        if place >= 0 and stamp < self.ends[place]:
            return at
        return datetime.fromtimestamp(self.starts[place + 1], at.tzinfo) if place + 1 < len(self.starts) else None


def _merged(spans: Iterable[Interval]) -> Iterable[tuple[float, float]]:
    """In order, no moment twice, as seconds since 1970."""
    opens: float | None = None
    closes = 0.0
    for start, end in sorted((one.timestamp(), other.timestamp()) for one, other in spans):
        if opens is not None and start <= closes:
            closes = max(closes, end)
            continue
        if opens is not None:
            yield opens, closes
        opens, closes = start, end
    if opens is not None:
        yield opens, closes

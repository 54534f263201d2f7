"""Business time, counted minute by minute on the wall clock: slow, and without the arithmetic that it checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
Interval = tuple[int, int]
"""Minutes of the day; the second is beyond 1440 for a shift that ends on the day after."""


@dataclass(frozen=True, kw_only=True)
class SlowCalendar:
    """`week` holds the intervals of Monday to Sunday, `days` those of single days that are otherwise."""

    zone: str
    week: Sequence[Sequence[Interval]]
    days: Mapping[date, Sequence[Interval]] = field(default_factory=dict)
    _edges: dict[tuple[date, int], datetime] = field(default_factory=dict)
    _near: dict[date, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def clock(self, at: datetime) -> datetime:
        """The wall clock at the instant."""
        return at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def edge(self, day: date, minute: int) -> datetime:
        """The first minute at which the wall clock shows that time or a later one, by looking at every one before."""
        if (day, minute) not in self._edges:
            wanted = datetime(day.year, day.month, day.day) + minute * MINUTE  # noqa: DTZ001
            at = datetime(wanted.year, wanted.month, wanted.day, tzinfo=UTC) - timedelta(hours=15)
            while self.clock(at) < wanted:
                at += MINUTE
            self._edges[day, minute] = at
        return self._edges[day, minute]

    def intervals(self, day: date) -> Sequence[Interval]:
        return self.days.get(day, self.week[day.weekday()])

    def open_at(self, at: datetime) -> bool:
        """Whether the minute that begins then is working time."""
        today = self.clock(at).date()
        if today not in self._near:
            self._near[today] = [
                (self.edge(day, opens), self.edge(day, closes))
                for day in (today - 2 * DAY, today - DAY, today, today + DAY)
                for opens, closes in self.intervals(day)
            ]
        return any(first <= at < last for first, last in self._near[today])

    def works_on(self, day: date) -> bool:
        return any(self.edge(day, opens) < self.edge(day, closes) for opens, closes in self.intervals(day))

    def minutes(self, start: datetime, pauses: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, bool]]:
        """Every minute from the start, and whether it counts."""
        at = start
        while True:
            yield at, self.open_at(at) and not any(first <= at < last for first, last in pauses)
            at += MINUTE

    def business_time(
        self, start: datetime, minutes: int, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> datetime:
        """The instant at which so many minutes have counted."""
        left = minutes
        for at, counts in self.minutes(start, pauses):
            left -= counts
            if not left:
                return at + MINUTE
        raise AssertionError

    def business_days(self, start: datetime, number: int, *, midnight: bool) -> datetime:
        """The end of the business day that many after the one of the start."""
        day, left = self.clock(start).date(), number
        while left:
            day += DAY
            left -= self.works_on(day)
        if midnight:
            return self.edge(day + DAY, 0)
        return max(self.edge(day, closes) for _, closes in self.intervals(day))

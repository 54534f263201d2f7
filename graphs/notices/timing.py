"""When a person is told: outside their quiet hours, or with their digest, both by the clock of their own zone.

Everything is by wall time, to the minute. An hour that the clocks skip is not waited for; one that comes twice is quiet
twice. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one time of day to another, the second not included; over midnight where the first is later."""

    start: time
    end: time

    def hold(self, at: time) -> bool:
        """Whether it is quiet at that time of day."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def next_open(now: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The first instant from `now` on at which it is not quiet, in UTC; `now` itself where it is not."""
    if quiet is None or not quiet.hold(now.astimezone(zone).time()):
        return now
    found = _next_at(now, quiet.end, zone)
    # Where the clocks skip the end, it is over with the hour that follows.
    while found - MINUTE > now and not quiet.hold((found - MINUTE).astimezone(zone).time()):
        found -= MINUTE
    # Where they skip all that is open on that day, it is quiet again by then.
    return next_open(found, quiet, zone)


def next_digest(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The next instant after `now` at which the person's clock shows that hour, in UTC."""
    return _next_at(now, time(hour), zone)


def _next_at(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first instant after `now` at which the clock shows `at`, or would have: then what it shows is later."""
    today = now.astimezone(zone).date()
    shown = [datetime.combine(today + timedelta(days=days), at) for days in range(DAYS_AHEAD)]
    instants = [(wall, wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for wall in shown for fold in (0, 1)]
    return min(
        instant for wall, instant in instants if instant > now and instant.astimezone(zone).replace(tzinfo=None) >= wall
    )

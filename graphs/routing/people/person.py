"""A person as tasks are given out: what they may decide, what they can, what they have open, and when they work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.authority import ANY

UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much a person may approve in a matter (`subject`), in minor units, between two dates."""

    subject: str
    currency: str
    max_minor: int
    effective_from: date
    effective_to: date | None
    entity: str = ANY

    def covers(self, *, matter: str, currency: str, entity: str | None, on: date) -> bool:
        """Whether it speaks about this matter, here, on this day."""
        in_force = self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        here = self.entity in (ANY, entity)
        return in_force and here and (self.subject, self.currency) == (matter, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Working time without a break: the one under way when it was looked up, or else the next."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days on which somebody is away, both included, and who stands in for them."""

    first_day: date
    last_day: date
    substitute_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """Somebody who could take a task.

    `open_minutes` is the expected effort of their open tasks. Without a `calendar` they are taken to work at any time;
    with one, a `shift` of None says that nobody knows when they work next; `later` are those after it, as far ahead as
    was looked. Days are counted in their own `zone`.
    """

    user_id: str
    login: str
    name: str
    open_tasks: int
    roles: frozenset[str]
    limits: tuple[Limit, ...]
    open_minutes: int = 0
    zone: str = UTC_ZONE
    calendar: str | None = None
    shift: Shift | None = None
    later: tuple[Shift, ...] = ()
    languages: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    open_limit: int | None = None
    manager_id: str | None = None
    absences: tuple[Absence, ...] = ()

    def limit(self, *, matter: str, currency: str, entity: str | None, on: date) -> int | None:
        """The highest amount (minor units) they may decide on; None where no limit speaks about it."""
        covering = (one for one in self.limits if one.covers(matter=matter, currency=currency, entity=entity, on=on))
        return max((one.max_minor for one in covering), default=None)

    def absent(self, now: datetime) -> Absence | None:
        """The absence that covers the day it is where they are; of several, the one that ends last."""
        if not self.absences:
            return None
        today = now.astimezone(ZoneInfo(self.zone)).date()
        covering = (one for one in self.absences if one.first_day <= today <= one.last_day)
        return max(covering, key=lambda one: one.last_day, default=None)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """The shift and those after it; none where nobody knows, or there is no calendar."""
        return (self.shift, *self.later) if self.shift is not None else ()

    @property
    def days_away(self) -> list[tuple[datetime, datetime]]:
        """Each absence from the midnight before it to the midnight after it, where the person is."""
        zone = ZoneInfo(self.zone)
        return [
            (
                datetime.combine(one.first_day, time.min, tzinfo=zone),
                datetime.combine(one.last_day + timedelta(days=1), time.min, tzinfo=zone),
            )
            for one in self.absences
        ]

    def works_from(self, now: datetime) -> datetime | None:
        """`now` where they work, the beginning of their next shift where they do not; None where that is not known."""
        if self.calendar is None:
            return now
        if self.shift is None or now >= self.shift.end:
            return None
        return max(now, self.shift.start)

    @property
    def is_full(self) -> bool:
        """Whether they have as many open tasks as they may have."""
        return self.open_limit is not None and self.open_tasks >= self.open_limit

    def with_task(self, minutes: int, *, tasks: int = 1) -> RosterEntry:
        """With so much more open; `tasks` of -1 takes one away."""
        return replace(
            self, open_tasks=self.open_tasks + tasks, open_minutes=max(0, self.open_minutes + tasks * minutes)
        )

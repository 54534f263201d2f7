"""Who is given a task: by the product's own choice with each of its strategies, or by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from evals.routing.allowed import Allowed
from evals.routing.office import Arrival, Away, Colleague, Office, instant
from graphs.routing.people.choice import choose
from graphs.routing.people.need import EFFORT_MINUTES, TaskNeed
from graphs.routing.people.person import Absence, Limit, RosterEntry, Shift
from graphs.routing.people.reading import shifts_of
from graphs.routing.people.workforce import Strategy, Team, Workforce
from policies.authority import ANY
from policies.calendar import WEEKDAYS, BusinessCalendar, Calendar
from policies.calendar_hours import Hours

FRESH_FOR = 5 / 60
"""For so many minutes a process goes by what it has read."""
CURRENCY = "EUR"


class Way(StrEnum):
    """How people are chosen. `random` is any of those allowed, of those at work where there are any."""

    LEAST_LOADED = "least loaded"
    ROUND_ROBIN = "round robin"
    SKILL_FIRST = "skill first"
    STICKY = "sticky"
    RANDOM = "random"


STRATEGIES: Mapping[Way, Strategy] = {
    Way.LEAST_LOADED: Strategy.LEAST_LOADED,
    Way.ROUND_ROBIN: Strategy.ROUND_ROBIN,
    Way.SKILL_FIRST: Strategy.SKILL_FIRST,
    Way.STICKY: Strategy.LEAST_LOADED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What somebody has open, as the product counts it: tasks, and minutes as their steps expect them."""

    tasks: int = 0
    minutes: int = 0

    def beside(self, task: Arrival) -> Load:
        """With the task open as well."""
        return Load(tasks=self.tasks + 1, minutes=self.minutes + _expected(task))

    def without(self, task: Arrival) -> Load:
        """With the task no longer open."""
        return Load(tasks=self.tasks - 1, minutes=self.minutes - _expected(task))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Who is right for a task, and who of them is at work."""

    right: Allowed
    working: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Roster:
    """The office as the product reads it: loads, shifts and absences as of an instant."""

    office: Office
    way: Way
    calendars: dict[str, BusinessCalendar] = field(default_factory=dict)
    shifts: dict[tuple[str, str], Shift] = field(default_factory=dict)
    entries: dict[str, RosterEntry] = field(default_factory=dict)
    kept: dict[str, tuple[object, RosterEntry]] = field(default_factory=dict)
    turns: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for login, one in self.office.people.items():
            calendar = _calendar(one)
            self.calendars[calendar.calendar.calendar] = calendar
            self.entries[login] = _entry(one, calendar.calendar.calendar)

    def read(self, now: float, loads: Mapping[str, Load]) -> Workforce:
        """Everybody as of now."""
        known = [one for one in self.office.away if one.since <= now]
        people = tuple(self._now(login, instant(now), loads[login], known) for login in self.entries)
        teams = tuple(
            Team(
                id=role,
                name=role,
                roles=frozenset({role}),
                members=members,
                strategy=STRATEGIES.get(self.way, Strategy.LEAST_LOADED),
                turns=self.turns.get(role, {}),
            )
            for role, members in self.office.teams.items()
        )
        return Workforce(people=people, teams=teams, workers=self.office.workers)

    def turn(self, role: str, login: str) -> None:
        """The person had the team's latest task."""
        turns = self.turns.setdefault(role, {})
        turns[login] = max(turns.values(), default=0) + 1

    def _now(self, login: str, now: datetime, load: Load, known: list[Away]) -> RosterEntry:
        entry = self.entries[login]
        shift = self._shift(str(entry.calendar), entry.zone, now)
        key = (load, shift, len(known))
        before = self.kept.get(login)
        if before is not None and before[0] == key:
            return before[1]
        absences = tuple(
            Absence(first_day=one.first_day, last_day=one.last_day, substitute_id=one.substitute)
            for one in known
            if one.login == login
        )
        entry = replace(entry, open_tasks=load.tasks, open_minutes=load.minutes, shift=shift, absences=absences)
        self.kept[login] = key, entry
        return entry

    def _shift(self, calendar: str, zone: str, now: datetime) -> Shift | None:
        found = self.shifts.get((calendar, zone))
        if found is None or now >= found.end:
            found = next(iter(shifts_of(self.calendars[calendar], zone, now)), None)
            if found is not None:
                self.shifts[calendar, zone] = found
        return found


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """Chooses for one office in one way. Each process of it goes by what it has read and given out since."""

    office: Office
    way: Way
    dice: random.Random
    roster: Roster = field(init=False)
    seen: dict[int, tuple[float, Workforce]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roster = Roster(office=self.office, way=self.way)

    def give(
        self, task: Arrival, now: float, loads: Mapping[str, Load], around: Around, *, given_to: str | None = None
    ) -> str | None:
        """Who gets the task; `given_to` is who had it and is away now."""
        if self.way is Way.RANDOM:
            found = sorted(around.working or around.right.takers)
            return self.dice.choice(found) if found else None
        process = self.dice.randrange(self.office.workers)
        read_at, workforce = self.seen.get(process, (-1.0, None))
        if workforce is None or given_to is not None or not 0 <= now - read_at < FRESH_FOR:
            read_at, workforce = now, self.roster.read(now, loads)
        sticky = task.subject if self.way is Way.STICKY else None
        need = need_of(task, now, holder=self.holders.get(task.subject) if sticky else None, given_to=given_to)
        choice = choose(need, workforce, instant(now))
        if choice.chosen is None:
            return None
        chosen = choice.chosen.user_id
        self.roster.turn(task.role, chosen)
        self.seen[process] = read_at, workforce.given(chosen, need.minutes, choice.team)
        return chosen


def _expected(task: Arrival) -> int:
    return EFFORT_MINUTES if task.expected is None else task.expected


def need_of(task: Arrival, now: float, *, holder: str | None, given_to: str | None = None) -> TaskNeed:
    """What the product is asked."""
    return TaskNeed(
        role=task.role,
        on=instant(now).date(),
        deadline_at=instant(task.due),
        excluded=task.excluded,
        required_limit_minor=task.amount,
        currency=CURRENCY if task.amount is not None else None,
        skills=task.skills,
        language=task.language,
        effort_minutes=task.expected,
        sticky=task.subject if holder else None,
        holder=holder,
        given_to=given_to,
    )


def _entry(one: Colleague, calendar: str) -> RosterEntry:
    limit = Limit(
        subject="approval",
        currency=CURRENCY,
        max_minor=one.limit_minor or 0,
        effective_from=instant(-60).date(),
        effective_to=None,
        entity=ANY,
    )
    return RosterEntry(
        user_id=one.login,
        login=one.login,
        name=one.login,
        open_tasks=0,
        roles=one.roles,
        limits=() if one.limit_minor is None else (limit,),
        zone=one.zone,
        calendar=calendar,
        languages=one.languages,
        skills=one.skills,
        open_limit=one.open_limit,
    )


def _calendar(one: Colleague) -> BusinessCalendar:
    hours = [Hours(opens=timedelta(minutes=start), closes=timedelta(minutes=end)) for start, end in one.hours]
    name = f"days-{one.days}-" + "-".join(f"{start}-{end}" for start, end in one.hours)
    week = {"hours": dict.fromkeys(WEEKDAYS[: one.days], hours)}
    return BusinessCalendar(calendar=Calendar.model_validate({"calendar": name, "zone": one.zone, "weeks": [week]}))

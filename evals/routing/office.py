"""A simulated office and its week: who works when and may do what, and every task that comes, made from a seed.

It shares nothing with what chooses: its hours are minutes, and who may take what is said in `evals.routing.allowed`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

from evals.routing.regime import APPROVER, CLERK, SUPERVISOR, Regime

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 24 * 60
WORKDAYS = 5
HORIZON = 21 * DAY
"""What has not begun by then counts as waiting until then."""
SUBJECTS = 40
SKILL, LANGUAGES = "customs", ("de", "en", "fr")
VIENNA = "Europe/Vienna"
OFFICE_HOURS = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
LIMITS = (50_000, 500_000, 100_000_000)
"""What approvers may approve, in minor units of EUR."""
WITHIN = 2 * DAY
BURST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody of the office. `hours` are minutes of their own days, Monday to `days`."""

    login: str
    roles: frozenset[str]
    hours: tuple[tuple[int, int], ...] = OFFICE_HOURS
    zone: str = VIENNA
    days: int = WORKDAYS
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset(LANGUAGES)
    limit_minor: int | None = None
    open_limit: int | None = None

    def works_on(self, day: date) -> bool:
        """Whether it is a working day of theirs."""
        return day.weekday() < self.days

    def spans(self, days: int = HORIZON // DAY) -> list[tuple[float, float]]:
        """Their working time, in minutes since Monday's midnight in UTC, absences not counted."""
        zone = ZoneInfo(self.zone)
        found: list[tuple[float, float]] = []
        for ahead in range(-1, days):
            day = MONDAY.date() + timedelta(days=ahead)
            if not self.works_on(day):
                continue
            midnight = minutes(datetime(day.year, day.month, day.day, tzinfo=zone))
            found += [(max(0.0, midnight + opens), midnight + closes) for opens, closes in self.hours]
        return [(start, end) for start, end in found if end > start]


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An absence: known from `since` on, in minutes, and on these days of the person's own."""

    login: str
    since: float
    first_day: date
    last_day: date
    substitute: str | None

    def covers(self, at: float, zone: str) -> bool:
        """Whether the person is away then, as far as it is known then."""
        today = instant(at).astimezone(ZoneInfo(zone)).date()
        return self.since <= at and self.first_day <= today <= self.last_day

    def until(self, zone: str) -> float:
        """The midnight after the last day."""
        day = self.last_day + timedelta(days=1)
        return minutes(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A task as it comes. `takes` is what nobody knows before, `expected` what its step says, None where it does not.

    `subject` is what it is about; `amount` what it is worth, where somebody's authority is needed.
    """

    number: int
    at: float
    role: str
    takes: float
    expected: int | None
    due: float
    skills: Mapping[str, int] = field(default_factory=dict)
    language: str | None = None
    amount: int | None = None
    excluded: frozenset[str] = frozenset()
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The people, what happens to them, and what comes. A role has one team, of everybody in `teams`."""

    people: Mapping[str, Colleague]
    teams: Mapping[str, frozenset[str]]
    away: tuple[Away, ...]
    arrivals: tuple[Arrival, ...]
    workers: int

    def absence(self, login: str, at: float) -> Away | None:
        """Why the person is away then, if they are."""
        zone = self.people[login].zone
        return next((one for one in self.away if one.login == login and one.covers(at, zone)), None)

    def spans(self, login: str) -> list[tuple[float, float]]:
        """When the person really works."""
        spans = self.people[login].spans()
        for one in self.away:
            if one.login == login:
                spans = list(_without(spans, one.since, one.until(self.people[login].zone)))
        return spans


def _without(spans: list[tuple[float, float]], start: float, end: float) -> Iterator[tuple[float, float]]:
    for opens, closes in spans:
        if opens < min(closes, start):
            yield opens, min(closes, start)
        if max(opens, end) < closes:
            yield max(opens, end), closes


def minutes(at: datetime) -> float:
    """The instant in minutes since Monday's midnight in UTC."""
    return (at - MONDAY).total_seconds() / 60


def instant(at: float) -> datetime:
    """The other way round."""
    return MONDAY + timedelta(minutes=at)


def office(name: str, regime: Regime, seed: int) -> Office:
    """The office of a regime; the same for the same seed."""
    dice = random.Random(f"{seed}/{name}")  # noqa: S311 - a simulation
    people = {one.login: one for one in _people(regime, dice)}
    teams = {role: frozenset(login for login, one in people.items() if role in one.roles) for role in (CLERK, APPROVER)}
    return Office(
        people=people,
        teams=teams,
        away=tuple(_absences(regime, people, dice)),
        arrivals=tuple(_arrivals(regime, people, dice)),
        workers=regime.workers,
    )


def _people(regime: Regime, dice: random.Random) -> Iterator[Colleague]:
    for number in range(regime.clerks):
        roles = {CLERK, APPROVER} if number < regime.shared else {CLERK}
        yield _colleague(f"clerk{number:02}", number, roles, regime, dice, open_limit=regime.open_limit)
    for number in range(regime.approvers):
        limit = LIMITS[number % len(LIMITS)] if regime.limits else LIMITS[-1]
        yield _colleague(f"lead{number:02}", number, {APPROVER}, regime, dice, limit_minor=limit)
    for number in range(2):
        yield Colleague(login=f"super{number:02}", roles=frozenset({SUPERVISOR}), limit_minor=LIMITS[-1])


def _colleague(
    login: str,
    number: int,
    roles: set[str],
    regime: Regime,
    dice: random.Random,
    *,
    limit_minor: int = LIMITS[0],
    open_limit: int | None = None,
) -> Colleague:
    pattern = regime.patterns[number % len(regime.patterns)]
    able = not regime.specialists or number % 3 == 0
    spoken = LANGUAGES if not regime.specialists else ("de", dice.choice(LANGUAGES[1:]))
    return Colleague(
        login=login,
        roles=frozenset(roles),
        hours=pattern.hours,
        zone=pattern.zone,
        days=pattern.days,
        skills={SKILL: dice.randint(2, 5)} if able else {},
        languages=frozenset(spoken),
        limit_minor=limit_minor,
        open_limit=open_limit,
    )


def _absences(regime: Regime, people: Mapping[str, Colleague], dice: random.Random) -> Iterator[Away]:
    """Some are ill from one minute to the next, and come back after one day or two."""
    able = [login for login, one in people.items() if SUPERVISOR not in one.roles]
    for login in dice.sample(able, min(regime.ill, len(able))):
        day = MONDAY.date() + timedelta(days=dice.randrange(WORKDAYS - 1))
        since = minutes(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(people[login].zone)))
        others = [one for one in able if one != login and people[one].roles == people[login].roles]
        yield Away(
            login=login,
            since=since + dice.choice((0, 9 * 60 + 30, 14 * 60)),
            first_day=day,
            last_day=day + timedelta(days=dice.randrange(2)),
            substitute=dice.choice(others) if others and dice.random() < 0.5 else None,
        )


def _arrivals(regime: Regime, people: Mapping[str, Colleague], dice: random.Random) -> Iterator[Arrival]:
    number = 0
    for role, share in ((CLERK, 1.0), (APPROVER, 0.8)):
        team = [one for one in people.values() if role in one.roles]
        week = sum(closes - opens for one in team for opens, closes in one.hours for _ in range(one.days))
        efforts = sum(regime.efforts) / len(regime.efforts) * exp(regime.spread**2 / 2)
        for at in sorted(_instants(regime, round(regime.busy * share * week / efforts), dice)):
            number += 1
            yield _arrival(number, at, role, team, regime, dice)


def _instants(regime: Regime, count: int, dice: random.Random) -> Iterator[float]:
    """When tasks come: over the days, in the nights, or many in one second."""
    while count > 0:
        day = dice.randrange(WORKDAYS) * DAY
        night = dice.random() < regime.nights
        at = day + (dice.uniform(0, 6 * 60) if night else dice.uniform(7 * 60, 15 * 60))
        size = min(count, BURST) if regime.bursts else 1
        yield from (at + dice.uniform(0, 1 / 30) for _ in range(size))
        count -= size


def _arrival(number: int, at: float, role: str, team: list[Colleague], regime: Regime, dice: random.Random) -> Arrival:
    middle = dice.choice(regime.efforts)
    special = regime.specialists and dice.random() < 0.3
    approves = role == APPROVER
    amount = dice.choice((20_000, 60_000, 600_000)) if regime.limits else 20_000
    return Arrival(
        number=number,
        at=at,
        role=role,
        takes=middle * exp(dice.gauss(0.0, regime.spread)),
        expected=middle if regime.told else None,
        due=at + WITHIN,
        skills={SKILL: dice.randint(1, 4)} if special and not approves else {},
        language=dice.choice(LANGUAGES[:2]) if special else None,
        amount=amount if approves else None,
        excluded=frozenset({dice.choice(team).login}) if approves else frozenset(),
        subject=f"supplier {min(int(dice.expovariate(0.12)), SUBJECTS)}",
    )

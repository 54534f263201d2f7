"""A week played through: tasks come, are given to people in one way, and are worked off; everything is noted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evals.routing.allowed import Allowed, allowed
from evals.routing.desk import Desk, Done
from evals.routing.dispatch import Around, Dispatcher, Load, Way
from evals.routing.office import DAY, HORIZON, WORKDAYS, Arrival, Away, Office

SAMPLED_EVERY = 60.0
AWAY, LOOK, TASK = range(3)
"""What comes first at one instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A task as it was given to somebody: who was right then, and who of them was at work. `to` is None for nobody.

    `anew` says that somebody else had it before and fell ill; `moved`, that the last about the same went to another.
    """

    task: Arrival
    at: float
    to: str | None
    right: Allowed
    away: bool
    full: bool
    at_work: bool
    some_at_work: bool
    anew: bool
    moved: bool | None


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of the week. `loads` are, hour by hour and team by team, what each who was there really had to do."""

    office: Office
    given: list[Given] = field(default_factory=list)
    done: dict[int, tuple[str, Done]] = field(default_factory=dict)
    loads: list[tuple[float, ...]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Week:
    """The week of one office, given out in one way. The same for the same office and way."""

    office: Office
    way: Way
    seed: int
    desks: dict[str, Desk] = field(init=False)
    loads: dict[str, Load] = field(init=False)
    dispatcher: Dispatcher = field(init=False)
    played: Played = field(init=False)

    def __post_init__(self) -> None:
        self.desks = {login: Desk(spans=self.office.spans(login)) for login in self.office.people}
        self.loads = dict.fromkeys(self.office.people, Load())
        dice = random.Random(f"{self.seed}/dispatch")  # noqa: S311 - a simulation
        self.dispatcher = Dispatcher(office=self.office, way=self.way, dice=dice)
        self.played = Played(office=self.office)

    def play(self) -> Played:
        """Everything that comes in the week, until it is done."""
        for at, _what, one in sorted(self._events(), key=lambda event: (event[0], event[1])):
            self._work(at)
            match one:
                case Arrival():
                    self._give(one, at)
                case Away():
                    for task in self.desks[one.login].hand_back():
                        self._give(task, at, given_to=one.login)
                        self.loads[one.login] = self.loads[one.login].without(task)
                case None:
                    self._look(at)
        self._work(float(HORIZON))
        return self.played

    def _events(self) -> Iterator[tuple[float, int, Arrival | Away | None]]:
        yield from ((task.at, TASK, task) for task in self.office.arrivals)
        yield from ((one.since, AWAY, one) for one in self.office.away)
        yield from ((hour * SAMPLED_EVERY, LOOK, None) for hour in range(int(WORKDAYS * DAY / SAMPLED_EVERY)))

    def _work(self, until: float) -> None:
        for login, desk in self.desks.items():
            for done in desk.work(until):
                self.played.done[done.task.number] = login, done
                self.loads[login] = self.loads[login].without(done.task)

    def _give(self, task: Arrival, at: float, *, given_to: str | None = None) -> None:
        counts = {login: load.tasks for login, load in self.loads.items()}
        right = allowed(self.office, task, at, counts)
        working = frozenset(login for login in right.takers if self.desks[login].at_work(at))
        last = self.dispatcher.holders.get(task.subject)
        to = self.dispatcher.give(task, at, self.loads, Around(right=right, working=working), given_to=given_to)
        self.played.given.append(
            Given(
                task=task,
                at=at,
                to=to,
                right=right,
                away=to is not None and self.office.absence(to, at) is not None,
                full=to is not None and self._full(to, counts),
                at_work=to in working,
                some_at_work=bool(working),
                anew=given_to is not None,
                moved=None if last is None else to != last,
            )
        )
        if to is not None:
            self.dispatcher.holders[task.subject] = to
            self.desks[to].take(task)
            self.loads[to] = self.loads[to].beside(task)

    def _full(self, login: str, counts: Mapping[str, int]) -> bool:
        limit = self.office.people[login].open_limit
        return limit is not None and counts[login] >= limit

    def _look(self, at: float) -> None:
        for members in self.office.teams.values():
            there = [login for login in sorted(members) if self.office.absence(login, at) is None]
            self.played.loads.append(tuple(self.desks[login].minutes for login in there))

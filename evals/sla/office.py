"""A simulated office: cases arrive, people work off their queues in their hours, and everything is logged.

It shares nothing with what forecasts: its own hours, its own clock in minutes, its own way through queues.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import exp, log

from evals.sla.regime import Kind, Regime

DAY = 24 * 60
HOURS = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
"""Working time of a working day, in minutes since midnight."""
HOLIDAYS = frozenset({45, 46, 88, 130})
"""Days on which nobody works, counted from the Monday on which it all begins."""
OUTAGE_MINUTES = 180
SURGE_EVERY = 20


@dataclass(slots=True, kw_only=True)
class Task:
    """Work of one person on one case: a stay at a step. `before` is how many of the person's were before it."""

    case: int
    step: str
    person: int | None
    due: int
    entered: int
    minutes: float
    before: int | None = None
    left: int | None = None


@dataclass(slots=True, kw_only=True)
class SimulatedCase:
    """A case with its stays at steps, in order; all instants are minutes."""

    number: int
    kind: str
    born: int
    due: int
    waits: bool
    stays: list[Task] = field(default_factory=list)
    ended: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What happened until `until`; from `split` on cases are watched, to choose by, and from `tested` on to measure."""

    cases: list[SimulatedCase]
    split: int
    tested: int
    until: int


def works(day: int) -> bool:
    """Whether the office works on the day."""
    return day % 7 < 5 and day not in HOLIDAYS


def office_minutes(days: int) -> list[int]:
    """Every minute of working time."""
    return [
        day * DAY + minute
        for day in range(days)
        if works(day)
        for opens, closes in HOURS
        for minute in range(opens, closes)
    ]


@dataclass(slots=True, kw_only=True)
class Office:
    """One run of a regime; the same for the same seed."""

    regime: Regime
    seed: int
    learned_days: int
    chosen_days: int
    tested_days: int
    chance: random.Random = field(init=False)
    minutes: list[int] = field(init=False)
    cases: list[SimulatedCase] = field(default_factory=list)
    queues: list[list[Task]] = field(init=False)
    hands: list[Task | None] = field(init=False)
    outside: list[tuple[int, int]] = field(default_factory=list)
    away: set[tuple[int, int]] = field(default_factory=set)
    down: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a simulation
        days = self._days + 60
        self.minutes = office_minutes(days)
        self.queues = [[] for _ in range(self.regime.people)]
        self.hands = [None] * self.regime.people
        for day in range(days):
            if self.chance.random() < self.regime.outages:
                self.down[day] = self.chance.choice((8 * 60, 9 * 60, 13 * 60))
            for person in range(self.regime.people):
                if self.chance.random() < self.regime.away:
                    self.away.add((day, person))

    @property
    def _days(self) -> int:
        """On how many days cases arrive."""
        return self._tested + self.tested_days

    @property
    def _tested(self) -> int:
        """The first day that is measured on."""
        return self.learned_days + self.chosen_days

    def run(self) -> Log:
        """The log of everything that arrives; the office works on until the last is done, or no day is left."""
        arrivals = list(self._arrivals())
        arrived = 0
        for now in self.minutes:
            while arrived < len(arrivals) and arrivals[arrived] <= now:
                self._arrive(arrivals[arrived])
                arrived += 1
            while self.outside and self.outside[0][0] <= now:
                answered, number = heappop(self.outside)
                self._answered(self.cases[number], max(answered, self.cases[number].stays[-1].entered))
            self._work(now)
            if arrived == len(arrivals) and not self._busy():
                break
        split, tested, until = (day * DAY for day in (self.learned_days, self._tested, self._days))
        return Log(cases=self.cases, split=split, tested=tested, until=until)

    def _busy(self) -> bool:
        return bool(self.outside) or any(self.queues) or any(self.hands)

    def _arrivals(self) -> Iterator[int]:
        times: list[int] = []
        factor, days = self.regime.surge
        working = 0
        for day in range(self._days):
            if not works(day):
                continue
            many = self.regime.arrivals * (factor if working % SURGE_EVERY < days else 1.0)
            working += 1
            count = max(0, round(self.chance.gauss(many, many**0.5)))
            times += [day * DAY + self.chance.randrange(7 * 60, 16 * 60) for _ in range(count)]
        return iter(sorted(times))

    def _arrive(self, now: int) -> None:
        kinds = self.regime.kinds
        [name] = self.chance.choices(list(kinds), [kind.share for kind in kinds.values()])
        case = SimulatedCase(
            number=len(self.cases),
            kind=name,
            born=now,
            due=self._after(now, int(self.regime.hours * 60)),
            waits=self.chance.random() < self.regime.supplier,
        )
        self.cases.append(case)
        self._ask(case, "check", now)

    def _after(self, now: int, minutes: int) -> int:
        """When so many minutes of working time have passed."""
        return self.minutes[bisect_right(self.minutes, now - 1) + minutes - 1] + 1

    def _ask(self, case: SimulatedCase, step: str, now: int) -> None:
        kind = self.regime.kinds[case.kind]
        able = range(self.regime.people) if step == "check" else range(self.regime.seniors)
        loads = {person: len(self.queues[person]) + (self.hands[person] is not None) for person in able}
        person = min(able, key=lambda one: (loads[one], self.chance.random()))
        task = Task(
            case=case.number, step=step, person=person, due=case.due, entered=now, minutes=self._effort(kind, step, now)
        )
        open_tasks = [*self.queues[person], *([self.hands[person]] if self.hands[person] is not None else [])]
        task.before = sum(one is not None and (one.due, one.case) < (task.due, task.case) for one in open_tasks)
        case.stays.append(task)
        self.queues[person].append(task)

    def _effort(self, kind: Kind, step: str, now: int) -> float:
        middle = kind.check if step == "check" else kind.approve
        slower = self.regime.slower if now >= self._tested * DAY else 1.0
        return max(1.0, slower * middle * exp(self.chance.gauss(0.0, kind.spread)))

    def _work(self, now: int) -> None:
        day, minute = divmod(now, DAY)
        opens = self.down.get(day)
        if opens is not None and opens <= minute < opens + OUTAGE_MINUTES:
            return
        for person, queue in enumerate(self.queues):
            if (day, person) in self.away:
                continue
            task = self.hands[person]
            if task is None:
                if not queue:
                    continue
                task = self._next(queue)
                self.hands[person] = task
            task.minutes -= 1
            if task.minutes <= 0:
                self.hands[person] = None
                self._done(task, now + 1)

    def _next(self, queue: list[Task]) -> Task:
        if not self.regime.in_order:
            return queue.pop(self.chance.randrange(len(queue)))
        task = min(queue, key=lambda one: (one.due, one.case))
        queue.remove(task)
        return task

    def _done(self, task: Task, now: int) -> None:
        case = self.cases[task.case]
        task.left = now
        if task.step == "approve":
            case.ended = now
        elif case.waits:
            hours = self.regime.supplier_hours * exp(self.chance.gauss(0.0, log(2.0)))
            stay = Task(case=case.number, step="supplier", person=None, due=case.due, entered=now, minutes=0)
            case.stays.append(stay)
            heappush(self.outside, (now + round(60 * hours), case.number))
        else:
            self._ask(case, "approve", now)

    def _answered(self, case: SimulatedCase, at: int) -> None:
        case.stays[-1].left = at
        self._ask(case, "approve", at)

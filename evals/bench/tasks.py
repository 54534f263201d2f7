"""`bench tasks`: what an inbox, an assignment and a deadline cost beside thousands of open tasks of 200 people."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from evals.bench.checks import audit_is_sound
from evals.bench.crowd import add_crowd, lay_tasks
from evals.bench.deadlines import Fired, fired_run
from evals.bench.driver import Driver, open_driver
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import TENANT, Setup
from evals.bench.sides import prepare, worker_started
from evals.bench.waiting import INBOX_LIMIT, LOOK_SECONDS, PATIENCE_SECONDS, NotReached
from evals.bench.watch import Sighting
from graphs.routing.people.assigned import assigned
from graphs.routing.people.reading import WorkforceReader
from graphs.runtime.assignment import Assignment
from graphs.runtime.outcome import NewTask
from graphs.runtime.services import Services
from graphs.store.inbox_tabs import EVERYTHING, InboxTabs, Tab
from graphs.store.tables import Task
from graphs.tasks.bulk import viewer_of

WARM_LOOKS = 20
INBOX_LOOKS = 300
CHOICES = 1000
READINGS = 20
PAUSE_SECONDS = 0.005
"""Between two choices: tasks do not come without one, and people are read anew in it."""
MARKS: Mapping[str, float] = {
    "inbox_ms": 50.0,
    "assignment_ms": 5.0,
    "deadlines_lost": 0,
    "deadlines_double": 0,
    "lateness_p99_s": 2.0,
}
"""The most that each figure may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many tasks are open, and how many deadlines come within how many seconds."""

    tasks: int
    deadlines: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured: milliseconds of every look, what the trail says of the deadlines, and whether it verifies."""

    open_tasks: int
    took_ms: Mapping[str, Sequence[float]]
    fired: Fired
    audit_sound: bool

    @property
    def figures(self) -> dict[str, Any]:
        """The medians of inbox and assignment, and the deadlines."""
        return {
            "open_tasks": self.open_tasks,
            "inbox_ms": percentile(self.took_ms["inbox"], 50),
            "assignment_ms": percentile(self.took_ms["assignment"], 50),
            "deadlines": self.fired.deadlines,
            "deadlines_lost": self.fired.lost,
            "deadlines_double": self.fired.double,
            "lateness_p99_s": percentile(self.fired.lateness_s, 99),
        }

    @property
    def spread(self) -> list[tuple[str, float | None, float | None, float | None, float | None]]:
        """Of everything that was measured often: its name, p50, p95, p99 and the longest."""
        told = {f"{name}, ms": values for name, values in self.took_ms.items()}
        told["lateness of deadlines, s"] = self.fired.lateness_s
        return [
            (name, percentile(all_of, 50), percentile(all_of, 95), percentile(all_of, 99), percentile(all_of, 100))
            for name, all_of in told.items()
        ]

    @property
    def problems(self) -> tuple[str, ...]:
        """Which marks are missed, in words."""
        figures = self.figures
        missed = [
            f"{name} is {figures[name]}, the mark is {most:g}"
            for name, most in MARKS.items()
            if figures[name] is None or figures[name] > most
        ]
        return (*missed, *(() if self.audit_sound else ("the audit trail does not verify",)))


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest of the values that so many percent do not exceed, to a thousandth; None of none."""
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)], 3)


def tasks_measured(server: BenchServer, load: Load, *, say: Say) -> Measured:
    """Lay the load and measure. Raises `NotReached` or `ProcessFailed`."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(url=database.app_url, folder=Path(folder))
        prepare(setup)
        pattern = asyncio.run(_pattern(setup))
        lay_tasks(database.owner_url, first=1, last=load.tasks - 1, pattern=pattern)
        say(f"{load.tasks} tasks are open")
        open_tasks, took_ms = asyncio.run(_read(setup, pattern, min(load.tasks, CHOICES)))
        say(f"inbox {percentile(took_ms['inbox'], 50)} ms, assignment {percentile(took_ms['assignment'], 50)} ms")
        if load.deadlines >= load.tasks:
            lay_tasks(database.owner_url, first=load.tasks, last=load.deadlines, pattern=pattern)
        fired = fired_run(database, setup, many=load.deadlines, seconds=load.seconds, besides=pattern.id, say=say)
        sound = asyncio.run(audit_is_sound(setup))
    return Measured(open_tasks=open_tasks, took_ms=took_ms, fired=fired, audit_sound=sound)


async def _pattern(setup: Setup) -> Task:
    """The task of a case that was really started, with everybody there."""
    async with open_driver(setup) as driver:
        async with driver.services.database.unit_of_work(TENANT) as unit:
            await add_crowd(unit, today=driver.services.clock().date())
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, worker_started(setup, 0))
            task_id = await first_task(driver)
        async with driver.services.database.unit_of_work(TENANT) as unit:
            return await unit.inbox.get(task_id)


async def first_task(driver: Driver) -> str:
    """The task of a case that is started now. Raises `NotReached`."""
    (seen,) = await at_review(driver, [await driver.start("t-0")])
    return str(seen.task_id)


async def at_review(driver: Driver, case_ids: Sequence[str]) -> list[Sighting]:
    """The cases, once all of them wait for a person. Raises `NotReached`."""
    began = perf_counter()
    while perf_counter() - began < PATIENCE_SECONDS:
        found = [seen for seen in await driver.watcher.look(case_ids) if seen.task_id is not None]
        if len(found) == len(case_ids):
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise NotReached(f"of {len(case_ids)} cases, such as {case_ids[0]}, not all came to their review")


async def _read(setup: Setup, pattern: Task, choices: int) -> tuple[int, dict[str, list[float]]]:
    """How many tasks are open, and milliseconds of each look."""
    async with open_driver(setup) as driver:
        looks = min(INBOX_LOOKS, choices)
        took = {
            "inbox": await timed(lambda: inbox(driver, Tab.MINE), looks),
            "inbox of the roles": await timed(lambda: inbox(driver, Tab.TEAM), looks),
            "inbox with counts": await timed(lambda: inbox(driver, Tab.MINE, counts=True), looks),
            **await _assignments(driver.services, pattern, choices),
        }
        return await driver.watcher.count("waiting"), took


async def inbox(driver: Driver, tab: Tab, *, counts: bool = False) -> None:
    """The first page of the reviewer's tab, with the names on it, as the API reads it."""
    viewer, now = viewer_of(driver.reviewer), driver.services.clock()
    async with driver.services.database.unit_of_work(TENANT) as unit:
        tabs = InboxTabs(unit.session)
        found = await tabs.page(viewer, tab, EVERYTHING, after=None, limit=INBOX_LIMIT + 1, now=now)
        if counts:
            await tabs.counts(viewer, now=now)
        await unit.people.names([task.assignee_id for task in found if task.assignee_id])


async def _assignments(services: Services, pattern: Task, choices: int) -> dict[str, list[float]]:
    """Milliseconds of a choice with its record, as a worker makes them, and of reading the people anew for it."""
    reader = WorkforceReader(database=services.database, tenant=TENANT)
    assignment = Assignment(reader.read, reader.holder)

    async def choose() -> None:
        task = asked_anew(pattern, services)
        chosen = await assignment.choose(task)
        assigned(chosen.choice, chosen.need, at=task.created_at)

    try:
        return {
            "assignment": await timed(choose, choices, pause=PAUSE_SECONDS),
            "reading the people": await timed(lambda: reader.read(services.clock()), READINGS),
        }
    finally:
        await assignment.close()


def asked_anew(pattern: Task, services: Services) -> NewTask:
    """The question of the pattern, put now."""
    kept = {name: getattr(pattern, name) for name in NewTask.__slots__ if name not in ("created_at", "sticky")}
    return NewTask(**kept, created_at=services.clock())


async def timed(action: Callable[[], Awaitable[object]], times: int, *, pause: float = 0.0) -> list[float]:
    """Milliseconds of each time, after some that do not count."""
    took = []
    for number in range(WARM_LOOKS + times):
        began = perf_counter()
        await action()
        if number >= WARM_LOOKS:
            took.append((perf_counter() - began) * 1000)
        await asyncio.sleep(pause)
    return took

"""`bench clocks`: what forecasts of many open clocks cost, and what firing timers together saves, in one run each."""

from __future__ import annotations

import asyncio
import resource
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Literal

import psycopg

from evals.bench.crowd import add_crowd, lay_tasks
from evals.bench.driver import open_driver
from evals.bench.open_clocks import CLOCKS_A_CASE, agree_levels, lay_clocks
from evals.bench.queries import counted
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import TENANT, Setup
from evals.bench.sides import prepare, worker_started
from evals.bench.tasks import first_task
from graphs.forecast.presence import OwnHours
from graphs.forecast.watch import ForecastWatch
from graphs.runtime.services import Services
from graphs.runtime.sweep import Sweep
from graphs.store.tables import Task

ROUNDS = 3
SET_TIMERS = """
INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
SELECT %(subject)s || '/' || k.id, k.tenant, k.case_id, %(subject)s, k.id, %(visit)s, now() - interval '1 minute', 'set'
FROM generate_series(%(first)s::int, %(last)s::int) AS n
JOIN deadline_clocks k ON k.id = md5('clock task' || n)::uuid::text RETURNING id
"""
LATE = """
UPDATE deadline_clocks k SET due_at = now() - interval '1 minute',
  ladder = jsonb_set(ladder, '{steps,0,at}', to_jsonb((now() - interval '1 minute')::text))
FROM generate_series(%(first)s::int, %(last)s::int) AS n WHERE k.id = md5('clock task' || n)::uuid::text
"""
Subject = Literal["clock", "ladder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Every open clock looked at once, and a run that finds nothing to do."""

    clocks: int
    seconds: float
    cpu_seconds: float
    queries: int
    idle_ms: float
    idle_queries: int
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredBoth:
    """Timers a second, one by one and together, in rounds that take turns; `ratio` is the median of theirs."""

    alone: Sequence[float]
    together: Sequence[float]

    @property
    def figures(self) -> dict[str, float]:
        """The medians."""
        ratios = [both / one for one, both in zip(self.alone, self.together, strict=True)]
        return {
            "alone_per_s": round(statistics.median(self.alone), 1),
            "together_per_s": round(statistics.median(self.together), 1),
            "ratio": round(statistics.median(ratios), 2),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksMeasured:
    """What was measured."""

    looked: Looked
    fired: dict[Subject, FiredBoth] = field(default_factory=dict)

    @property
    def figures(self) -> dict[str, Any]:
        """Of the forecasts and of the timers."""
        looked = self.looked
        return {
            "open_clocks": looked.clocks,
            "looks_per_s": round(looked.clocks / looked.seconds, 1),
            "cpu_ms_per_look": round(1000 * looked.cpu_seconds / looked.clocks, 2),
            "queries_per_100_looks": round(100 * looked.queries / looked.clocks, 2),
            "idle_run_ms": looked.idle_ms,
            "idle_run_queries": looked.idle_queries,
            "rss_mb": looked.rss_mb,
            "timers": {subject: found.figures for subject, found in self.fired.items()},
        }


def clocks_measured(server: BenchServer, *, clocks: int, timers: int, say: Say) -> ClocksMeasured:
    """Lay the clocks, look at all of them, then fire so many timers of each kind both ways. Raises `NotReached`."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(url=database.app_url, folder=Path(folder))
        prepare(setup)
        pattern = asyncio.run(_pattern(setup))
        cases = max(clocks // CLOCKS_A_CASE, 2 * ROUNDS * timers)
        lay_tasks(database.owner_url, first=1, last=cases, pattern=pattern)
        lay_clocks(database.owner_url, cases=cases, pattern=pattern, now=pattern.created_at)
        say(f"{CLOCKS_A_CASE * cases} clocks are open")
        looked = asyncio.run(_looked(setup, say))
        say(f"all were looked at in {looked.seconds:.1f} s by {looked.queries} queries")
        kinds: tuple[Subject, ...] = ("clock", "ladder")
        fired = {kind: asyncio.run(_fired(setup, database.owner_url, kind, timers)) for kind in kinds}
    return ClocksMeasured(looked=looked, fired=fired)


async def _pattern(setup: Setup) -> Task:
    """The task of a case that was really started under service levels, with everybody there."""
    async with open_driver(setup) as driver:
        async with driver.services.database.unit_of_work(TENANT) as unit:
            await add_crowd(unit, today=driver.services.clock().date())
        await agree_levels(driver.services)
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, worker_started(setup, 0))
            task_id = await first_task(driver)
        async with driver.services.database.unit_of_work(TENANT) as unit:
            return await unit.inbox.get(task_id)


async def _looked(setup: Setup, say: Say) -> Looked:
    """As a worker looks, run after run, until nothing is left."""
    async with open_driver(setup) as driver:
        services = driver.services
        watch = ForecastWatch(services=services, presence=OwnHours(database=services.database))
        clocks, runs, began, cpu = 0, 0, perf_counter(), process_time()
        with counted() as queries:
            while found := await watch.of_tenant(TENANT):
                clocks, runs = clocks + found, runs + 1
                if runs % 10 == 0:
                    say(f"{clocks} were looked at after {perf_counter() - began:.0f} s")
            seconds, used, sent = perf_counter() - began, process_time() - cpu, queries.sent
            idle_from = perf_counter()
            await watch.of_tenant(TENANT)
            idle_ms = round((perf_counter() - idle_from) * 1000, 1)
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Looked(
        clocks=clocks,
        seconds=seconds,
        cpu_seconds=used,
        queries=sent,
        idle_ms=idle_ms,
        idle_queries=queries.sent - sent,
        rss_mb=round(rss, 1),
    )


async def _fired(setup: Setup, owner_url: str, subject: Subject, timers: int) -> FiredBoth:
    """So many timers each way in each round; neither finds the other's."""
    alone: list[float] = []
    together: list[float] = []
    async with open_driver(setup) as driver:
        for number in range(ROUNDS):
            start = 1 + 2 * number * timers
            for many, first in ((False, start), (True, start + timers)):
                ids = _set(owner_url, subject, first, first + timers - 1)
                began = perf_counter()
                await _fire(driver.services, ids, many=many)
                (together if many else alone).append(timers / (perf_counter() - began))
    return FiredBoth(alone=alone, together=together)


async def _fire(services: Services, ids: Sequence[str], *, many: bool) -> None:
    """One by one by their ids, or as a worker's look finds them."""
    sweep = Sweep(services=services)
    if many:
        await sweep.fire_due()
        return
    for timer_id in ids:
        await sweep.fire(TENANT, timer_id)


def _set(owner_url: str, subject: Subject, first: int, last: int) -> list[str]:
    """Timers of the task clocks of the cases from `first` to `last`, all of them due."""
    laid = {"subject": subject, "first": first, "last": last, "visit": 1_000_000}
    with psycopg.connect(owner_url) as owner:
        owner.execute(LATE, laid)
        return [row[0] for row in owner.execute(SET_TIMERS, laid)]

"""`bench waiting`: what many waiting cases, each really started, cost the ones that move."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from evals.bench.driver import IN_FLIGHT, Driver, open_driver
from evals.bench.processes import Participant, resident_mib
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import Setup
from evals.bench.sides import prepare, worker_started
from graphs.store.inbox import UNANSWERED

WORKERS = 2
AHEAD = 4 * IN_FLIGHT
INBOX_LIMIT = 100
INBOX_LOOKS = 20
LOOK_SECONDS = 0.02
TELL_SECONDS = 30.0
PATIENCE_SECONDS = 120.0


class NotReached(RuntimeError):
    """The cases did not come to wait in time."""


def waiting_cases(server: BenchServer, levels: Sequence[int], *, cases: int, say: Say) -> list[dict[str, Any]]:
    """One entry a level. Raises `NotReached` or `ProcessFailed`."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(url=database.app_url, folder=Path(folder))
        prepare(setup)
        return asyncio.run(_levels(setup, sorted(levels), cases, say))


async def _levels(setup: Setup, levels: Sequence[int], cases: int, say: Say) -> list[dict[str, Any]]:
    found = []
    async with open_driver(setup) as driver:
        for level in levels:
            with ExitStack() as stack:
                workers = await _workers(setup, stack)
                await _fill(driver, level, say)
                entry = await _measured(driver, workers, level, cases)
            entry["restart_s"] = await _restarted(driver, setup)
            say(f"{level} waiting: {entry}")
            found.append(entry)
    return found


async def _workers(setup: Setup, stack: ExitStack) -> list[Participant]:
    starting = (worker_started(setup, number) for number in range(WORKERS))
    return [await asyncio.to_thread(stack.enter_context, worker) for worker in starting]


async def _fill(driver: Driver, level: int, say: Say) -> None:
    """Start cases until so many wait, never far ahead of the workers."""
    there = await driver.watcher.count("waiting")
    numbers, flight = count(there), set[str]()
    began = moved_at = told_at = perf_counter()
    while there < level:
        batch = list(islice(numbers, min(IN_FLIGHT, AHEAD - len(flight), level - there - len(flight))))
        flight |= set(await asyncio.gather(*(driver.start(f"f-{level}-{number}") for number in batch)))
        if not batch:
            await asyncio.sleep(LOOK_SECONDS)
        sightings = await driver.watcher.look(flight)
        flight -= {seen.case_id for seen in sightings}
        # One payload in a hundred thousand breaks a rule, and its case ends without a wait.
        there += sum(seen.status == "waiting" for seen in sightings)
        now = perf_counter()
        moved_at = now if sightings else moved_at
        if now - moved_at > PATIENCE_SECONDS:
            raise NotReached(f"{there} of {level} cases wait after {now - began:.0f} s")
        if now - told_at > TELL_SECONDS:
            told_at = now
            say(f"{there} of {level} cases wait after {now - began:.0f} s")
    say(f"{level} cases wait after {perf_counter() - began:.0f} s")


async def _measured(driver: Driver, workers: Sequence[Participant], level: int, cases: int) -> dict[str, Any]:
    ran = await driver.run(f"n-{level}-{number}" for number in range(cases))
    return {
        "waiting": level,
        "cases_per_s": round(cases / ran.seconds, 2),
        "worker_rss_mb": round(max(resident_mib(worker.pid) for worker in workers), 1),
        "inbox_ms": await _inbox_ms(driver, assignee_id=None),
        "inbox_mine_ms": await _inbox_ms(driver, assignee_id=driver.reviewer.user_id),
    }


async def _inbox_ms(driver: Driver, *, assignee_id: str | None) -> float:
    """Median of the reviewer's inbox, asked for as the API does."""
    took = []
    for _ in range(INBOX_LOOKS):
        began = perf_counter()
        async with driver.services.database.unit_of_work(driver.reviewer.tenant) as unit:
            found = await unit.inbox.listed(
                driver.reviewer.tenant, status=UNANSWERED, assignee_id=assignee_id, limit=INBOX_LIMIT
            )
            await unit.people.names([task.assignee_id for task in found if task.assignee_id])
        took.append((perf_counter() - began) * 1000)
    return round(statistics.median(took), 2)


async def _restarted(driver: Driver, setup: Setup) -> float:
    """Seconds from the start of a worker's process, with nobody else at work, until it has served an answer."""
    case_id = await _answered(driver)
    began = perf_counter()
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, worker_started(setup, WORKERS))
        while not any(seen.status == "done" for seen in await driver.watcher.look([case_id])):
            if perf_counter() - began > PATIENCE_SECONDS:
                raise NotReached(f"case {case_id} was not served after the restart")
            await asyncio.sleep(LOOK_SECONDS)
        return round(perf_counter() - began, 2)


async def _answered(driver: Driver) -> str:
    """A waiting case whose answer was accepted while no worker runs."""
    async with driver.services.database.unit_of_work(driver.reviewer.tenant) as unit:
        task = (await unit.inbox.listed(driver.reviewer.tenant, status=UNANSWERED, limit=1))[0]
    (seen,) = await driver.watcher.look([task.case_id])
    await driver.approve(seen)
    return seen.case_id

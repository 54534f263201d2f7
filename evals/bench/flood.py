"""`bench flood`: many cases come at once, and meanwhile a person answers, and another tenant has one case."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from evals.bench.driver import Driver, open_driver
from evals.bench.limits import AT_ONCE, time_to_person
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import Setup
from evals.bench.sides import prepare, worker_started
from evals.bench.tasks import at_review
from evals.bench.waiting import PATIENCE_SECONDS, NotReached
from evals.bench.watch import Sighting

PROBES = 5
LOOK_SECONDS = 0.01
COUNT_SECONDS = 0.5
OTHER = "other"
"""The tenant that has one case while the other is flooded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flooded:
    """How long an answer, and a case of another tenant, took beside so many new cases; all figures in seconds.

    `left` is how many of the cases had not come to their person when the last probe had come through: with none, the
    flood was over too soon to say anything.
    """

    cases: int
    accepted_in_s: float
    left: int
    answer_median_s: float
    answer_longest_s: float
    other_tenant_median_s: float
    other_tenant_longest_s: float
    all_at_review_s: float


def flood_measured(server: BenchServer, *, cases: int, say: Say) -> Flooded:
    """One flood before one worker. Raises `NotReached`."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(url=database.app_url, folder=Path(folder), concurrency=AT_ONCE)
        other = setup.model_copy(update={"tenant": OTHER})
        for one in (setup, other):
            prepare(one)
        with ExitStack() as stack:
            stack.enter_context(worker_started(setup, 0))
            measured = asyncio.run(_measured(setup, other, cases=cases))
    say(f"{cases} new cases: an answer took {measured.answer_median_s} s, another's {measured.other_tenant_median_s} s")
    return measured


async def _measured(setup: Setup, other: Setup, *, cases: int) -> Flooded:
    async with open_driver(setup) as driver, open_driver(other) as elsewhere:
        asked = await at_review(driver, [await driver.start(f"a-{number}") for number in range(PROBES)])
        await time_to_person(elsewhere, "warm")
        began = perf_counter()
        await asyncio.gather(*(driver.start(f"f-{number}") for number in range(cases)))
        accepted = perf_counter() - began
        answers, others = [], []
        for number, one in enumerate(asked):
            took = await asyncio.gather(_time_to_end(driver, one), time_to_person(elsewhere, f"o-{number}"))
            answers.append(took[0])
            others.append(took[1])
        left = cases - await driver.watcher.count("waiting")
        await _until_at_review(driver, cases)
        return Flooded(
            cases=cases,
            accepted_in_s=round(accepted, 1),
            left=left,
            answer_median_s=round(statistics.median(answers), 2),
            answer_longest_s=round(max(answers), 2),
            other_tenant_median_s=round(statistics.median(others), 2),
            other_tenant_longest_s=round(max(others), 2),
            all_at_review_s=round(perf_counter() - began, 1),
        )


async def _time_to_end(driver: Driver, asked: Sighting) -> float:
    """Seconds from a person's yes until the case is done."""
    began = perf_counter()
    await driver.approve(asked)
    while perf_counter() - began < PATIENCE_SECONDS:
        if any(seen.status == "done" for seen in await driver.watcher.look([asked.case_id])):
            return perf_counter() - began
        await asyncio.sleep(LOOK_SECONDS)
    raise NotReached(f"case {asked.case_id} was approved, and has not come to its end")


async def _until_at_review(driver: Driver, cases: int) -> None:
    """Return once so many cases of the tenant wait; they are counted seldom, because counting takes what they need."""
    began = perf_counter()
    while perf_counter() - began < PATIENCE_SECONDS:
        if await driver.watcher.count("waiting") >= cases:
            return
        await asyncio.sleep(COUNT_SECONDS)
    raise NotReached(f"of {cases} cases, not all came to their review")

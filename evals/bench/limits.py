"""`bench limits`: a crowd of cases before a system that is slow or takes few calls, and cases beside that make none."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from typing import Any

import psycopg

from evals.bench.driver import Driver, open_driver
from evals.bench.processes import Participant, tree_seconds
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import TENANT, Setup
from evals.bench.sides import prepare, worker_started
from evals.bench.target import POST
from evals.bench.tasks import at_review
from evals.bench.wiring import REVIEWER
from graphs.store.admission import Targets
from graphs.store.admission_tables import TargetLimit
from graphs.switches import SEEN_EVERYWHERE
from tools.clock import utc_now

AT_ONCE = 16
"""Cases that the worker advances at once: what `interlock serve` does."""
BESIDE = 5
KINDS: Mapping[str, tuple[float, Mapping[str, Any]]] = MappingProxyType(
    {
        "slots": (0.9, {"max_concurrent": 1}),
        "rate": (0.9, {"rate_calls": 2, "rate_per": timedelta(seconds=1), "rate_burst": 1}),
        "none": (4.0, {}),
    }
)
"""How many seconds a call takes, and the limit: one call at once, two a second, none."""
PARKED = "SELECT count(*) FROM audit_entries WHERE kind = 'case.parked'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowded:
    """What a crowd before one limit cost in so many seconds, and how long cases beside it took to reach a person."""

    limit: str
    cases: int
    seconds: float
    done: int
    parkings: int
    worker_cpu_share: float
    beside_median_s: float
    beside_longest_s: float


def crowds_measured(server: BenchServer, *, cases: int, seconds: float, say: Say) -> list[Crowded]:
    """One crowd for each kind of limit. Raises `NotReached`."""
    return [_crowded(server, kind, cases=cases, seconds=seconds, say=say) for kind in KINDS]


def _crowded(server: BenchServer, kind: str, *, cases: int, seconds: float, say: Say) -> Crowded:
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        post_seconds, _ = KINDS[kind]
        setup = Setup(url=database.app_url, folder=Path(folder), post_seconds=post_seconds, concurrency=AT_ONCE)
        prepare(setup)
        with ExitStack() as stack, psycopg.connect(database.owner_url, autocommit=True) as owner:
            worker = stack.enter_context(worker_started(setup, 0))
            measured = asyncio.run(_measured(setup, worker, owner, kind, cases=cases, seconds=seconds))
    say(f"{kind}: {cases} cases waited, {measured.parkings} parkings, beside them {measured.beside_median_s} s")
    return measured


async def _measured(
    setup: Setup, worker: Participant, owner: psycopg.Connection, kind: str, *, cases: int, seconds: float
) -> Crowded:
    _, limits = KINDS[kind]
    async with open_driver(setup) as driver:
        crowd = [await driver.start(f"c-{number}") for number in range(cases)]
        asked = await at_review(driver, crowd)
        await _limit(driver, **limits)
        await asyncio.sleep(SEEN_EVERYWHERE.total_seconds())
        began, cpu = perf_counter(), tree_seconds(worker.pid)
        await asyncio.gather(*(driver.approve(one) for one in asked))
        await asyncio.sleep(seconds / 2)
        beside = [await time_to_person(driver, f"b-{number}") for number in range(BESIDE)]
        await asyncio.sleep(max(0.0, began + seconds - perf_counter()))
        took = perf_counter() - began
        return Crowded(
            limit=kind,
            cases=cases,
            seconds=round(took, 1),
            done=await driver.watcher.count("done"),
            parkings=_parkings(owner),
            worker_cpu_share=round((tree_seconds(worker.pid) - cpu) / took, 2),
            beside_median_s=round(statistics.median(beside), 2),
            beside_longest_s=round(max(beside), 2),
        )


async def _limit(driver: Driver, **limits: Any) -> None:
    row = TargetLimit(tenant=TENANT, target=POST, set_by=f"{TENANT}-{REVIEWER}", since=utc_now(), **limits)
    async with driver.services.database.unit_of_work(TENANT) as unit:
        await Targets(unit.session).set_limits(row)


async def time_to_person(driver: Driver, number: str) -> float:
    """Seconds from the acceptance of a new case until it waits for a person, before any call of a target."""
    began = perf_counter()
    await at_review(driver, [await driver.start(number)])
    return perf_counter() - began


def _parkings(owner: psycopg.Connection) -> int:
    row = owner.execute(PARKED).fetchone()
    return int(row[0]) if row else 0

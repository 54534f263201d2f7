"""`bench projections`: what the map, the figures and the overview cost beside very many finished cases.

The cases are made up, entry by entry, and go through the fold and the statements that count real ones; the trail that
they would be read from is left out, since nothing that is measured reads it. Of very many, each stands for twenty on as
many days: counts are the same, and nobody waits an hour for them. Every open case is one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import psycopg

from evals.bench.driver import open_driver
from evals.bench.rounds import Say
from evals.bench.server import BenchServer
from evals.bench.setup import TENANT, Setup
from evals.bench.sides import prepare
from evals.bench.tasks import percentile, timed
from graphs.analytics.counting import Counting
from graphs.analytics.desk import READ, AnalyticsDesk
from graphs.analytics.fold import CellKey, Fold, TrailEntry
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.processes.released import process_definitions
from graphs.runtime.services import Services
from graphs.steps import EndStep
from graphs.store.analytics import Analytics
from graphs.store.analytics_tables import ANALYTICS_TABLES
from graphs.store.people import Actor

PROCESS = "procure_to_pay"
DAYS = 90
"""So many days the cases are spread over, back from now."""
WINDOW = 30
YEAR = 366
OPEN_SHARE = 0.05
TIMES, MANY = 20, 100_000
"""From so many cases on, each stands for so many."""
PART = 20_000
LOOKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """Milliseconds of asking: medians, 95th percentiles, and the least, which other processes disturb least."""

    cases: int
    open: int
    """Beside the finished ones."""
    map_ms: float | None
    analytics_ms: float | None
    home_ms: float | None
    map_p95_ms: float | None
    analytics_p95_ms: float | None
    home_p95_ms: float | None
    map_least_ms: float
    analytics_least_ms: float
    home_least_ms: float
    analytics_year_ms: float | None
    cells: int
    fold_us_per_entry: float


def projections_measured(server: BenchServer, *, cases: int, say: Say) -> Projected:
    """Count so many cases and measure."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(url=database.app_url, folder=Path(folder))
        prepare(setup)
        return asyncio.run(_measured(setup, database.owner_url, cases, say))


async def _measured(setup: Setup, owner_url: str, cases: int, say: Say) -> Projected:
    async with open_driver(setup) as driver:
        services = replace(driver.services, registry=ProcessRegistry(process_definitions()))
        actor, definition = reader(driver.reviewer), services.registry.latest(PROCESS)
        laid = await lay(services, definition, cases, say)
        settle(owner_url)
        desk = AnalyticsDesk(services=services)
        took = {
            "map": await looked(lambda: desk.map(actor, definition.reference, days=WINDOW)),
            "analytics": await looked(lambda: desk.show(actor, definition.name, days=WINDOW)),
            "home": await looked(lambda: desk.overview(actor, days=14)),
            "year": await looked(lambda: desk.show(actor, definition.name, days=YEAR)),
        }
        figures = {name: (percentile(all_of, 50), percentile(all_of, 95)) for name, all_of in took.items()}
        return Projected(
            cases=cases,
            open=laid.open,
            map_ms=figures["map"][0],
            analytics_ms=figures["analytics"][0],
            home_ms=figures["home"][0],
            map_p95_ms=figures["map"][1],
            analytics_p95_ms=figures["analytics"][1],
            home_p95_ms=figures["home"][1],
            map_least_ms=round(min(took["map"]), 3),
            analytics_least_ms=round(min(took["analytics"]), 3),
            home_least_ms=round(min(took["home"]), 3),
            analytics_year_ms=figures["year"][0],
            cells=laid.cells,
            fold_us_per_entry=round(1e6 * laid.fold_seconds / laid.entries, 1),
        )


def as_json(measured: Projected) -> dict[str, object]:
    """The figures by name."""
    return asdict(measured)


def settle(owner_url: str) -> None:
    """What the database does by itself within minutes: it learns what stands in the tables."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for table in ANALYTICS_TABLES:
            owner.execute(f"VACUUM ANALYZE {table}".encode())


async def looked(ask: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each look."""
    return await timed(ask, LOOKS)


def reader(reviewer: Actor) -> Actor:
    """The reviewer with the right to read figures."""
    return Actor(
        tenant=reviewer.tenant,
        user_id=reviewer.user_id,
        login=reviewer.login,
        name=reviewer.name,
        kind=reviewer.kind,
        roles=reviewer.roles,
        permissions=reviewer.permissions | {READ},
    )


@dataclass(slots=True, kw_only=True)
class Laid:
    """What was counted, and how long making up and folding took."""

    open: int = 0
    entries: int = 0
    cells: int = 0
    fold_seconds: float = 0.0


async def lay(services: Services, definition: ProcessDefinition, cases: int, say: Say) -> Laid:
    """Count made-up cases: so many that have ended, and some that are still open."""
    draw, now = random.Random(32), services.clock()  # noqa: S311 - the same cases at every run
    times = TIMES if cases >= MANY else 1
    start_of = Counting(services=services).start_of
    ended, opened, laid = Fold.of((), start_of), Fold.of((), start_of), Laid()
    began = process_time()
    for number in range(cases // times):
        entries = list(case_of(definition, f"ended-{number}", now, draw, ends=True))
        ended.read(entries)
        laid.entries += len(entries)
    laid.fold_seconds = process_time() - began
    laid.open = round(cases * OPEN_SHARE)
    for number in range(laid.open):
        opened.read(case_of(definition, f"open-{number}", now, draw, ends=False))
    say(f"{cases} cases are counted, {laid.open} are open")
    cells = on_more_days(ended.cells, times, until=now.date())
    async with services.database.unit_of_work(TENANT) as unit:
        await Analytics(unit.session, TENANT).add(opened)
    for part in parts(cells):
        async with services.database.unit_of_work(TENANT) as unit:
            await Analytics(unit.session, TENANT).count(part)
    async with services.database.unit_of_work(TENANT) as unit:
        laid.cells = await Analytics(unit.session, TENANT).cells()
    say(f"{laid.cells} counts stand in the database")
    return laid


def on_more_days(cells: Mapping[CellKey, Sequence[int]], times: int, *, until: date) -> dict[CellKey, list[int]]:
    """The counts, each also on other days of the same window."""
    found: dict[CellKey, list[int]] = {}
    for (process, measure, day, version, subject, bucket), by in cells.items():
        for number in range(times):
            back = ((until - day).days + number * (DAYS // times)) % DAYS
            kept = found.setdefault((process, measure, until - timedelta(days=back), version, subject, bucket), [0, 0])
            kept[0] += by[0]
            kept[1] += by[1]
    return found


def parts(cells: Mapping[CellKey, Sequence[int]]) -> Iterator[dict[CellKey, Sequence[int]]]:
    """The counts in parts that one statement adds."""
    keys = list(cells)
    for first in range(0, len(keys), PART):
        yield {key: cells[key] for key in keys[first : first + PART]}


def case_of(
    definition: ProcessDefinition, case_id: str, now: datetime, draw: random.Random, *, ends: bool
) -> Iterator[TrailEntry]:
    """The entries of a case that goes a random way, at most once through each step, until it ends or stops to wait."""
    at = now - timedelta(days=draw.random() * DAYS)
    yield TrailEntry(at=at, kind="case.started", case_id=case_id, reference=definition.reference)
    step, seen = definition.step(definition.start), set[str]()
    while True:
        seen.add(step.name)
        asks = step.kind.value == "review"
        if asks and not ends:
            return
        waited = timedelta(seconds=draw.lognormvariate(8, 1.5) if asks else draw.lognormvariate(-2, 1))
        worked = timedelta(seconds=draw.lognormvariate(-3, 1))
        onward = [name for name in step.destinations if name not in seen]
        over = isinstance(step, EndStep) or not onward
        route = "" if over else draw.choice(onward)
        yield TrailEntry(
            at=at + waited + worked,
            kind="answer.applied" if asks else "step.ended",
            case_id=case_id,
            step=step.name,
            visit=1,
            step_kind=step.kind.value,
            route=route,
            started_at=at + waited,
            ends="done" if over else None,
            decision=draw.choice(("approve", "approve", "correct", "reject")) if asks else None,
            rules=(f"RULE-{draw.randint(1, 40)}",),
        )
        if over:
            return
        at, step = at + waited + worked, definition.step(route)

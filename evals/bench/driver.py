"""The driver: starts cases, answers what waits, sees what is done; through Interlock's public parts only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter

from evals.bench import p2p6, wiring
from evals.bench.setup import Setup
from evals.bench.watch import Sighting, Watcher, watching
from graphs.intake import Intake
from graphs.runtime.services import Services
from graphs.store.cases import AT_REST
from graphs.store.people import Actor
from graphs.tasks import Answer, TaskDesk

IN_FLIGHT = 64
POLL_SECONDS = 0.01
"""Between two looks, even when something moves: a look costs processor time that the workers need."""
PATIENCE_SECONDS = 60.0

Seen = Callable[[int], None]


class Stalled(RuntimeError):
    """No case of the run moved for a long time."""


def unseen(_ended: int) -> None:
    """Tell nobody."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of the driver: cases by number, and how each ended."""

    case_ids: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """How many cases ended as done."""
        return sum(status == "done" for status in self.ended.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Accepts and answers as its actors; `IN_FLIGHT` cases at a time."""

    services: Services
    starter: Actor
    reviewer: Actor
    watcher: Watcher

    @property
    def intake(self) -> Intake:
        """Accepts triggers."""
        return Intake(services=self.services)

    @property
    def desk(self) -> TaskDesk:
        """Takes answers."""
        return TaskDesk(services=self.services)

    async def start(self, number: str) -> str:
        """Start the case of an invoice, and return its id."""
        accepted = await self.intake.start(self.starter, p2p6.NAME, {"invoice": number}, key=number)
        return accepted.case.id

    async def approve(self, seen: Sighting) -> None:
        """Approve exactly what the case's task shows."""
        if seen.task_id is not None:
            await self.desk.answer(self.reviewer, seen.task_id, Answer(decision="approve", digest=seen.digest))

    async def run(self, numbers: Iterable[str], *, run: Run | None = None, seen: Seen = unseen) -> Run:
        """Take every number from its start to its end; `seen` hears how many have ended. Raises `Stalled`."""
        run = run or Run()
        waiting_to_start, flight = iter(numbers), set[str]()
        started_at = moved_at = perf_counter()
        while True:
            batch = list(islice(waiting_to_start, IN_FLIGHT - len(flight)))
            flight |= await self._start_all(batch, run)
            if not flight:
                break
            sightings = await self.watcher.look(flight)
            ended = {item.case_id: item.status for item in sightings if item.status in AT_REST}
            await asyncio.gather(*(self.approve(item) for item in sightings))
            run.ended |= ended
            flight -= ended.keys()
            seen(len(run.ended))
            now = perf_counter()
            moved_at = now if sightings or batch else moved_at
            self._check_patience(flight, now - moved_at)
            if flight:
                await asyncio.sleep(POLL_SECONDS)
        run.seconds = perf_counter() - started_at
        return run

    async def _start_all(self, numbers: list[str], run: Run) -> set[str]:
        case_ids = await asyncio.gather(*(self.start(number) for number in numbers))
        run.case_ids |= dict(zip(numbers, case_ids, strict=True))
        return set(case_ids)

    def _check_patience(self, flight: set[str], idle_seconds: float) -> None:
        if idle_seconds > PATIENCE_SECONDS:
            raise Stalled(f"{len(flight)} cases did not move for {idle_seconds:.0f} s, such as {min(flight)}")


@asynccontextmanager
async def open_driver(setup: Setup) -> AsyncIterator[Driver]:
    """A driver on the setup's database; the people must be there."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(wiring.open_services(setup))
        yield Driver(
            services=services,
            starter=await wiring.actor(services, wiring.STARTER, setup.tenant),
            reviewer=await wiring.actor(services, wiring.REVIEWER, setup.tenant),
            watcher=await stack.enter_async_context(watching(setup)),
        )

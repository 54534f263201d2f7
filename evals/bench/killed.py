"""A worker that gets one SIGKILL in mid-run: when its cases move again, and that nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg

from evals.bench.checks import findings, most_steps_rerun
from evals.bench.driver import Driver, Run, Seen, Stalled, open_driver
from evals.bench.processes import Participant
from evals.bench.server import BenchDatabase, BenchServer
from evals.bench.setup import Setup
from evals.bench.sides import prepare, worker_started

POST_SECONDS = 0.3
MOST_AT_ONCE = 12
"""The target is slowed down and a worker takes few cases at once, so that it has work in its hands when it is killed
and more than that lies before it."""

LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 60.0
WORKERS = 2
HELD = "SELECT id, step FROM cases WHERE status = 'running' AND lease_owner LIKE %s"
MOVED = """
SELECT id FROM cases JOIN unnest(%s::text[], %s::text[]) AS was(id, step) USING (id)
WHERE cases.status <> 'running' OR cases.step <> was.step
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What one SIGKILL did. `held` is how many cases the worker had; `lost` are cases that did not end as done."""

    recovered_after_s: float | None
    held: int
    lost: int
    double_effects: int
    most_steps_rerun: int
    audit_sound: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """Why figures beside this run are void."""
        told = {
            "the killed worker held no case": self.held == 0,
            f"after a SIGKILL {self.lost} cases were lost": self.lost != 0,
            f"after a SIGKILL {self.double_effects} effects happened twice": self.double_effects != 0,
            f"after a SIGKILL a case ran {self.most_steps_rerun} steps again": self.most_steps_rerun > 1,
            "after a SIGKILL the audit trail does not verify": not self.audit_sound,
            "the killed worker's cases did not move again": self.recovered_after_s is None,
        }
        return tuple(text for text, wrong in told.items() if wrong)


def killed_run(server: BenchServer, *, cases: int) -> Killed:
    """Run the cases with `WORKERS` workers, kill one of them halfway, and let a new one take its place."""
    with server.database(template=server.template()) as database, TemporaryDirectory() as folder:
        setup = Setup(
            url=database.app_url,
            folder=Path(folder),
            logs_steps=True,
            post_seconds=POST_SECONDS,
            concurrency=max(1, min(MOST_AT_ONCE, cases // 4)),
        )
        prepare(setup)
        with ExitStack() as stack:
            workers = [stack.enter_context(worker_started(setup, number)) for number in range(WORKERS)]
            run, moves = asyncio.run(_driven(database, setup, workers, stack, cases))
        return asyncio.run(_judged(database, setup, run, moves, cases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How many cases the worker held, and how long until the last of them moved."""

    held: int
    seconds: float | None


async def _driven(
    database: BenchDatabase, setup: Setup, workers: list[Participant], stack: ExitStack, cases: int
) -> tuple[Run, Moves]:
    halfway, run = asyncio.Event(), Run()

    def seen(ended: int) -> None:
        if ended >= cases // 2:
            halfway.set()

    async with (
        open_driver(setup) as driver,
        await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as owner,
    ):
        driven = asyncio.create_task(_run(driver, run, cases, seen))
        await _first(driven, halfway)
        moves = await _kill(owner, workers[0], setup, stack)
        await driven
    return run, moves


async def _run(driver: Driver, run: Run, cases: int, seen: Seen) -> None:
    try:
        await driver.run((f"k-{number}" for number in range(cases)), run=run, seen=seen)
    except Stalled:
        return


async def _first(driven: asyncio.Task[None], halfway: asyncio.Event) -> None:
    """Wait until half of the cases have ended, or all that will."""
    half = asyncio.create_task(halfway.wait())
    await asyncio.wait((driven, half), return_when=asyncio.FIRST_COMPLETED)
    half.cancel()


async def _kill(owner: psycopg.AsyncConnection, victim: Participant, setup: Setup, stack: ExitStack) -> Moves:
    """Kill the worker while it holds a case, start another, and watch the cases it held."""
    held = await _stopped_with_cases(owner, victim)
    victim.kill()
    killed_at = perf_counter()
    await asyncio.to_thread(stack.enter_context, worker_started(setup, WORKERS))
    return Moves(held=len(held), seconds=await _moved(owner, held, killed_at))


async def _stopped_with_cases(owner: psycopg.AsyncConnection, victim: Participant) -> dict[str, str]:
    """What the worker holds, as soon as it is stopped with anything: it could let go between a look and a kill."""
    mine, began = f"%-{victim.pid}-%", perf_counter()
    while perf_counter() - began < PATIENCE_SECONDS:
        if await _held(owner, mine):
            victim.process.send_signal(signal.SIGSTOP)
            if held := await _held(owner, mine):
                return held
            victim.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(LOOK_SECONDS)
    return {}


async def _held(owner: psycopg.AsyncConnection, lease_owner: str) -> dict[str, str]:
    """The step of each case that the worker holds."""
    cursor = await owner.execute(HELD, (lease_owner,))
    return dict(await cursor.fetchall())


async def _moved(owner: psycopg.AsyncConnection, held: dict[str, str], killed_at: float) -> float | None:
    """Seconds from the kill until the last of the cases stood elsewhere than it was left."""
    still, last = dict(held), 0.0
    while still:
        cursor = await owner.execute(MOVED, (list(still), list(still.values())))
        for (case_id,) in await cursor.fetchall():
            del still[case_id]
            last = perf_counter() - killed_at
        if perf_counter() - killed_at > PATIENCE_SECONDS:
            return None
        await asyncio.sleep(LOOK_SECONDS)
    return last if held else None


async def _judged(database: BenchDatabase, setup: Setup, run: Run, moves: Moves, cases: int) -> Killed:
    found = await findings(database, setup, expected=cases)
    return Killed(
        recovered_after_s=round(moves.seconds, 2) if moves.seconds is not None else None,
        held=moves.held,
        lost=found.not_done,
        double_effects=found.double_effects,
        most_steps_rerun=await most_steps_rerun(setup, run.case_ids),
        audit_sound=found.audit_sound,
    )

"""The sides of the benchmark: Interlock, and each peer. A side says which processes take part and what must hold."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from evals.bench import wiring
from evals.bench.checks import findings
from evals.bench.compacting import compact_finished
from evals.bench.driver import IN_FLIGHT
from evals.bench.peers.driving import Job
from evals.bench.plain import take_off
from evals.bench.processes import ROOT, Participant, started
from evals.bench.server import BenchDatabase, BenchServer
from evals.bench.setup import Rules, Setup
from graphs.runtime.execution import Execution

PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
IMPORT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a round takes place: a fresh database and a folder of its own."""

    database: BenchDatabase
    folder: Path
    cases: int
    warm_up: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """`speaking` begin and end the run; `serving` only work. The processor time of all of them counts."""

    speaking: Sequence[Participant]
    serving: Sequence[Participant] = ()

    @property
    def pids(self) -> tuple[int, ...]:
        """All process ids."""
        return tuple(participant.pid for participant in (*self.speaking, *self.serving))


class Side(Protocol):
    """One side of the benchmark; `scale` multiplies the number of cases where a run would be too short."""

    @property
    def name(self) -> str: ...

    @property
    def scale(self) -> int: ...

    def template(self, server: BenchServer) -> str | None:
        """The database that a round's database is a copy of."""
        ...

    def team(self, stage: Stage, stack: ExitStack) -> Team:
        """Start the processes, which end with `stack`. Raises `ProcessFailed`."""
        ...

    def broken(self, stage: Stage) -> tuple[str, ...]:
        """What does not hold after the round."""
        ...

    def compact(self, stage: Stage) -> int | None:
        """Compact the finished cases; returns how many, None where the side has no way to."""
        ...

    def missing(self) -> str | None:
        """Why the side cannot run here, None if it can."""
        ...


def prepare(setup: Setup) -> None:
    """Put people into the database."""
    asyncio.run(_add_people(setup))


async def _add_people(setup: Setup) -> None:
    async with wiring.open_services(setup) as services:
        await wiring.add_people(services, setup.tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterlockSide:
    """So many processes that work, with rules, audit, deadlines and ledger on; the first accepts triggers and answers.

    That is what `interlock serve` starts.
    """

    rules: Rules = Rules.TWENTY
    execution: Execution = Execution.JOURNAL
    assured: bool = True
    scale: int = 1

    @property
    def name(self) -> str:
        """`interlock`, and what is not on."""
        if not self.assured:
            return "interlock_plain"
        return "interlock" if self.rules is Rules.TWENTY else "interlock_one_rule"

    def template(self, server: BenchServer) -> str | None:
        """A database with Interlock's tables."""
        return server.template()

    def team(self, stage: Stage, stack: ExitStack) -> Team:
        """Workers first, then the driver."""
        setup = self._setup(stage)
        prepare(setup)
        if not self.assured:
            take_off(stage.database.owner_url)
        workers = [stack.enter_context(worker_started(setup, number)) for number in range(1, stage.processes)]
        arguments = (setup.model_dump_json(), str(stage.cases), str(stage.warm_up))
        driver = started("driver", "evals.bench.driver_process", arguments, folder=stage.folder)
        return Team(speaking=[stack.enter_context(driver)], serving=workers)

    def broken(self, stage: Stage) -> tuple[str, ...]:
        """Lost or doubled cases, or an audit trail that does not verify."""
        expected = stage.cases + stage.warm_up
        return asyncio.run(findings(stage.database, self._setup(stage), expected=expected)).problems

    def compact(self, stage: Stage) -> int | None:
        """As retention does it; without a trail that holds what is left out there is no way to."""
        return asyncio.run(compact_finished(self._setup(stage))) if self.assured else None

    def missing(self) -> str | None:
        """None: what runs this is what runs Interlock."""
        return None

    def _setup(self, stage: Stage) -> Setup:
        return Setup(
            url=stage.database.app_url,
            folder=stage.folder,
            rules=self.rules,
            execution=self.execution,
            assured=self.assured,
        )


def worker_started(setup: Setup, number: int) -> AbstractContextManager[Participant]:
    """A worker process of Interlock."""
    arguments = (setup.model_dump_json(),)
    name = f"worker-{number}"
    return started(name, "evals.bench.worker_process", arguments, folder=setup.folder, listens=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSide:
    """A peer: so many processes that each drive their own share of the cases, on one database.

    `most_in_flight` is how many cases one process has in flight at most.
    """

    name: str
    module: str
    variant: str = ""
    most_in_flight: int = IN_FLIGHT
    scale: int = 1
    python: Path = PEERS_PYTHON
    tuned: bool = True

    def template(self, server: BenchServer) -> str | None:  # noqa: ARG002
        """An empty database: the peer makes its own tables."""
        return None

    def team(self, stage: Stage, stack: ExitStack) -> Team:
        """One process after the other, so that the first makes the tables."""
        return Team(speaking=[self._started(stage, number, stack) for number in range(stage.processes)])

    def _started(self, stage: Stage, number: int, stack: ExitStack) -> Participant:
        job = Job(
            url=stage.database.owner_url,
            variant=self.variant,
            number=number,
            cases=share(stage.cases, stage.processes, number),
            warm_up=share(stage.warm_up, stage.processes, number),
            in_flight=min(share(IN_FLIGHT, stage.processes, number), self.most_in_flight),
            tuned=self.tuned,
        )
        arguments = (json.dumps(asdict(job)),)
        process = started(f"{self.name}-{number}", self.module, arguments, folder=stage.folder, python=str(self.python))
        return stack.enter_context(process)

    def broken(self, stage: Stage) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing: a peer's process fails when one of its cases does."""
        return ()

    def compact(self, stage: Stage) -> int | None:  # noqa: ARG002
        """None: a peer keeps what it has."""
        return None

    def missing(self) -> str | None:
        """Why the peer cannot run here, None if it can."""
        if not self.python.exists():
            return f"there is no {relative(self.python)}: `make bench` makes it"
        command = [str(self.python), "-c", f"import {self.module}"]
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=IMPORT_SECONDS)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{relative(self.python)} does not run: {type(error).__name__}"
        return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it cannot be imported"])[-1]


def share(whole: int, parts: int, number: int) -> int:
    """The share of part `number` when `whole` is divided as evenly as possible."""
    return whole // parts + (number < whole % parts)


def relative(path: Path) -> str:
    """The path as it is written from the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def peers(*, python: Path = PEERS_PYTHON, tuned: bool = True) -> tuple[PeerSide, ...]:
    """Every peer there is. DBOS runs best with 8 cases in flight a process (of 2, 8, 24 and 64, tried)."""
    langgraph, floor = "evals.bench.peers.langgraph_peer", "evals.bench.peers.floor_peer"
    dbos = "evals.bench.peers.dbos_peer"
    return (
        PeerSide(name="dbos", module=dbos, most_in_flight=8, python=python, tuned=tuned),
        PeerSide(name="langgraph_apg", module=langgraph, variant="apg", python=python, tuned=tuned),
        PeerSide(name="langgraph_apg16", module=langgraph, variant="apg16", python=python, tuned=tuned),
        PeerSide(name="floor_async16", module=floor, variant="async16", scale=2, python=python, tuned=tuned),
        PeerSide(name="floor_group", module=floor, variant="group", scale=4, python=python, tuned=tuned),
    )

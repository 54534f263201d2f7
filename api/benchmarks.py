"""The benchmarks, run on a PostgreSQL of their own in the data folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api.cli.failure import CommandFailed
from api.data_folder import DataFolder
from api.settings import load_settings
from evals.bench import contest
from evals.bench import rules as rules_bench
from evals.bench.clocks import ClocksMeasured, clocks_measured
from evals.bench.driver import Stalled
from evals.bench.flood import flood_measured
from evals.bench.killed import killed_run
from evals.bench.limits import crowds_measured
from evals.bench.processes import ProcessFailed
from evals.bench.projections import as_json, projections_measured
from evals.bench.protocol import tune
from evals.bench.rounds import Plan
from evals.bench.server import BenchServer, running_server
from evals.bench.sides import PEERS_PYTHON
from evals.bench.tasks import Load, Measured, tasks_measured
from evals.bench.waiting import NotReached, waiting_cases
from evals.bench.wiring import log_to_stderr
from graphs.runtime.execution import Execution
from graphs.store.embedded import EmbeddedPostgresFailed


def p2p6(
    *,
    peers: bool,
    rounds: int,
    cases: int,
    processes: tuple[int, ...],
    tuned: bool,
    execution: Execution,
    attribution: bool,
    kill_cases: int,
    peers_python: Path | None,
) -> dict[str, Any]:
    """The figures by side. Raises `CommandFailed`."""
    with bench_server() as server:
        found = contest.p2p6(
            server,
            Plan(rounds=rounds, cases=cases, processes=processes),
            say,
            with_peers=peers,
            peers_python=PEERS_PYTHON if peers_python is None else peers_python.absolute(),
            tuned=tuned,
            execution=execution,
            attribution=attribution,
            kill_cases=kill_cases,
        )
    return contest.as_json(found)


def recovery(*, cases: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What one SIGKILL did, and what is wrong with it. Raises `CommandFailed`."""
    with bench_server() as server:
        killed = killed_run(server, cases=cases)
    return asdict(killed), killed.problems


def waiting(*, levels: Sequence[int], cases: int) -> list[dict[str, Any]]:
    """One entry a level. Raises `CommandFailed`."""
    with bench_server() as server:
        return waiting_cases(server, levels, cases=cases, say=say)


def flood(*, cases: int) -> dict[str, Any]:
    """The figures. Raises `CommandFailed`."""
    with bench_server() as server:
        return asdict(flood_measured(server, cases=cases, say=say))


def limits(*, cases: int, seconds: float) -> list[dict[str, Any]]:
    """One entry a kind of limit. Raises `CommandFailed`."""
    with bench_server() as server:
        return [asdict(one) for one in crowds_measured(server, cases=cases, seconds=seconds, say=say)]


def tasks(*, tasks: int, deadlines: int, seconds: float) -> Measured:
    """Inbox, assignment and deadlines beside so many open tasks. Raises `CommandFailed`."""
    with bench_server() as server:
        return tasks_measured(server, Load(tasks=tasks, deadlines=deadlines, seconds=seconds), say=say)


def clocks(*, clocks: int, timers: int) -> ClocksMeasured:
    """Forecasts of so many open clocks, and so many timers fired both ways. Raises `CommandFailed`."""
    with bench_server() as server:
        return clocks_measured(server, clocks=clocks, timers=timers, say=say)


def projections(*, cases: int) -> dict[str, object]:
    """What map, figures and overview cost beside so many finished cases. Raises `CommandFailed`."""
    with bench_server() as server:
        return as_json(projections_measured(server, cases=cases, say=say))


def rules(*, verdicts: int, rounds: int) -> dict[str, Any]:
    """Medians of the rounds, with Python tuned as a worker is, and what they were measured on."""
    tune()
    return {**asdict(rules_bench.medians(verdicts, rounds)), "machine": contest.machine()}


@contextmanager
def bench_server() -> Iterator[BenchServer]:
    """The benchmarks' own PostgreSQL. Raises `CommandFailed` for what ends a measurement."""
    folder = DataFolder.prepared(load_settings().data_dir)
    log_to_stderr()
    try:
        with running_server(folder.path / "bench" / "postgres") as server:
            yield server
    except (EmbeddedPostgresFailed, ProcessFailed, NotReached, Stalled) as error:
        raise CommandFailed(str(error)) from error


def say(text: str) -> None:
    """Tell how far it is; not on the standard output, which is for the result."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()

"""Rounds: every side in turn, at every number of processes, on one server; then what the rounds say together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from evals.bench.figures import Measured, Summary
from evals.bench.processes import ProcessFailed, tree_seconds
from evals.bench.protocol import DONE, GO, READY, WARM
from evals.bench.server import BenchServer, Content, content, vacuumed
from evals.bench.sides import Side, Stage, Team

WARM_UP = 40
RUN_SECONDS = 600.0
AUDIT_VALUES = "public.audit_values"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured. Each side runs at every one of `processes`; its best counts."""

    rounds: int
    cases: int
    processes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A run: seconds, processor seconds of the side's processes and of the server's, and what the side itself said."""

    seconds: float
    client_seconds: float
    server_seconds: float
    said: dict[str, Any]


def measured_round(server: BenchServer, side: Side, *, cases: int, processes: int) -> Measured:
    """One round of one side in a fresh database. Raises `ProcessFailed`."""
    warm_up = min(WARM_UP, cases)
    with server.database(template=side.template(server)) as database, TemporaryDirectory() as folder:
        stage = Stage(database=database, folder=Path(folder), cases=cases, warm_up=warm_up, processes=processes)
        with ExitStack() as stack:
            team = side.team(stage, stack)
            before = content(database.owner_url)
            timed = run(team, server)
        # The processes have ended: only now are all of their transactions counted.
        after = content(database.owner_url)
        finished = cases + warm_up
        commits = (after.commits - before.commits) / finished
        figures = rates(timed, cases) | {"commits_per_case": commits} | sizes(before, after, finished)
        if "polls" in timed.said:
            figures["driver_polls_per_case"] = timed.said["polls"] / cases
        broken = side.broken(stage)
        if not broken and (compacted := side.compact(stage)) is not None:
            figures |= sizes(before, vacuumed(database.owner_url), finished, when="_after_compaction")
            broken = () if compacted == finished else (f"{finished - compacted} cases were not compacted",)
        return Measured(
            processes=processes,
            cases=cases,
            figures=figures,
            notes={"tuning": str(timed.said.get("tuning", ""))},
            broken=broken,
        )


def run(team: Team, server: BenchServer) -> Timed:
    """Warm up, then the timed run: from `go` until the last has said `done`."""
    _all(team, WARM, READY)
    client, served, began = tree_seconds(*team.pids), tree_seconds(server.pid), perf_counter()
    said = _all(team, GO, DONE)
    ended = perf_counter()
    return Timed(
        seconds=ended - began,
        client_seconds=tree_seconds(*team.pids) - client,
        server_seconds=tree_seconds(server.pid) - served,
        said=said,
    )


def _all(team: Team, word: str, answer: str) -> dict[str, Any]:
    for participant in team.speaking:
        participant.say(word)
    answers = [participant.hear(answer, within_seconds=RUN_SECONDS) for participant in team.speaking]
    return answers[-1]


def rates(timed: Timed, cases: int) -> dict[str, float]:
    """Cases a second, and processor time a case."""
    return {
        "cases_per_s": cases / timed.seconds,
        "cpu_ms_per_case": (timed.client_seconds + timed.server_seconds) / cases * 1000,
        "client_cpu_ms_per_case": timed.client_seconds / cases * 1000,
        "server_cpu_ms_per_case": timed.server_seconds / cases * 1000,
    }


def sizes(before: Content, after: Content, cases: int, *, when: str = "") -> dict[str, float]:
    """Live rows, and bytes of tables and indexes, a finished case; warm-up cases count as cases."""
    figures = {
        f"rows_per_case{when}": after.rows_since(before) / cases,
        f"bytes_per_case{when}": after.bytes_since(before) / cases,
    }
    if AUDIT_VALUES in after.rows:
        without = f"{when}_without_audit_values"
        figures[f"rows_per_case{without}"] = after.rows_since(before, without=AUDIT_VALUES) / cases
        figures[f"bytes_per_case{without}"] = after.bytes_since(before, without=AUDIT_VALUES) / cases
    return figures


def contest(server: BenchServer, sides: Sequence[Side], plan: Plan, say: Say) -> list[Summary]:
    """All sides, interleaved: in each round every side at every number of processes, in turn, there and back.

    A side that cannot run is named with its reason; a side whose process failed is void, and runs no more.
    """
    rounds: dict[str, list[Measured]] = {side.name: [] for side in sides}
    missing = {side.name: why for side in sides if (why := side.missing()) is not None}
    failed: dict[str, str] = {}
    for name, why in missing.items():
        say(f"{name} is missing: {why}")
    for number in range(1, plan.rounds + 1):
        for side, processes in turns(sides, plan, number):
            if side.name in missing or side.name in failed:
                continue
            where = f"round {number} of {plan.rounds}: {side.name} with {processes}"
            try:
                found = measured_round(server, side, cases=plan.cases * side.scale, processes=processes)
            except ProcessFailed as error:
                failed[side.name] = str(error)
                say(f"{where}: failed: {error}")
                continue
            rounds[side.name].append(found)
            say(f"{where}: {told(found)}")
    return [
        Summary(
            name=side.name,
            rounds=tuple(rounds[side.name]),
            missing=missing.get(side.name),
            void=failed.get(side.name),
        )
        for side in sides
    ]


def turns(sides: Sequence[Side], plan: Plan, number: int) -> list[tuple[Side, int]]:
    """Who runs in a round, in order. Every other round goes back: nobody always runs behind the same one."""
    there = list(product(sides, plan.processes))
    return there if number % 2 else there[::-1]


def told(found: Measured) -> str:
    """The round in one line."""
    if found.broken:
        return f"VOID: {'; '.join(found.broken)}"
    return f"{found.figures['cases_per_s']:.1f} cases/s, {found.figures['cpu_ms_per_case']:.2f} ms CPU a case"

"""`interlock bench`: measure here, on a PostgreSQL that nobody else uses, without a server.

The engine is imported when a benchmark runs, not before: every other command answers without waiting for it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from graphs.runtime.execution import Execution

BENCHMARKS = "api.benchmarks"
COLUMNS = ("side", "processes", "cases/s", "min–max", "CPU ms a case", "commits", "rows", "bytes")
BESIDE = (
    "void",
    "tuning",
    "server",
    "machine",
    "rows_per_case_without_audit_values",
    "bytes_per_case_without_audit_values",
    "rows_per_case_after_compaction",
    "bytes_per_case_after_compaction",
    "rows_per_case_after_compaction_without_audit_values",
    "bytes_per_case_after_compaction_without_audit_values",
    "rules_cost_share",
    "assurance_cost_share",
    "assurance_cost_share_by_round",
    "sigkill",
    "times_faster_than",
)
HOUR_SECONDS = 3600.0

app = typer.Typer(
    no_args_is_help=True, help="Benchmarks: p2p6, recovery, waiting, flood, limits, rules, tasks, clocks, projections."
)


@app.callback()
def bench() -> None:
    """Measure how fast Interlock is, and what a crash costs."""


@app.command("p2p6")
def p2p6(
    peers: Annotated[
        bool, typer.Option("--peers", help="Run DBOS, LangGraph and plain SQL in the same rounds.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 5,
    cases: Annotated[int, typer.Option(min=1, help="Cases a round.")] = 1000,
    processes: Annotated[str, typer.Option(help="Numbers of worker processes to try; the best counts.")] = "1,2",
    tuned: Annotated[bool, typer.Option("--tuned/--as-they-come", help="Tune the peers' Python as ours is.")] = True,
    execution: Annotated[Execution, typer.Option(help="How Interlock's workers run cases.")] = Execution.JOURNAL,
    attribution: Annotated[
        bool, typer.Option(help="Run with less too, for what rules, trail and deadlines cost.")
    ] = True,
    kill_cases: Annotated[int, typer.Option(min=0, help="Cases of the run with a SIGKILL; 0 leaves it out.")] = 200,
    peers_python: Annotated[Path | None, typer.Option(help="A Python that has the peers' libraries.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the reference process, alone or beside its peers; exit 1 when Interlock's figures are void."""
    shown: dict[str, Any] = importlib.import_module(BENCHMARKS).p2p6(
        peers=peers,
        rounds=rounds,
        cases=cases,
        processes=numbers(processes),
        tuned=tuned,
        execution=execution,
        attribution=attribution,
        kill_cases=kill_cases,
        peers_python=peers_python,
    )
    if as_json:
        print_json(shown)
    else:
        print_sides(shown)
    if shown["interlock"]["cases_per_s"] is None:
        raise typer.Exit(ExitCode.NO)


@app.command("recovery")
def recovery(
    cases: Annotated[int, typer.Option(min=4, help="Cases of the run.")] = 200, as_json: AsJson = False
) -> None:
    """Kill a worker in mid-run and measure until its cases move again; exit 1 when anything was lost or doubled."""
    killed, problems = importlib.import_module(BENCHMARKS).recovery(cases=cases)
    if as_json:
        print_json(killed)
    else:
        print_fields(killed)
    if problems:
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        raise typer.Exit(ExitCode.NO)


@app.command("waiting")
def waiting(
    levels: Annotated[str, typer.Option(help="How many cases wait.")] = "1000,10000,100000",
    cases: Annotated[int, typer.Option(min=1, help="New cases that are timed at each level.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Let so many really started cases wait, and measure the ones that move, the memory, a restart and the inbox."""
    found = importlib.import_module(BENCHMARKS).waiting(levels=numbers(levels), cases=cases)
    print_entries("Waiting cases", found, as_json=as_json)


@app.command("flood")
def flood(
    cases: Annotated[int, typer.Option(min=1, help="Cases that come at once.")] = 3000,
    as_json: AsJson = False,
) -> None:
    """Let many cases come at once, and measure a person's answer and another tenant's case beside them."""
    found = importlib.import_module(BENCHMARKS).flood(cases=cases)
    if as_json:
        print_json(found)
    else:
        print_fields(found)


@app.command("limits")
def limits(
    cases: Annotated[int, typer.Option(min=2, help="Cases that wait for the limited system.")] = 400,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long each crowd is watched.")] = 40.0,
    as_json: AsJson = False,
) -> None:
    """Let a crowd wait for a system that takes few calls, and measure it and the cases beside it."""
    found = importlib.import_module(BENCHMARKS).limits(cases=cases, seconds=seconds)
    print_entries("A crowd before a limit", found, as_json=as_json)


@app.command("rules")
def rules(
    verdicts: Annotated[int, typer.Option(min=1, help="Verdicts of a round.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median of each figure counts.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Judge by fifty rules at one point, engine and shadow, in one thread of this process."""
    found = importlib.import_module(BENCHMARKS).rules(verdicts=verdicts, rounds=rounds)
    if as_json:
        print_json(found)
    else:
        print_fields(found)


@app.command("tasks")
def tasks(
    tasks: Annotated[int, typer.Option(min=2, help="Open tasks of 200 people.")] = 10_000,
    deadlines: Annotated[int, typer.Option(min=1, help="Deadlines that come.")] = 50_000,
    seconds: Annotated[float, typer.Option(min=1.0, help="Seconds that stand for the hour they come in.")] = 300.0,
    real_hour: Annotated[bool, typer.Option("--real-hour", help="Let them come within a true hour.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure inbox and assignment beside many open tasks, and deadlines with a worker killed; exit 1 off the marks."""
    measured = importlib.import_module(BENCHMARKS).tasks(
        tasks=tasks, deadlines=deadlines, seconds=HOUR_SECONDS if real_hour else seconds
    )
    if as_json:
        print_json(measured.figures)
    else:
        print_fields(measured.figures)
        print_table("Spread", ("what", "p50", "p95", "p99", "longest"), measured.spread)
    if measured.problems:
        sys.stderr.write("".join(f"{problem}\n" for problem in measured.problems))
        raise typer.Exit(ExitCode.NO)


@app.command("clocks")
def clocks(
    clocks: Annotated[int, typer.Option(min=2, help="Open clocks of 200 people's cases.")] = 100_000,
    timers: Annotated[int, typer.Option(min=1, help="Timers of a round, of each kind and each way.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Look at many open clocks as the forecast job does, and fire timers one by one and together in turns."""
    measured = importlib.import_module(BENCHMARKS).clocks(clocks=clocks, timers=timers)
    if as_json:
        print_json(measured.figures)
        return
    figures = measured.figures
    fired = figures.pop("timers")
    print_fields(figures)
    print_table("Timers", ("of", *next(iter(fired.values()))), [(kind, *row.values()) for kind, row in fired.items()])


@app.command("projections")
def projections(
    cases: Annotated[int, typer.Option(min=1, help="Finished cases of the last 90 days.")] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """Count so many made-up cases, and measure what process map, analytics and overview cost beside them."""
    found = importlib.import_module(BENCHMARKS).projections(cases=cases)
    if as_json:
        print_json(found)
    else:
        print_fields(found)


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers above 0, separated by commas. Raises `CommandFailed`."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise CommandFailed(f"{text!r} is no list of whole numbers above 0", hint="write them as in 1,2")
    return tuple(int(part) for part in parts)


def print_entries(title: str, found: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A list of alike entries: as it is, or a row each."""
    if as_json:
        print_json(found)
    else:
        print_table(title, tuple(found[0]), [tuple(entry.values()) for entry in found])


def print_sides(shown: Mapping[str, dict[str, Any]]) -> None:
    """A row a side, then what else is to be said of Interlock's."""
    print_table("P2P-6, medians", COLUMNS, [side_row(name, side) for name, side in shown.items()])
    ours = shown["interlock"]
    print_fields({name: ours[name] for name in BESIDE if name in ours})


def side_row(name: str, side: Mapping[str, Any]) -> tuple[object, ...]:
    """The row of one side; a missing or void one says why."""
    for word in ("missing", "void"):
        if word in side:
            return (name, None, f"{word}: {side[word]}", None, None, None, None, None)
    parts = f"{side['client_cpu_ms_per_case']} + {side['server_cpu_ms_per_case']}"
    measured = (side["commits_per_case"], side["rows_per_case"], side["bytes_per_case"])
    return (name, side["processes"], side["cases_per_s"], f"{side['min']}–{side['max']}", parts, *measured)

"""`bench p2p6`: the reference process with everything on, beside its peers where they are asked for."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evals.bench.figures import Summary, interlocks_ratios, share_lost
from evals.bench.killed import killed_run
from evals.bench.rounds import Plan, Say, contest
from evals.bench.server import BenchServer
from evals.bench.setup import Rules
from evals.bench.sides import PEERS_PYTHON, InterlockSide, Side, peers
from graphs.runtime.execution import Execution


def p2p6(
    server: BenchServer,
    plan: Plan,
    say: Say,
    *,
    with_peers: bool = False,
    peers_python: Path = PEERS_PYTHON,
    tuned: bool = True,
    execution: Execution = Execution.JOURNAL,
    attribution: bool,
    kill_cases: int,
) -> list[Summary]:
    """Interlock first, then the peers. Interlock's figures are void when a check fails, the SIGKILL's included."""
    settings = server.settings()
    say(", ".join(f"{name} {value}" for name, value in settings.items()))
    one_rule = InterlockSide(rules=Rules.ONE, execution=execution)
    less: tuple[Side, ...] = (one_rule, replace(one_rule, assured=False)) if attribution else ()
    beside: tuple[Side, ...] = peers(python=peers_python, tuned=tuned) if with_peers else ()
    ours, *found = contest(server, [InterlockSide(execution=execution), *less, *beside], plan, say)
    others = found[len(less) :]
    if kill_cases:
        ours = _with_kill(server, ours, kill_cases, say)
    extras: dict[str, Any] = {"server": settings, "machine": machine()}
    if attribution:
        one, plain = found[: len(less)]
        extras["rules_cost_share"] = cost_share(ours, one)
        extras["assurance_cost_share"] = cost_share(ours, plain)
        extras["assurance_cost_share_by_round"] = cost_shares(ours, plain)
        extras["without_assurance"] = plain.as_json()
    if with_peers:
        extras["times_faster_than"] = interlocks_ratios([ours, *others])
    return [replace(ours, extras={**ours.extras, **extras}), *others]


def _with_kill(server: BenchServer, ours: Summary, cases: int, say: Say) -> Summary:
    if ours.reason is not None:
        return ours
    killed = killed_run(server, cases=cases)
    say(f"one SIGKILL in mid-run: {asdict(killed)}")
    return replace(ours, void=next(iter(killed.problems), None), extras={"sigkill": asdict(killed)})


def cost_share(whole: Summary, less: Summary) -> float | None:
    """Which share of the throughput is lost to what `less` does without, at the same number of processes."""
    best = comparable_at(whole, less)
    return None if best is None else share_lost(whole.median("cases_per_s", best), less.median("cases_per_s", best))


def cost_shares(whole: Summary, less: Summary) -> list[float | None] | None:
    """The same, round by round: how far one round is from another."""
    best = comparable_at(whole, less)
    if best is None:
        return None
    pairs = zip(whole.of(best), less.of(best), strict=True)
    return [share_lost(slower.figures["cases_per_s"], faster.figures["cases_per_s"]) for slower, faster in pairs]


def comparable_at(whole: Summary, less: Summary) -> int | None:
    """The number of processes at which the two are compared; None where one of them has no figures."""
    return None if whole.reason or less.reason else whole.processes


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor(),
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def processor() -> str:
    """The processor's name as the kernel knows it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def as_json(summaries: Sequence[Summary]) -> dict[str, Any]:
    """The summaries by name."""
    return {summary.name: summary.as_json() for summary in summaries}

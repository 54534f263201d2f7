"""Runs of the same cases as one result, and what running again says: pass^k and pass@k."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum

from evals.figure import Figure, share
from evals.metrics import pass_any, pass_every, ratio_interval
from evals.result import CaseResult, GateResult, Result

PASSED = "passed"
SEED = 20261


def passing(cases: Sequence[CaseResult], *, repeat: int, margin: float | None) -> Iterator[Figure]:
    """The share of runs that pass, counted as so many independent samples as there are cases; then pass^k, pass@k."""
    yield share(PASSED, fsum(case.passes / case.runs for case in cases), len(cases), margin=margin)
    if repeat == 1 or not cases:
        return
    for name, estimate in ((f"pass^{repeat}", pass_every), (f"pass@{repeat}", pass_any)):
        found = [estimate(passes=case.passes, runs=case.runs, k=repeat) for case in cases]
        low, high = ratio_interval([(one, 1) for one in found], seed=SEED) or (None, None)
        yield Figure(name=name, value=fsum(found) / len(found), lower=low, upper=high, samples=len(found))


def repeated(results: Sequence[Result]) -> Result:
    """Runs of the same cases as one result: a gate passes if it did every time; other figures are of the first run."""
    first = results[0]
    if len(results) == 1:
        return first
    cases = tuple(_case(runs) for runs in zip(*(result.cases for result in results), strict=True))
    margins = {figure.name: figure.margin for figure in first.figures}
    rest = [figure for figure in first.figures if figure.name != PASSED]
    return first.model_copy(
        update={
            "repeat": len(results),
            "cases": cases,
            "figures": (*passing(cases, repeat=len(results), margin=margins.get(PASSED)), *rest),
            "hard": {name: sum(result.hard[name] for result in results) for name in first.hard},
            "gates": tuple(_gate(gates) for gates in zip(*(result.gates for result in results), strict=True)),
        }
    )


def _case(runs: Sequence[CaseResult]) -> CaseResult:
    shown = next((run for run in runs if not run.passed), runs[0])
    failed = dict.fromkeys(name for run in runs for name in run.failed)
    return shown.model_copy(
        update={"runs": len(runs), "passes": sum(run.passes for run in runs), "failed": tuple(failed)}
    )


def _gate(gates: Sequence[GateResult]) -> GateResult:
    return next((gate for gate in gates if not gate.passed), gates[0])

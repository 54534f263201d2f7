"""The suite `calibration`: the promises of measured confidence, put to the test where the truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, Protocol, TypeVar

from evals.figure import Figure, share
from evals.result import CaseResult, Result, hard_gates

SUITE: Final = "calibration"
RUNS: Final = 1000
AT_MOST: Final = 0.05
"""In so many runs the realised error may lie above the target."""
DECISIONS: Final = (1500, 6000)
TARGET_BPS: Final = 100
SEED: Final = 20264
BEGINS: Final = (0, 1000)
"""A drift is planted after so many good reviews."""

CurveT = TypeVar("CurveT", contravariant=True)


class Simulated(Protocol):
    """What came of calibrating so many organisations."""

    @property
    def runs(self) -> int: ...
    @property
    def opened(self) -> int: ...
    @property
    def exceeded(self) -> int: ...
    @property
    def mean_share(self) -> float: ...
    @property
    def mean_error(self) -> float: ...


class Simulate(Protocol[CurveT]):
    """Calibrates `runs` organisations with so many reviewed decisions, by the very functions that calibrate."""

    def __call__(self, curve: CurveT, *, decisions: int, target_bps: int, runs: int, seed: int) -> Simulated: ...


class Closed(Protocol):
    """After how many blind reviews each run's gate closes; more than `reviews` where it never does."""

    def __call__(
        self, *, target_bps: int, good: int, good_error: float, bad_error: float, reviews: int, runs: int, seed: int
    ) -> Iterable[int]: ...


def run_calibration(
    simulate: Simulate[CurveT],
    curves: Mapping[str, CurveT],
    closed: Closed,
    drifts: Sequence[tuple[float, int]],
    *,
    runs: int = RUNS,
) -> Result:
    """Each curve with few and with many decisions, then each drift of (error, reviews within which it is found)."""
    cases: list[CaseResult] = []
    figures: list[Figure] = []
    for name, curve in curves.items():
        for decisions in DECISIONS:
            found = simulate(curve, decisions=decisions, target_bps=TARGET_BPS, runs=runs, seed=SEED)
            label = f"{name}, {decisions} decisions"
            cases.append(_bound(label, found))
            figures.append(share(f"{label}: above the target", found.exceeded, found.runs, better="lower", margin=0.01))
            figures.append(Figure(name=f"{label}: automatic", value=found.mean_share, samples=found.opened))
    for (error, reviews), good in product(drifts, BEGINS):
        last = good + reviews
        counts = closed(
            target_bps=TARGET_BPS, good=good, good_error=0.0, bad_error=error, reviews=last, runs=runs, seed=SEED
        )
        in_time = sum(int(count) <= last for count in counts)
        label = f"drift to {100 * error:g} % after {good} reviews, within {reviews}"
        cases.append(_found(label, in_time, runs))
        figures.append(share(f"{label}: found", in_time, runs, margin=0.01))
    hard = {"promises that do not hold": sum(not case.passed for case in cases)}
    return Result(
        suite=SUITE,
        dataset=f"{runs} simulated organisations a case",
        cases=tuple(cases),
        figures=tuple(figures),
        hard=hard,
        gates=hard_gates(hard),
    )


def _bound(label: str, found: Simulated) -> CaseResult:
    holds = found.runs > 0 and found.exceeded <= AT_MOST * found.runs
    return CaseResult(
        name=label,
        group="bound",
        passes=int(holds),
        expected=f"error among automatic decisions above target in at most {100 * AT_MOST:g} % of runs",
        got=f"{found.exceeded} of {found.runs}, {found.opened} opened, mean error {100 * found.mean_error:.3f} %",
        failed=() if holds else ("bound",),
    )


def _found(label: str, in_time: int, runs: int) -> CaseResult:
    holds = runs > 0 and in_time >= (1 - AT_MOST) * runs
    return CaseResult(
        name=label,
        group="drift",
        passes=int(holds),
        expected=f"found in time in at least {100 * (1 - AT_MOST):g} % of runs",
        got=f"{in_time} of {runs}",
        failed=() if holds else ("drift",),
    )

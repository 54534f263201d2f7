"""The promises of a calibration, put to the test: many organisations whose true error curve is known.

The very functions that calibrate and that find drift are run on drawn outcomes; only the drawing is simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graphs.calibration.drift import CLOSES_AT, Alternatives, evidence
from graphs.calibration.finding import Splits, found_in
from graphs.calibration.isotonic import rated
from graphs.calibration.outcome import FIT_SHARE, THRESHOLD_SHARE, WHOLE, Level

SHARES: Final = (FIT_SHARE / 100, THRESHOLD_SHARE / 100, 1 - (FIT_SHARE + THRESHOLD_SHARE) / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCurve:
    """The truth about a decision class: at each raw confidence, how frequent it is and how often it is wrong."""

    raw_bps: tuple[int, ...]
    frequency: tuple[float, ...]
    error: tuple[float, ...]

    def above(self, letting_through: Sequence[bool]) -> tuple[float, float]:
        """The share of decisions that are let through, and the error among them."""
        weights = np.array(self.frequency) * np.array(letting_through)
        share = float(weights.sum())
        return share, float((weights * np.array(self.error)).sum() / share) if share else 0.0


LEVELS: Final = tuple(range(500, WHOLE + 1, 500))
CURVES: Final = {
    "informative": ErrorCurve(
        raw_bps=LEVELS,
        frequency=tuple(0.05 for _ in LEVELS),
        error=tuple(min(0.5, 0.4 * ((WHOLE - raw) / WHOLE) ** 2 + 0.002) for raw in LEVELS),
    ),
    "reliable when unanimous": ErrorCurve(
        raw_bps=(2_000, 4_000, 6_000, 8_000, 10_000),
        frequency=(0.03, 0.07, 0.1, 0.2, 0.6),
        error=(0.7, 0.5, 0.25, 0.06, 0.001),
    ),
    "agreement of five": ErrorCurve(
        raw_bps=(2_000, 4_000, 6_000, 8_000, 10_000),
        frequency=(0.03, 0.07, 0.1, 0.2, 0.6),
        error=(0.7, 0.5, 0.25, 0.08, 0.006),
    ),
    "just too bad": ErrorCurve(
        raw_bps=LEVELS, frequency=tuple(0.05 for _ in LEVELS), error=tuple(0.0101 for _ in LEVELS)
    ),
    "overconfident": ErrorCurve(
        raw_bps=LEVELS,
        frequency=tuple(0.05 for _ in LEVELS),
        error=tuple(0.03 if raw >= 9_000 else 0.009 if raw >= 5_000 else 0.02 for raw in LEVELS),
    ),
}
"""Rising, good, usual, hopeless by a hair, and wrong just where it is surest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`opened` of `runs` found a threshold; in `exceeded` the true error among automatic decisions is above target."""

    runs: int
    opened: int
    exceeded: int
    mean_share: float
    mean_error: float


def simulate(curve: ErrorCurve, *, decisions: int, target_bps: int, runs: int, seed: int) -> Simulated:
    """Calibrate `runs` organisations with `decisions` reviewed decisions each, and compare with the truth."""
    return simulate_looks(curve, looks=(decisions,), target_bps=target_bps, runs=runs, seed=seed)


def simulate_looks(curve: ErrorCurve, *, looks: Sequence[int], target_bps: int, runs: int, seed: int) -> Simulated:
    """As `simulate`, but each organisation calibrates again and again as its reviews grow, until its gate opens."""
    random = np.random.default_rng(seed)
    opened, exceeded, shares, errors = 0, 0, 0.0, 0.0
    for _ in range(runs):
        found = _opened(curve, looks, target_bps, random)
        if found is None:
            continue
        share, error = found
        opened, shares, errors = opened + 1, shares + share, errors + error
        exceeded += error > target_bps / WHOLE
    return Simulated(
        runs=runs,
        opened=opened,
        exceeded=exceeded,
        mean_share=shares / opened if opened else 0.0,
        mean_error=errors / opened if opened else 0.0,
    )


def _opened(
    curve: ErrorCurve, looks: Sequence[int], target_bps: int, random: np.random.Generator
) -> tuple[float, float] | None:
    """The true share and error of what one organisation's first proven threshold lets through; None without one."""
    counts = np.zeros((len(SHARES), len(curve.raw_bps)), dtype=np.int64)
    wrongs = counts.copy()
    for before, decisions in pairwise((0, *looks)):
        sizes = random.multinomial(decisions - before, SHARES)
        more = np.array([random.multinomial(size, curve.frequency) for size in sizes])
        counts, wrongs = counts + more, wrongs + random.binomial(more, curve.error)
        fit, threshold, check = (_levels(curve, *split) for split in zip(counts, wrongs, strict=True))
        finding = found_in(Splits(fit=fit, threshold=threshold, check=check), target_bps=target_bps)
        if finding.chosen is not None and finding.proven:
            every = [Level(bps=raw, decided=1, wrong=0) for raw in curve.raw_bps]
            through = [level.bps >= finding.chosen.threshold_bps for level in rated(every, finding.points)]
            return curve.above(through)
    return None


def _levels(curve: ErrorCurve, counts: NDArray[np.int64], wrongs: NDArray[np.int64]) -> tuple[Level, ...]:
    return tuple(
        Level(bps=raw, decided=int(count), wrong=int(wrong))
        for raw, count, wrong in zip(curve.raw_bps, counts, wrongs, strict=True)
        if count
    )


def closed_after(
    *, target_bps: int, good: int, good_error: float, bad_error: float, reviews: int, runs: int, seed: int
) -> NDArray[np.int64]:
    """After how many blind reviews each run's gate closes; `good` of them come before the drift, `reviews` in all.

    A run that is not closed at all has `reviews + 1`.
    """
    random = np.random.default_rng(seed)
    alternatives = Alternatives.to(target_bps)
    sums = np.broadcast_to(alternatives.none, (runs, alternatives.none.size)).copy()
    closed = np.full(runs, reviews + 1)
    for number in range(1, reviews + 1):
        wrong = random.random(runs) < (good_error if number <= good else bad_error)
        sums = alternatives.after(sums, number, wrong)
        reached = (evidence(sums, number) >= CLOSES_AT) & (closed > reviews)
        closed[reached] = number
    return closed

"""Figures of a sample: how sure, how right, how often again, and how far from another run.

Every function is pure and does not depend on the order of what it gets; where nothing can be said it returns None.
Samples of equal confidence are taken together, or the figure would depend on how they happen to lie.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import comb
from statistics import NormalDist
from typing import Final, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from evals.reliability import Judged, lower_bound
from policies.agreement import Pair
from policies.binomial import at_most, upper_bound

BINS: Final = 10
CONFIDENCE: Final = 0.95
ROUNDS: Final = 1000

Interval = tuple[float, float]
SampleT = TypeVar("SampleT")


class TooFewRuns(ValueError):
    """A figure over k runs needs k runs of each case: repeat more often, or ask for fewer."""


class Threshold(BaseModel):
    """The confidence from which answers are accepted, and what that means on the samples it was measured on.

    `upper` is the one-sided Clopper–Pearson bound of the error among the `accepted`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float
    accepted: int
    errors: int
    coverage: float
    upper: float


def equal_mass_error(judged: Sequence[Judged], *, bins: int = BINS) -> float | None:
    """The expected calibration error over bins of equally many samples (Nguyen and O'Connor 2015)."""
    if not judged:
        return None
    error = 0.0
    for _, members in groupby(_by_bin(judged, bins), key=lambda one: one[0]):
        group = [one for _, one in members]
        error += abs(sum(confidence for confidence, _ in group) - sum(right for _, right in group))
    return error / len(judged)


def _by_bin(judged: Sequence[Judged], bins: int) -> Iterator[tuple[int, Judged]]:
    """Each sample with its bin, in order; equal confidences are in one bin, that of their middle."""
    start = 0
    for _, members in groupby(sorted(judged), key=lambda one: one[0]):
        group = list(members)
        place = int(bins * (start + len(group) / 2) / len(judged))
        yield from ((place, one) for one in group)
        start += len(group)


def risk_coverage(judged: Sequence[Judged]) -> tuple[tuple[float, float], ...]:
    """(coverage, error among the accepted) for each confidence that may be the threshold, the surest first."""
    curve: list[tuple[float, float]] = []
    accepted = wrong = 0
    for _, members in groupby(sorted(judged, reverse=True), key=lambda one: one[0]):
        group = list(members)
        accepted += len(group)
        wrong += sum(not right for _, right in group)
        curve.append((accepted / len(judged), wrong / accepted))
    return tuple(curve)


def aurc(judged: Sequence[Judged]) -> float | None:
    """The area under the risk–coverage curve (Geifman and El-Yaniv 2017): 0 is best, the error rate is chance."""
    if not judged:
        return None
    area = before = 0.0
    for coverage, risk in risk_coverage(judged):
        area += (coverage - before) * risk
        before = coverage
    return area


def threshold_at(judged: Sequence[Judged], *, target: float, confidence: float = CONFIDENCE) -> Threshold | None:
    """The lowest threshold whose error is at most `target`, as far as these samples can prove; None where none is.

    The best of many thresholds flatters: what it holds for has to be `checked` on samples it was not chosen on.
    """
    levels = sorted({confidence for confidence, _ in judged})
    for level in levels:
        found = checked(judged, threshold=level, confidence=confidence)
        if found.upper <= target:
            return found
    return None


def checked(judged: Sequence[Judged], *, threshold: float, confidence: float = CONFIDENCE) -> Threshold:
    """What a threshold means on these samples; with nothing accepted its bound is 1."""
    accepted = [right for sure, right in judged if sure >= threshold]
    errors = accepted.count(False)
    return Threshold(
        threshold=threshold,
        accepted=len(accepted),
        errors=errors,
        coverage=len(accepted) / len(judged) if judged else 0.0,
        upper=upper_bound(errors=errors, trials=len(accepted), confidence=confidence),
    )


def pass_every(*, passes: int, runs: int, k: int) -> float:
    """pass^k: the chance that k runs all pass, unbiased from `runs` of which `passes` did. Raises `TooFewRuns`."""
    _enough(runs, k)
    return comb(passes, k) / comb(runs, k)


def pass_any(*, passes: int, runs: int, k: int) -> float:
    """pass@k: the chance that at least one of k runs passes (Chen and others 2021). Raises `TooFewRuns`."""
    _enough(runs, k)
    return 1 - comb(runs - passes, k) / comb(runs, k)


def _enough(runs: int, k: int) -> None:
    if not 1 <= k <= runs:
        raise TooFewRuns(f"k = {k} cannot be told from {runs} runs")


def wilson_interval(*, successes: float, trials: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Wilson's two-sided interval of a share."""
    if not trials:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    low = lower_bound(successes, trials, z=z)
    high = 1 - lower_bound(trials - successes, trials, z=z)
    return max(0.0, low), min(1.0, high)


def bootstrap_interval(
    samples: Sequence[SampleT],
    statistic: Callable[[Sequence[SampleT]], float | None],
    *,
    seed: int,
    rounds: int = ROUNDS,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The percentile interval of a statistic over samples drawn again, the same for the same seed."""
    if not samples:
        return None
    draws = np.random.default_rng(seed).integers(len(samples), size=(rounds, len(samples)))
    found = [statistic([samples[place] for place in draw]) for draw in draws]
    return _percentiles(np.array([one for one in found if one is not None]), confidence)


def ratio_interval(
    parts: Sequence[tuple[float, float]], *, seed: int, rounds: int = ROUNDS, confidence: float = CONFIDENCE
) -> Interval | None:
    """The bootstrap interval of a ratio of sums over clusters, such as (right fields, fields) of each document."""
    if not parts:
        return None
    table = np.array(parts, dtype=float)
    draws = np.random.default_rng(seed).integers(len(parts), size=(rounds, len(parts)))
    sums = table[draws].sum(axis=1)
    kept = sums[sums[:, 1] > 0]
    return _percentiles(kept[:, 0] / kept[:, 1], confidence)


def _percentiles(found: np.ndarray, confidence: float) -> Interval | None:
    if not found.size:
        return None
    rest = 100 * (1 - confidence) / 2
    low, high = np.percentile(found, [rest, 100 - rest])
    return float(low), float(high)


def mcnemar(*, only_before: int, only_now: int) -> float:
    """The exact two-sided p-value of McNemar's test: cases that passed only before, and cases that pass only now."""
    differing = only_before + only_now
    tail = at_most(successes=min(only_before, only_now), trials=differing, probability=0.5)
    return min(1.0, 2 * tail)


def macro_f1(pairs: Sequence[Pair]) -> float | None:
    """The mean F1 over every label that was expected or answered; one that is never right counts 0."""
    if not pairs:
        return None
    expected, answered = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
    right = Counter(one for one, other in pairs if one == other)
    labels = expected.keys() | answered.keys()
    return sum(2 * right[label] / (expected[label] + answered[label]) for label in labels) / len(labels)

"""Exact binomial tails and bounds, beside those of scipy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.binomial import CountsImpossible, at_most, lower_bound, upper_bound

stats: Any = import_module("scipy.stats")

COUNTS = [(0, 1), (0, 299), (3, 300), (17, 40), (39, 40), (40, 40), (250, 5_000), (4_990, 5_000), (60_000, 120_000)]
counted = st.integers(1, 400).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@pytest.mark.parametrize(("successes", "trials"), COUNTS)
@pytest.mark.parametrize("probability", [1e-6, 0.01, 0.3, 0.5, 0.97, 0.999])
def test_the_tail_is_the_exact_one(successes: int, trials: int, probability: float) -> None:
    exact = stats.binom.cdf(successes, trials, probability)
    assert at_most(successes=successes, trials=trials, probability=probability) == pytest.approx(
        exact, rel=1e-8, abs=1e-12
    )


@pytest.mark.parametrize(("errors", "trials"), COUNTS)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_bounds_are_clopper_and_pearsons(errors: int, trials: int, confidence: float) -> None:
    upper = 1.0 if errors == trials else stats.beta.ppf(confidence, errors + 1, trials - errors)
    lower = 0.0 if errors == 0 else stats.beta.ppf(1 - confidence, errors, trials - errors + 1)
    assert upper_bound(errors=errors, trials=trials, confidence=confidence) == pytest.approx(upper, rel=1e-7)
    assert lower_bound(errors=errors, trials=trials, confidence=confidence) == pytest.approx(lower, rel=1e-7, abs=1e-12)


def test_one_percent_with_no_error_needs_299_trials() -> None:
    assert upper_bound(errors=0, trials=298, confidence=0.95) > 0.01
    assert upper_bound(errors=0, trials=299, confidence=0.95) <= 0.01


def test_nothing_tried_proves_nothing() -> None:
    assert upper_bound(errors=0, trials=0, confidence=0.95) == 1
    assert lower_bound(errors=0, trials=0, confidence=0.95) == 0


def test_a_sure_outcome_has_a_sure_tail() -> None:
    assert at_most(successes=3, trials=5, probability=0) == 1
    assert at_most(successes=3, trials=5, probability=1) == 0
    assert at_most(successes=5, trials=5, probability=1) == 1


@pytest.mark.parametrize(
    ("successes", "trials", "share"), [(-1, 3, 0.5), (4, 3, 0.5), (1, 3, 1.5), (1, 3, float("nan"))]
)
def test_impossible_counts_are_refused(successes: int, trials: int, share: float) -> None:
    with pytest.raises(CountsImpossible, match="cannot be"):
        at_most(successes=successes, trials=trials, probability=share)
    with pytest.raises(CountsImpossible, match="cannot be"):
        upper_bound(errors=successes, trials=trials, confidence=share)


@settings(max_examples=60, deadline=None)
@given(counted)
def test_the_bounds_enclose_the_share_and_tighten_with_the_trials(counts: tuple[int, int]) -> None:
    errors, trials = counts
    lower = lower_bound(errors=errors, trials=trials, confidence=0.95)
    upper = upper_bound(errors=errors, trials=trials, confidence=0.95)
    assert 0 <= lower <= errors / trials <= upper <= 1
    assert upper_bound(errors=errors, trials=trials + 1, confidence=0.95) <= upper
    assert upper_bound(errors=errors, trials=trials, confidence=0.99) >= upper

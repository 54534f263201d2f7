"""The figures of evaluation, beside scikit-learn's and scipy's, and the laws that hold for them."""

from __future__ import annotations

from importlib import import_module
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.metrics import (
    TooFewRuns,
    aurc,
    bootstrap_interval,
    checked,
    equal_mass_error,
    macro_f1,
    mcnemar,
    pass_any,
    pass_every,
    ratio_interval,
    risk_coverage,
    threshold_at,
    wilson_interval,
)
from evals.reliability import Judged, brier
from policies.agreement import cohen_kappa

metrics: Any = import_module("sklearn.metrics")
calibration: Any = import_module("sklearn.calibration")
stats: Any = import_module("scipy.stats")

some_judged = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9, 0.95, 1.0]), st.booleans()), min_size=1)
some_pairs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=60)


def drawn(count: int, seed: int = 5) -> list[Judged]:
    """Confidences that differ, right about as often as they say squared."""
    rng = np.random.default_rng(seed)
    return [(float(sure), bool(rng.random() < sure**2)) for sure in rng.random(count)]


def test_the_calibration_error_is_that_of_bins_of_equally_many() -> None:
    judged = drawn(1000)
    right, sure = calibration.calibration_curve(
        [right for _, right in judged], [sure for sure, _ in judged], n_bins=10, strategy="quantile"
    )
    assert equal_mass_error(judged) == pytest.approx(float(np.mean(np.abs(right - sure))), abs=1e-12)


def test_confidences_that_are_all_equal_are_one_bin() -> None:
    assert equal_mass_error([(0.75, True)] * 6 + [(0.75, False)] * 2) == 0
    assert equal_mass_error([(0.9, False)] * 10) == pytest.approx(0.9)


def test_the_brier_score_is_scikit_learns() -> None:
    judged = drawn(200)
    expected = metrics.brier_score_loss([right for _, right in judged], [sure for sure, _ in judged])
    assert brier(judged) == pytest.approx(expected)


def test_the_area_is_the_mean_of_the_risks_at_every_coverage() -> None:
    judged = drawn(300)
    wrong = np.cumsum([not right for _, right in sorted(judged, reverse=True)])
    assert aurc(judged) == pytest.approx(float(np.mean(wrong / np.arange(1, 301))))


def test_answers_of_one_confidence_are_accepted_together() -> None:
    assert risk_coverage([(0.9, True), (0.9, False), (0.1, False)]) == ((2 / 3, 0.5), (1.0, 2 / 3))


def test_kappa_and_f1_are_scikit_learns() -> None:
    rng = Random(3)
    pairs = [(rng.choice("abc"), rng.choice("abcd")) for _ in range(400)]
    expected, answered = zip(*pairs, strict=True)
    assert cohen_kappa(pairs) == pytest.approx(metrics.cohen_kappa_score(expected, answered))
    assert macro_f1(pairs) == pytest.approx(metrics.f1_score(expected, answered, average="macro", zero_division=0))


def test_where_chance_agrees_always_there_is_no_kappa() -> None:
    assert cohen_kappa([("a", "a")] * 5) is None


@pytest.mark.parametrize(("before", "now"), [(0, 0), (1, 0), (5, 1), (3, 3), (40, 22)])
def test_mcnemar_is_the_exact_binomial_test(before: int, now: int) -> None:
    expected = stats.binomtest(before, before + now, 0.5).pvalue if before + now else 1.0
    assert mcnemar(only_before=before, only_now=now) == pytest.approx(expected)


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (7, 7), (3, 40), (399, 400)])
def test_the_interval_of_a_share_is_wilsons(successes: int, trials: int) -> None:
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes=successes, trials=trials) == pytest.approx((expected.low, expected.high))


def test_a_threshold_needs_299_answers_without_an_error_for_one_percent() -> None:
    assert threshold_at([(0.9, True)] * 298, target=0.01) is None
    found = threshold_at([(0.9, True)] * 299 + [(0.5, False)], target=0.01)
    assert found is not None
    assert (found.threshold, found.accepted, found.errors, found.coverage) == (0.9, 299, 0, 299 / 300)
    assert found.upper == pytest.approx(0.009969, abs=1e-6)


def test_what_nobody_accepts_is_not_proven() -> None:
    assert checked([(0.2, True)], threshold=0.9).upper == 1
    assert checked([], threshold=0.9).coverage == 0


@pytest.mark.parametrize(("k", "every", "some"), [(1, 0.6, 0.6), (2, 0.3, 0.9), (4, 0.0, 1.0), (5, 0.0, 1.0)])
def test_passes_of_k_runs_are_those_of_all_ways_to_draw_them(k: int, every: float, some: float) -> None:
    assert pass_every(passes=3, runs=5, k=k) == pytest.approx(every)
    assert pass_any(passes=3, runs=5, k=k) == pytest.approx(some)


@pytest.mark.parametrize("k", [0, 6])
def test_more_runs_than_there_were_cannot_be_told(k: int) -> None:
    with pytest.raises(TooFewRuns, match=f"k = {k}"):
        pass_every(passes=1, runs=5, k=k)


def test_a_bootstrap_is_the_same_for_the_same_seed_and_encloses_the_figure() -> None:
    judged = drawn(200)
    low, high = bootstrap_interval(judged, brier, seed=7, rounds=200) or (0, 0)
    assert (low, high) == bootstrap_interval(judged, brier, seed=7, rounds=200)
    assert low < (brier(judged) or 0) < high


def test_clusters_are_drawn_as_a_whole() -> None:
    """Ten documents of ten fields each: as 100 fields they would look surer than they are."""
    clustered = ratio_interval([(10, 10)] * 5 + [(0, 10)] * 5, seed=1) or (0, 1)
    alone = ratio_interval([(1, 1)] * 50 + [(0, 1)] * 50, seed=1) or (0, 1)
    assert clustered[1] - clustered[0] > 2 * (alone[1] - alone[0])


def test_nothing_measured_has_no_figure() -> None:
    assert equal_mass_error([]) is None
    assert aurc([]) is None
    assert cohen_kappa([]) is None
    assert macro_f1([]) is None
    assert wilson_interval(successes=0, trials=0) is None
    assert bootstrap_interval([], brier, seed=1) is None
    assert ratio_interval([], seed=1) is None
    assert threshold_at([], target=0.5) is None


@settings(max_examples=60, deadline=None)
@given(some_judged, st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order(judged: list[Judged], random: Random) -> None:
    mixed = random.sample(judged, len(judged))
    assert equal_mass_error(mixed) == pytest.approx(equal_mass_error(judged))
    assert risk_coverage(mixed) == risk_coverage(judged)
    assert threshold_at(mixed, target=0.3) == threshold_at(judged, target=0.3)


@settings(max_examples=60, deadline=None)
@given(some_judged)
def test_errors_are_shares_and_a_stricter_target_accepts_no_more(judged: list[Judged]) -> None:
    assert 0 <= (equal_mass_error(judged) or 0) <= 1
    assert 0 <= (aurc(judged) or 0) <= 1
    assert risk_coverage(judged)[-1] == (1.0, sum(not right for _, right in judged) / len(judged))
    strict, lenient = threshold_at(judged, target=0.2), threshold_at(judged, target=0.6)
    assert strict is None or (lenient is not None and lenient.accepted >= strict.accepted)


@settings(max_examples=60, deadline=None)
@given(some_pairs)
def test_agreement_is_bounded_and_whole_where_all_agree(pairs: list[tuple[str, str]]) -> None:
    assert -1 <= (cohen_kappa(pairs) or 0) <= 1
    assert 0 <= (macro_f1(pairs) or 0) <= 1
    assert macro_f1([(one, one) for one, _ in pairs]) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12).flatmap(lambda runs: st.tuples(st.just(runs), st.integers(0, runs), st.integers(1, runs))))
def test_passing_again_only_gets_harder_and_passing_once_easier(drawn: tuple[int, int, int]) -> None:
    runs, passes, k = drawn
    assert pass_every(passes=passes, runs=runs, k=k) <= passes / runs + 1e-12
    assert pass_any(passes=passes, runs=runs, k=k) >= passes / runs - 1e-12

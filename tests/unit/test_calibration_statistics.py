"""The statistics of measured confidence: bounds, curve, splits, threshold, check; against libraries and the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.isotonic import IsotonicRegression

from graphs.agents.gate import Gate, Identity
from graphs.calibration.calibration import Calibration, calibrate, curve_over
from graphs.calibration.finding import Splits, checked_on, found_in
from graphs.calibration.isotonic import curve_of, fitted, rated
from graphs.calibration.outcome import WHOLE, Level, Outcome, Split, first_of_each_case, split_of
from graphs.calibration.reliability import reliability_of
from graphs.calibration.sentence import why
from graphs.calibration.simulation import CURVES, simulate, simulate_looks
from graphs.calibration.threshold import candidates, in_sequence, needed_without_error
from policies.binomial import at_most, lower_bound, upper_bound

IDENTITY = Identity(decision_class="gl_coding", class_version=1, model="m", prompt_digest="0" * 64)
ONE_PERCENT = 100
TARGET = 0.01


def level(bps: int, decided: int, wrong: int = 0) -> Level:
    return Level(bps=bps, decided=decided, wrong=wrong)


def outcome(seq: int, *, raw: int = 10_000, right: bool = True, blind: bool = False, case: str = "") -> Outcome:
    return Outcome(seq=seq, case_id=case or f"case-{seq}", raw_bps=raw, right=right, blind=blind)


def levels() -> st.SearchStrategy[list[Level]]:
    one = st.tuples(st.integers(0, WHOLE), st.integers(1, 60), st.floats(0, 1))
    return st.lists(one, min_size=1, max_size=25, unique_by=lambda found: found[0]).map(
        lambda found: [level(bps, decided, int(decided * share)) for bps, decided, share in sorted(found)]
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.0001, 0.9999))
def test_the_bounds_are_those_of_scipy(counts: tuple[int, int], probability: float) -> None:
    errors, trials = counts
    expected = stats.binom.cdf(errors, trials, probability)
    assert at_most(successes=errors, trials=trials, probability=probability) == pytest.approx(expected, abs=1e-9)
    exact = stats.binomtest(errors, trials).proportion_ci(0.9, "exact")  # two-sided: 5 % on either side
    upper = upper_bound(errors=errors, trials=trials, confidence=0.95)
    lower = lower_bound(errors=errors, trials=trials, confidence=0.95)
    assert (lower, upper) == (pytest.approx(exact.low, abs=1e-9), pytest.approx(exact.high, abs=1e-9))


@settings(max_examples=40, deadline=None)
@given(levels())
def test_the_curve_is_the_least_squares_fit_that_never_falls(found: list[Level]) -> None:
    raw, weights = [one.bps for one in found], [one.decided for one in found]
    shares = [(one.decided - one.wrong) / one.decided for one in found]
    expected = IsotonicRegression().fit_transform(raw, shares, sample_weight=weights)
    blocks = fitted(found)
    assert [block.share for block in blocks] == sorted({block.share for block in blocks})
    values = [next(block.share for block in blocks if block.from_bps <= bps <= block.to_bps) for bps in raw]
    np.testing.assert_allclose(values, expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(levels(), st.integers(0, WHOLE), st.integers(0, WHOLE))
def test_a_higher_raw_confidence_is_never_calibrated_lower_and_never_certain(
    found: list[Level], one: int, other: int
) -> None:
    gate = Gate(open=False, why="", points=curve_of(fitted(found)))
    low, high = sorted((one, other))
    assert (gate.calibrated(low) or 0) <= (gate.calibrated(high) or 0) < WHOLE


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, WHOLE)), max_size=40))
def test_the_decisions_of_one_case_are_never_in_two_splits(decisions: list[tuple[str, int]]) -> None:
    found = [outcome(seq, case=case, raw=raw) for seq, (case, raw) in enumerate(decisions)]
    splits = Splits.of(found)
    counts = [sum(one.decided for one in split) for split in (splits.fit, splits.threshold, splits.check)]
    assert counts == [sum(split_of(one.case_id) is split for one in found) for split in Split]


def test_the_splits_take_three_five_and_two_tenths_of_the_cases() -> None:
    found = [split_of(f"case-{number}") for number in range(20_000)]
    shares = [found.count(split) / len(found) for split in Split]
    assert shares == pytest.approx([0.3, 0.5, 0.2], abs=0.01)


def test_one_decision_a_case_counts_and_it_is_the_first() -> None:
    found = [outcome(3, case="a"), outcome(1, case="a", right=False), outcome(2, case="b")]
    assert [(one.seq, one.right) for one in first_of_each_case(found)] == [(1, False), (2, True)]


@pytest.mark.parametrize(("decided", "proven"), [(298, False), (299, True), (300, True)])
def test_without_error_299_decisions_prove_one_percent(decided: int, proven: bool) -> None:
    [candidate] = in_sequence([9_000], [level(9_500, decided)], target_bps=ONE_PERCENT)
    assert (candidate.decided, candidate.proven) == (decided, proven)
    assert needed_without_error(ONE_PERCENT) == 299


@pytest.mark.parametrize(("decided", "proven"), [(472, False), (473, True)])
def test_with_one_error_473_decisions_prove_one_percent(decided: int, proven: bool) -> None:
    [candidate] = in_sequence([9_000], [level(9_500, decided, 1)], target_bps=ONE_PERCENT)
    assert candidate.proven is proven


def test_too_little_data_proves_nothing_and_says_how_much_there_is() -> None:
    splits = Splits(fit=[level(10_000, 130)], threshold=[level(10_000, 212)], check=[level(10_000, 80)])
    finding = found_in(splits, target_bps=ONE_PERCENT)
    assert not finding.proven
    assert why(finding, target_bps=ONE_PERCENT) == (
        "212 reviewed decisions above the strictest candidate; "
        "with no error 299 are needed for at most 1 % wrong at 95 %"
    )


def test_testing_goes_down_and_stops_at_the_first_that_is_not_proven() -> None:
    found = [level(9_000, 100, 50), level(9_500, 100, 60), level(9_900, 600)]
    tests = in_sequence([9_900, 9_500, 9_000], found, target_bps=ONE_PERCENT)
    assert [(one.threshold_bps, one.proven) for one in tests] == [(9_900, True), (9_500, False)]


def test_a_lower_candidate_counts_for_nothing_once_a_stricter_one_failed() -> None:
    found = [level(9_000, 3_000), level(9_900, 300, 9)]
    tests = in_sequence([9_900, 9_000], found, target_bps=ONE_PERCENT)
    assert [one.proven for one in tests] == [False]
    assert [one.proven for one in in_sequence([9_000], found, target_bps=ONE_PERCENT)] == [True]


def test_candidates_come_from_the_fit_split_alone_and_begin_where_enough_is_let_through() -> None:
    fit = [level(8_000, 100, 40), level(9_800, 180, 0), level(9_990, 5, 0)]
    assert candidates(fit, target_bps=ONE_PERCENT, expected=475) == (9_800, 8_000)
    assert candidates(fit, target_bps=ONE_PERCENT, expected=0) == ()
    assert candidates([], target_bps=ONE_PERCENT, expected=475) == ()


@pytest.mark.parametrize(("wrong", "held"), [(0, True), (3, True), (4, False)])
def test_a_threshold_that_the_check_split_contradicts_is_not_used(wrong: int, held: bool) -> None:
    checked = checked_on([level(9_900, 120, wrong)], 9_900, target_bps=ONE_PERCENT)
    assert checked.held is held
    splits = Splits(fit=[level(10_000, 300)], threshold=[level(10_000, 500)], check=[level(10_000, 120, wrong)])
    finding = found_in(splits, target_bps=ONE_PERCENT)
    assert finding.proven is held
    assert ("does not hold on the check split" in why(finding, target_bps=ONE_PERCENT)) is not held


def enough(**change: bool) -> list[Outcome]:
    return [replace(outcome(seq, blind=seq % 50 == 0), **change) for seq in range(1, 801)]  # type: ignore[arg-type]


def test_a_calibration_says_what_it_was_made_of_and_stands_without_floats() -> None:
    made = calibrate(enough(), IDENTITY, target_bps=ONE_PERCENT)
    assert made.proven
    assert made.counts.fit + made.counts.threshold + made.counts.check == made.counts.cases == 800
    assert (made.counts.blind, made.counts.blind_wrong, made.automatic_bps) == (16, 0, WHOLE)
    assert made.why == f"0 of {made.counts.threshold} reviewed decisions above the threshold are wrong: " + (
        "at most 1 % wrong at 95 % is proven"
    )
    stored = made.model_dump_json()
    assert "." not in stored.replace(made.why, "")
    assert Calibration.model_validate_json(stored) == made
    assert Calibration.model_validate_json(stored).digest == made.digest


def test_the_order_of_outcomes_changes_nothing() -> None:
    found = [replace(one, right=one.seq % 90 != 0, raw_bps=5_000 + one.seq * 6) for one in enough()]
    assert calibrate(reversed(found), IDENTITY, target_bps=ONE_PERCENT) == calibrate(
        found, IDENTITY, target_bps=ONE_PERCENT
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([], "no reviewed decisions to learn from; with no error 299 are needed"),
        (enough(right=False), "above the strictest candidate are wrong: that does not prove at most 1 % wrong at 95 %"),
    ],
)
def test_what_proves_nothing_opens_nothing(found: list[Outcome], told: str) -> None:
    made = calibrate(found, IDENTITY, target_bps=ONE_PERCENT)
    assert (made.proven, made.threshold_bps, told in made.why) == (False, None, True)


def test_reliability_is_measured_on_decisions_at_their_calibrated_confidence() -> None:
    found = reliability_of(rated([level(10_000, 80, 8), level(2_000, 20, 10)], ((0, 5_000), (9_000, 8_000))))
    assert found is not None
    assert (found.error_bps, found.brier_millionths) == (800, 130_000)


@pytest.mark.parametrize("name", CURVES)
def test_the_realised_error_is_within_the_bound_in_95_of_100_runs(name: str) -> None:
    found = simulate(CURVES[name], decisions=3_000, target_bps=ONE_PERCENT, runs=1_000, seed=3_000)
    assert found.exceeded <= 0.05 * found.runs


def test_a_class_that_is_good_enough_does_open() -> None:
    found = simulate(CURVES["reliable when unanimous"], decisions=2_500, target_bps=ONE_PERCENT, runs=100, seed=1)
    assert found.opened >= 0.8 * found.runs
    assert found.mean_error <= TARGET


def test_looking_again_whenever_the_reviews_have_doubled_errs_in_at_most_a_tenth_of_the_worst_case() -> None:
    looks = (700, 1_400, 2_800, 5_600)
    found = simulate_looks(CURVES["just too bad"], looks=looks, target_bps=ONE_PERCENT, runs=500, seed=3)
    assert 0.05 * found.runs < found.exceeded <= 0.1 * found.runs


def test_an_open_gate_that_lets_few_be_reviewed_does_not_hide_how_many_there_are() -> None:
    """2 % of the sure ones are reviewed, and all of the unsure ones: the shares are those of all decisions."""
    sure = [outcome(seq) for seq in range(800)]
    unsure = [outcome(seq, raw=4_000, right=seq % 2 == 0) for seq in range(800, 1_600)]
    traffic = [level(4_000, 800), level(10_000, 40_000)]
    made = calibrate([*sure, *unsure], IDENTITY, target_bps=ONE_PERCENT, traffic=traffic)
    seen = calibrate([*sure, *unsure], IDENTITY, target_bps=ONE_PERCENT)
    assert (made.threshold_bps, made.automatic_bps) == (seen.threshold_bps, 9_803)
    assert seen.automatic_bps == pytest.approx(5_000, abs=200)
    assert [(one.automatic_bps, one.wrong_bps // 10) for one in made.curve] == [(9_803, 0), (10_000, 9)]


def test_what_was_never_reviewed_counts_as_wrong_in_the_curve() -> None:
    [sure, both] = curve_over([level(9_000, 10, 1)], [level(9_000, 100), level(2_000, 300)])
    assert (sure.wrong_bps, both.wrong_bps) == (1_000, 7_750)

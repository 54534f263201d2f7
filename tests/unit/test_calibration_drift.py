"""Drift: it is found within the stated number of blind reviews, and next to never where there is none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from graphs.calibration.coverage import WINDOW, DayTally, coverage_of
from graphs.calibration.drift import FOUND_WITHIN, drift_in
from graphs.calibration.outcome import WHOLE
from graphs.calibration.simulation import closed_after

ONE_PERCENT = 100
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize("good", [0, 1_000])
@pytest.mark.parametrize(("error_bps", "within"), FOUND_WITHIN.items())
def test_a_planted_drift_closes_the_gate_within_the_stated_number_of_reviews(
    good: int, error_bps: int, within: int
) -> None:
    closed = closed_after(
        target_bps=ONE_PERCENT,
        good=good,
        good_error=0.004,
        bad_error=error_bps / WHOLE,
        reviews=good + within,
        runs=1_000,
        seed=good + error_bps,
    )
    assert np.mean(closed <= good + within) >= 0.95


def test_without_drift_the_gate_stays_open_in_95_of_100_runs_however_often_it_is_looked_at() -> None:
    closed = closed_after(
        target_bps=ONE_PERCENT, good=0, good_error=0, bad_error=0.01, reviews=3_000, runs=1_000, seed=7
    )
    assert np.mean(closed <= 3_000) <= 0.05


def test_reviews_that_find_nothing_wrong_are_never_drift() -> None:
    found = drift_in([False] * 5_000, target_bps=ONE_PERCENT)
    assert (found.reviews, found.wrong, found.found, found.evidence_hundredths) == (5_000, 0, False, 100)


def test_drift_is_found_where_it_is_reached_and_later_reviews_take_nothing_back() -> None:
    reviews = [False] * 20 + [True] * 6 + [False] * 500
    found = drift_in(reviews, target_bps=ONE_PERCENT)
    assert found.found
    assert found.reviews <= 26
    assert found.evidence_hundredths >= 2_000


@pytest.mark.parametrize("target_bps", [1, 100, 5_000, 9_000])
def test_every_target_has_alternatives_that_can_be_found(target_bps: int) -> None:
    assert drift_in([True] * 5_000, target_bps=target_bps).found


def days(*counts: tuple[int, int]) -> list[DayTally]:
    """(above, below) the threshold of one day after the other."""
    return [
        DayTally(day=MONDAY + timedelta(days=number), raw_bps=raw, decided=decided)
        for number, pair in enumerate(counts)
        for raw, decided in zip((10_000, 6_000), pair, strict=True)
    ]


@pytest.mark.parametrize(
    ("counts", "far"),
    [
        ([(180, 120)], False),
        ([(80, 220)], True),
        ([(280, 20)], True),
        ([(80, WINDOW - 81)], False),  # one decision too few to say anything
        ([(600, 400), (80, 220)], True),  # old days do not hide the newest
        ([(80, 220), (600, 400)], False),
        ([], False),
    ],
)
def test_a_share_far_from_the_calibrations_is_drift_too(counts: list[tuple[int, int]], far: bool) -> None:
    found = coverage_of(days(*counts), ((0, 5_000), (9_000, 9_900)), threshold_bps=9_900, calibrated_bps=6_000)
    assert found.far is far

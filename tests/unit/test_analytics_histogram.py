"""Lengths in buckets: each length has one, and quantiles are near the true ones."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.analytics.histogram import LAST, bucket_of, edges_of, quantile


@given(st.integers(1, 2**38))
def test_a_length_lies_in_its_bucket(length: int) -> None:
    low, high = edges_of(bucket_of(length))
    assert low * (1 - 1e-9) <= length <= high * (1 + 1e-9)


def test_below_a_millisecond_and_beyond_thirty_years_there_is_one_bucket() -> None:
    assert (bucket_of(0), bucket_of(1), bucket_of(2**60)) == (0, 1, LAST)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.sampled_from((0.5, 0.9)))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(lengths: list[int], share: float) -> None:
    found = quantile(Counter(map(bucket_of, lengths)), share)
    true = sorted(lengths)[max(0, -(-int(share * 1000) * len(lengths) // 1000) - 1)]
    low, high = edges_of(bucket_of(true))
    assert found is not None
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


def test_merged_histograms_are_the_histogram_of_all() -> None:
    one, other = [5, 70, 900], [6, 6, 80_000]
    merged = Counter(map(bucket_of, one)) + Counter(map(bucket_of, other))
    assert quantile(merged, 0.5) == quantile(Counter(map(bucket_of, [*one, *other])), 0.5)


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (1.0, 2 ** (1 / 2))])
def test_within_a_bucket_lengths_are_spread_evenly(share: float, expected: float) -> None:
    assert quantile({1: 4}, share) == pytest.approx(expected)

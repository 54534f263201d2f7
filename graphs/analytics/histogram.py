"""Lengths of time as a mergeable histogram: a quantile lies in the bucket of the true one, and buckets are narrow."""

from __future__ import annotations

import math
from collections.abc import Mapping

STEPS = 2
"""Buckets to a doubling: each is 41 % wider than the one below; finer ones make a window of days more to read."""
LAST = 80
"""The bucket of everything that is longer than 30 years."""


def bucket_of(milliseconds: int) -> int:
    """The bucket of a length: 0 below a millisecond."""
    if milliseconds < 1:
        return 0
    return min(LAST, 1 + int(math.log2(milliseconds) * STEPS + 1e-9))


def edges_of(bucket: int) -> tuple[float, float]:
    """From where to where a bucket reaches, in milliseconds."""
    if bucket <= 0:
        return 0.0, 1.0
    return float(2 ** ((bucket - 1) / STEPS)), float(2 ** (bucket / STEPS))


def quantile(buckets: Mapping[int, int], share: float) -> float | None:
    """The length, in milliseconds, that this share of all stays below; None where there are none.

    Within a bucket lengths are taken as spread evenly.
    """
    whole = sum(buckets.values())
    if whole == 0:
        return None
    wanted, before = share * whole, 0
    for bucket in sorted(buckets):
        if before + buckets[bucket] >= wanted:
            low, high = edges_of(bucket)
            return low + (high - low) * max(0.0, wanted - before) / buckets[bucket]
        before += buckets[bucket]
    return edges_of(max(buckets))[1]

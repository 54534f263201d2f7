"""How long things last, learned from some that are over and some that are not.

What is not over yet is not left out: it lasted at least as long as it was seen (Kaplan and Meier 1958). Left out, the
slow ones would be missing, and every estimate too good.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import NamedTuple


class Lasted(NamedTuple):
    """Something that took so many seconds, or is not over after them."""

    seconds: float
    over: bool


def chance_beyond(observed: Sequence[Lasted], seconds: float) -> float:
    """The chance that one like these takes longer than `seconds`; 1 where nothing was over by then.

    Behind the last that was seen the estimate stays what it was there.
    """
    at_risk, chance = len(observed), 1.0
    for _, not_over in sorted((one.seconds, not one.over) for one in observed if one.seconds <= seconds):
        if not not_over:
            chance *= 1 - 1 / at_risk
        at_risk -= 1
    return chance


def mean_seconds(observed: Sequence[Lasted]) -> float | None:
    """How long one like these takes on average, were its end equally likely at any time; None where none is over.

    All time that was seen, over all ends that were seen: the estimate for an exponential law.
    """
    ends = sum(one.over for one in observed)
    return sum(max(0.0, one.seconds) for one in observed) / ends if ends else None


def memoryless(mean: float, seconds: float) -> float:
    """The chance that something of that mean takes longer than `seconds`, whatever it took already."""
    if seconds <= 0:
        return 1.0
    return exp(-seconds / mean) if mean > 0 else 0.0

"""Exact binomial tails and Clopper–Pearson bounds: what so many errors in so many trials prove, and no more.

Bounds are one-sided: at a confidence of 0.95 the truth lies beyond one of them one time in twenty. 0 errors prove an
error of at most 1 % with 95 % confidence from 299 trials on.
"""

from __future__ import annotations

from math import exp, fsum, inf, lgamma, log, log1p
from typing import Final

_STEPS: Final = 60
"""Halvings of [0, 1]: the bounds are exact to the last digits of a float."""
_NEGLIGIBLE: Final = 45.0
"""A term this far (in natural logarithms) below the largest adds less than a float can tell."""


class CountsImpossible(ValueError):
    """The counts or the probability cannot be: give 0 <= successes <= trials and a probability from 0 to 1."""


def at_most(*, successes: int, trials: int, probability: float) -> float:
    """P(X ≤ successes) of X ~ Binomial(trials, probability). Raises `CountsImpossible`."""
    _check(successes, trials, probability)
    if successes == trials or probability == 0:
        return 1.0
    if probability == 1:
        return 0.0
    if successes < trials * probability:
        return min(1.0, _tail(range(successes, -1, -1), trials, probability))
    return max(0.0, 1.0 - _tail(range(successes + 1, trials + 1), trials, probability))


def upper_bound(*, errors: int, trials: int, confidence: float) -> float:
    """The largest error rate that `errors` in `trials` does not rule out; 1 where nothing was tried."""
    _check(errors, trials, confidence)
    if errors == trials:
        return 1.0
    low, high = errors / trials, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if at_most(successes=errors, trials=trials, probability=middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(*, errors: int, trials: int, confidence: float) -> float:
    """The smallest error rate that `errors` in `trials` does not rule out; 0 where nothing was tried."""
    return 1.0 - upper_bound(errors=trials - errors, trials=trials, confidence=confidence)


def _check(successes: int, trials: int, share: float) -> None:
    if not (0 <= successes <= trials and 0 <= share <= 1):
        raise CountsImpossible(f"{successes} of {trials} at {share} cannot be")


def _tail(outcomes: range, trials: int, probability: float) -> float:
    """The probability of these outcomes, which lead away from the mean: each is less likely than the one before."""
    sure, unsure = log(probability), log1p(-probability)
    terms: list[float] = []
    largest = -inf
    for outcome in outcomes:
        ways = lgamma(trials + 1) - lgamma(outcome + 1) - lgamma(trials - outcome + 1)
        term = ways + outcome * sure + (trials - outcome) * unsure
        largest = max(largest, term)
        if term < largest - _NEGLIGIBLE:
            break
        terms.append(exp(term))
    return fsum(terms)

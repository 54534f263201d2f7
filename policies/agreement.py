"""Agreement of two people who judged the same: Cohen's κ, and how far so few pairs can be from the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Pair = tuple[Hashable, Hashable]
"""What the one said, and what the other said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """κ with its interval; both None where chance alone would agree always."""

    pairs: int
    agreed: int
    kappa: float | None
    interval: tuple[float, float] | None


def cohen_kappa(pairs: Sequence[Pair]) -> float | None:
    """Agreement beyond chance (Cohen 1960); None where chance alone would agree always."""
    if not pairs:
        return None
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    chance = sum(count * second[label] for label, count in first.items()) / len(pairs) ** 2
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def agreement(pairs: Sequence[Pair], *, confidence: float = 0.95) -> Agreement:
    """κ with the interval of its large-sample standard error (Fleiss, Cohen and Everitt 1969).

    Where all pairs agree that error is 0 and says nothing, so there is no interval.
    """
    agreed = sum(one == other for one, other in pairs)
    kappa = cohen_kappa(pairs)
    if kappa is None or agreed == len(pairs):
        return Agreement(pairs=len(pairs), agreed=agreed, kappa=kappa, interval=None)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * _standard_error(pairs, kappa)
    interval = (max(-1.0, kappa - reach), min(1.0, kappa + reach))
    return Agreement(pairs=len(pairs), agreed=agreed, kappa=kappa, interval=interval)


def _standard_error(pairs: Sequence[Pair], kappa: float) -> float:
    total = len(pairs)
    cells = {pair: count / total for pair, count in Counter(pairs).items()}
    first = {label: count / total for label, count in Counter(one for one, _ in pairs).items()}
    second = {label: count / total for label, count in Counter(other for _, other in pairs).items()}
    chance = sum(share * second.get(label, 0.0) for label, share in first.items())
    same = sum(
        share * (1 - (first.get(one, 0.0) + second.get(one, 0.0)) * (1 - kappa)) ** 2
        for (one, other), share in cells.items()
        if one == other
    )
    different = (1 - kappa) ** 2 * sum(
        share * (second.get(one, 0.0) + first.get(other, 0.0)) ** 2
        for (one, other), share in cells.items()
        if one != other
    )
    variance = same + different - (kappa - chance * (1 - kappa)) ** 2
    return sqrt(max(0.0, variance) / total) / (1 - chance)

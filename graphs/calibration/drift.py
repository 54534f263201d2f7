"""Drift: whether blind reviews since the calibration speak against its promise.

A sequential test that may be looked at after every review. For each alternative error and each review at which a
drift may have begun it multiplies the likelihood ratios from there on; their weighted sum is an e-process: as long as
the error is at most the target, the chance that it ever reaches 20 is at most 1 in 20 (Ville). Weights over beginnings
keep a long good time from hiding a later drift (Shin, Ramdas, Rinaldo: "E-detectors").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from graphs.calibration.outcome import WHOLE
from graphs.calibration.threshold import LEVEL

CLOSES_AT: Final = 1 / LEVEL
TIMES: Final = (2, 4, 8, 16, 32)
"""The errors that are looked for, as multiples of the target."""
HIGHEST: Final = 0.9
FOUND_WITHIN: Final = {500: 700, 1_000: 230, 2_000: 90, 5_000: 25}
"""With a target of 1 %: the error that began (basis points), and the blind reviews within which 95 % of such drifts
close the gate, wherever in the first 1,000 reviews they begin. Measured by `graphs.calibration.simulation`."""
_ENOUGH: Final = 1e12
"""Evidence is not counted beyond this: lowering it breaks no promise, and no sum grows without end."""

Sums = NDArray[np.float64]
"""One sum for each alternative, in the last axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """What one review says for each alternative error, against the target."""

    if_right: Sums
    if_wrong: Sums

    @classmethod
    def to(cls, target_bps: int) -> Alternatives:
        """The alternatives to an error of at most the target."""
        target = target_bps / WHOLE
        errors = np.array([min(times * target, max(HIGHEST, (1 + target) / 2)) for times in TIMES])
        return cls(if_right=(1 - errors) / (1 - target), if_wrong=errors / target)

    @property
    def none(self) -> Sums:
        """The sums before the first review."""
        return np.zeros(len(TIMES))

    def after(self, sums: Sums, reviews: int, wrong: Any) -> Sums:
        """The sums after review number `reviews` (from 1), which found `wrong`; for one or for many runs at once."""
        ratio = np.where(np.asarray(wrong)[..., None], self.if_wrong, self.if_right)
        beginning = 1 / (reviews * (reviews + 1))
        return np.minimum((sums + beginning) * ratio, _ENOUGH)


def evidence(sums: Sums, reviews: int) -> Any:
    """The e-value: the mean over the alternatives, and the weight of all beginnings that are still to come."""
    return sums.mean(axis=-1) + 1 / (reviews + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """After so many blind reviews: the highest evidence so far, in hundredths; `found` once it has reached 20."""

    reviews: int
    wrong: int
    evidence_hundredths: int
    found: bool


def drift_in(blind_wrong: Iterable[bool], *, target_bps: int) -> Drift:
    """What blind reviews, in the order they were given, say against an error of at most the target."""
    alternatives = Alternatives.to(target_bps)
    sums, highest, reviews, wrong = alternatives.none, 1.0, 0, 0
    for was_wrong in blind_wrong:
        reviews, wrong = reviews + 1, wrong + was_wrong
        sums = alternatives.after(sums, reviews, was_wrong)
        highest = max(highest, float(evidence(sums, reviews)))
        if highest >= CLOSES_AT:
            break
    return Drift(reviews=reviews, wrong=wrong, evidence_hundredths=int(highest * 100), found=highest >= CLOSES_AT)

"""How far confidences can be believed: calibration error, Brier score, and how much may go unseen by people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

from pydantic import BaseModel, ConfigDict

from tools.document.confidence_model import Bin

BINS: Final = 10
RIGHT_ENOUGH: Final = 0.99

Judged = tuple[float, bool]
"""A confidence, and whether the value was right."""


class Coverage(BaseModel):
    """The largest share that may be accepted automatically with at least `RIGHT_ENOUGH` of it right.

    `threshold` is the confidence that accepts it, None where not even the surest suffice; `right` is the share
    right among the accepted, `lower` its one-sided 95 % bound, below which the truth lies one time in twenty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: float
    threshold: float | None
    accepted: int
    right: float | None
    lower: float | None


def bins(judged: Iterable[Judged]) -> tuple[Bin, ...]:
    """The samples by tenths of confidence; empty tenths are left out."""
    tenths: list[list[Judged]] = [[] for _ in range(BINS)]
    for confidence, right in judged:
        tenths[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return tuple(
        Bin(
            samples=len(tenth),
            confidence=sum(confidence for confidence, _ in tenth) / len(tenth),
            right=sum(right for _, right in tenth) / len(tenth),
        )
        for tenth in tenths
        if tenth
    )


def calibration_error(judged: Sequence[Judged]) -> float | None:
    """The expected calibration error over ten bins of equal width, None without a sample."""
    if not judged:
        return None
    return sum(one.samples * abs(one.confidence - one.right) for one in bins(judged)) / len(judged)


def brier(judged: Sequence[Judged]) -> float | None:
    """The mean squared error of the confidences, None without a sample."""
    if not judged:
        return None
    return sum((confidence - right) ** 2 for confidence, right in judged) / len(judged)


def coverage(judged: Sequence[Judged]) -> Coverage:
    """The risk-coverage trade at `RIGHT_ENOUGH`; samples of equal confidence are accepted together."""
    best = Coverage(share=0.0, threshold=None, accepted=0, right=None, lower=None)
    ordered = sorted(judged, key=lambda one: -one[0])
    right = 0
    for count, (confidence, was_right) in enumerate(ordered, 1):
        right += was_right
        last_of_its_confidence = count == len(ordered) or ordered[count][0] < confidence
        if last_of_its_confidence and right >= RIGHT_ENOUGH * count:
            best = Coverage(
                share=count / len(ordered),
                threshold=confidence,
                accepted=count,
                right=right / count,
                lower=lower_bound(right, count),
            )
    return best


def lower_bound(right: float, count: int, *, z: float = 1.645) -> float:
    """Wilson's lower bound of a share, one-sided at 95 %."""
    share = right / count
    centre = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (centre - spread) / (1 + z * z / count)

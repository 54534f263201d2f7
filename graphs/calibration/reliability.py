"""How good calibrated confidences are on decisions that had no part in them, in whole basis points and millionths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from graphs.calibration.outcome import WHOLE, Level, decided

MILLION: Final = 1_000_000


class ReliabilityLevel(BaseModel):
    """Decisions of one calibrated confidence, and how many were right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confidence_bps: int
    decided: int
    right: int


class Reliability(BaseModel):
    """`error_bps` is the expected calibration error over the levels; `brier_millionths` the mean squared error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[ReliabilityLevel, ...]
    error_bps: int
    brier_millionths: int


def reliability_of(rated: Sequence[Level]) -> Reliability | None:
    """The figures of decisions at their calibrated confidences; None where there are none."""
    total = decided(rated)
    if not total:
        return None
    counts: dict[int, tuple[int, int]] = {}
    for level in rated:
        before = counts.get(level.bps, (0, 0))
        counts[level.bps] = (before[0] + level.decided, before[1] + level.decided - level.wrong)
    off = sum(abs(right * WHOLE - count * bps) for bps, (count, right) in counts.items())
    squares = sum(right * (WHOLE - bps) ** 2 + (count - right) * bps**2 for bps, (count, right) in counts.items())
    return Reliability(
        levels=tuple(
            ReliabilityLevel(confidence_bps=bps, decided=count, right=right)
            for bps, (count, right) in sorted(counts.items())
        ),
        error_bps=round(off / total),
        brier_millionths=round(squares * MILLION / (total * WHOLE**2)),
    )

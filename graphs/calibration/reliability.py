"""How good calibrated confidences are on decisions that had no part in them, in whole basis points and millionths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from graphs.calibration.outcome import WHOLE, Level, decided, merged

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
    levels = merged(rated)
    off = sum(abs((one.decided - one.wrong) * WHOLE - one.decided * one.bps) for one in levels)
    squares = sum((one.decided - one.wrong) * (WHOLE - one.bps) ** 2 + one.wrong * one.bps**2 for one in levels)
    return Reliability(
        levels=tuple(
            ReliabilityLevel(confidence_bps=one.bps, decided=one.decided, right=one.decided - one.wrong)
            for one in levels
        ),
        error_bps=round(off / total),
        brier_millionths=round(squares * MILLION / (total * WHOLE**2)),
    )

"""Coverage: whether about as many decisions are sure enough as were when the threshold was chosen.

Whoever sees many more or many fewer sure answers than before is being asked other questions, and what was measured
on the old ones says little about them. No error has to be known for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from graphs.calibration.outcome import WHOLE
from policies.binomial import lower_bound, upper_bound

WINDOW: Final = 300
"""The newest days that hold at least so many decisions are looked at."""
FAR_BPS: Final = 1_000
SURE: Final = 0.9995
"""On either side, so that chance alone closes next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTally:
    """The decisions of a day under one calibration, at one calibrated confidence."""

    day: date
    confidence_bps: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The share of recent decisions above the threshold; `far` if it is surely 10 points from the calibration's."""

    decided: int
    above: int
    calibrated_bps: int
    far: bool

    @property
    def share_bps(self) -> int:
        """The share above the threshold."""
        return self.above * WHOLE // self.decided if self.decided else 0


def recent(tallies: Iterable[DayTally]) -> list[DayTally]:
    """The tallies of the newest days that together hold a window; all of them where there are fewer decisions."""
    by_day: dict[date, list[DayTally]] = {}
    for tally in tallies:
        by_day.setdefault(tally.day, []).append(tally)
    found: list[DayTally] = []
    for day in sorted(by_day, reverse=True):
        found += by_day[day]
        if sum(tally.decided for tally in found) >= WINDOW:
            break
    return found


def coverage_of(tallies: Iterable[DayTally], *, threshold_bps: int, calibrated_bps: int) -> Coverage:
    """The coverage of the newest decisions beside that of the calibration."""
    window = recent(tallies)
    total = sum(tally.decided for tally in window)
    above = sum(tally.decided for tally in window if tally.confidence_bps >= threshold_bps)
    far = total >= WINDOW and (
        lower_bound(errors=above, trials=total, confidence=SURE) * WHOLE > calibrated_bps + FAR_BPS
        or upper_bound(errors=above, trials=total, confidence=SURE) * WHOLE < calibrated_bps - FAR_BPS
    )
    return Coverage(decided=total, above=above, calibrated_bps=calibrated_bps, far=far)

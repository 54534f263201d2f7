"""Coverage: whether about as many decisions are sure enough as were when the threshold was chosen.

Whoever sees many more or many fewer sure answers than before is being asked other questions, and what was measured
on the old ones says little about them. No error has to be known for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from graphs.calibration.isotonic import Points, rated
from graphs.calibration.outcome import WHOLE, Level, decided, merged
from graphs.calibration.threshold import above
from policies.binomial import lower_bound, upper_bound

WINDOW: Final = 300
"""The newest days that hold at least so many decisions are looked at."""
REFERENCE: Final = 3_000
"""The newest days that hold at least so many decisions are what a calibration is compared with later."""
FAR_BPS: Final = 1_000
SURE: Final = 0.9995
"""On either side, so that chance alone closes next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTally:
    """The decisions of a day at one raw confidence."""

    day: date
    raw_bps: int
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


def recent(tallies: Iterable[DayTally], *, decisions: int) -> list[DayTally]:
    """The tallies of the newest days that together hold so many decisions; all of them where there are fewer."""
    by_day: dict[date, list[DayTally]] = {}
    for tally in tallies:
        by_day.setdefault(tally.day, []).append(tally)
    found: list[DayTally] = []
    for day in sorted(by_day, reverse=True):
        found += by_day[day]
        if sum(tally.decided for tally in found) >= decisions:
            break
    return found


def traffic_of(tallies: Iterable[DayTally], *, decisions: int) -> tuple[Level, ...]:
    """How many of the newest decisions have each raw confidence: all of them, reviewed or not."""
    newest = recent(tallies, decisions=decisions)
    return merged(Level(bps=tally.raw_bps, decided=tally.decided, wrong=0) for tally in newest)


def coverage_of(tallies: Iterable[DayTally], points: Points, *, threshold_bps: int, calibrated_bps: int) -> Coverage:
    """The coverage of the newest decisions beside that of the calibration."""
    window = rated(traffic_of(tallies, decisions=WINDOW), points)
    total, (count, _) = decided(window), above(window, threshold_bps)
    far = total >= WINDOW and (
        lower_bound(errors=count, trials=total, confidence=SURE) * WHOLE > calibrated_bps + FAR_BPS
        or upper_bound(errors=count, trials=total, confidence=SURE) * WHOLE < calibrated_bps - FAR_BPS
    )
    return Coverage(decided=total, above=count, calibrated_bps=calibrated_bps, far=far)

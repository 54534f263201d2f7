"""What closes a gate by itself: blind reviews that speak against the promise, or other questions than before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphs.agents.gate import Gate
from graphs.calibration.calibration import Calibration
from graphs.calibration.coverage import FAR_BPS, Coverage, DayTally, coverage_of
from graphs.calibration.drift import CLOSES_AT, Drift, drift_in
from graphs.calibration.outcome import Outcome
from graphs.calibration.sentence import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a calibration has fared since it was made. Without a threshold there is nothing to watch."""

    drift: Drift
    coverage: Coverage

    def why_closed(self, calibration: Calibration) -> str | None:
        """Why the gate must close, None while it need not."""
        drift, coverage = self.drift, self.coverage
        if drift.found:
            return (
                f"drift: {drift.wrong} of {drift.reviews} blind reviews since the calibration found the answer wrong, "
                f"and at most {percent(calibration.target_bps)} was promised (evidence "
                f"{drift.evidence_hundredths / 100:g}, it closes at {CLOSES_AT:g})"
            )
        if coverage.far:
            return (
                f"drift: {coverage.above} of the last {coverage.decided} decisions are above the threshold, and "
                f"{percent(coverage.calibrated_bps)} were when it was chosen: more than {percent(FAR_BPS)} apart"
            )
        return None


def watched(
    calibration: Calibration, outcomes: Iterable[Outcome], tallies: Sequence[DayTally], *, after: int
) -> Watched | None:
    """What outcomes behind entry `after` and the counts say of a proven calibration; None for one that is not."""
    threshold = calibration.threshold_bps
    if threshold is None:
        return None
    gate = Gate(open=False, why="read only as a curve", points=calibration.points)
    reviews = [
        not outcome.right
        for outcome in sorted(outcomes, key=lambda one: one.seq)
        if outcome.blind and outcome.seq > after and (gate.calibrated(outcome.raw_bps) or 0) >= threshold
    ]
    return Watched(
        drift=drift_in(reviews, target_bps=calibration.target_bps),
        coverage=coverage_of(
            tallies, calibration.points, threshold_bps=threshold, calibrated_bps=calibration.automatic_bps
        ),
    )

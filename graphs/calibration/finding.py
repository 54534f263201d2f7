"""What three splits of outcomes show: the curve, the tested thresholds, and whether the chosen one holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from pydantic import BaseModel, ConfigDict

from graphs.calibration.isotonic import Points, curve_of, fitted, rated
from graphs.calibration.outcome import WHOLE, Level, Outcome, Split, decided, levels_of, split_of
from graphs.calibration.threshold import CONFIDENCE, Candidate, above, candidates, in_sequence
from policies.binomial import lower_bound, upper_bound


class Checked(BaseModel):
    """The threshold on the check split: `held` unless the error is proven to be above the target there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decided: int
    wrong: int
    lower_bps: int
    upper_bps: int
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The decisions of each split by raw confidence."""

    fit: Sequence[Level]
    threshold: Sequence[Level]
    check: Sequence[Level]

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Splits:
        """Each outcome in the split of its case."""
        by_split: dict[Split, list[Outcome]] = {split: [] for split in Split}
        for outcome in outcomes:
            by_split[split_of(outcome.case_id)].append(outcome)
        return cls(
            fit=levels_of(by_split[Split.FIT]),
            threshold=levels_of(by_split[Split.THRESHOLD]),
            check=levels_of(by_split[Split.CHECK]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What three splits show: the curve, the tests, the threshold and its check. Levels are calibrated ones."""

    points: Points
    candidates: tuple[Candidate, ...]
    checked: Checked | None
    threshold: Sequence[Level]
    check: Sequence[Level]

    @property
    def chosen(self) -> Candidate | None:
        """The lowest proven candidate."""
        return next((one for one in reversed(self.candidates) if one.proven), None)

    @property
    def proven(self) -> bool:
        """Whether its threshold may be used."""
        return self.chosen is not None and self.checked is not None and self.checked.held


def found_in(splits: Splits, *, target_bps: int) -> Finding:
    """Curve from the first split, threshold from the second, check on the third."""
    points = curve_of(fitted(splits.fit))
    sequence = candidates(rated(splits.fit, points), target_bps=target_bps, expected=decided(splits.threshold))
    threshold, check = rated(splits.threshold, points), rated(splits.check, points)
    tests = in_sequence(sequence, threshold, target_bps=target_bps)
    chosen = next((one for one in reversed(tests) if one.proven), None)
    checked = None if chosen is None else checked_on(check, chosen.threshold_bps, target_bps=target_bps)
    return Finding(points=points, candidates=tests, checked=checked, threshold=threshold, check=check)


def checked_on(check: Sequence[Level], threshold_bps: int, *, target_bps: int) -> Checked:
    """What the check split says of a threshold."""
    count, wrong = above(check, threshold_bps)
    lower = floor(lower_bound(errors=wrong, trials=count, confidence=CONFIDENCE) * WHOLE)
    upper = ceil(upper_bound(errors=wrong, trials=count, confidence=CONFIDENCE) * WHOLE)
    return Checked(decided=count, wrong=wrong, lower_bps=lower, upper_bps=upper, held=lower <= target_bps)

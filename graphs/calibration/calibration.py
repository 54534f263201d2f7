"""A calibration: what the outcomes of one identity prove, with everything that is needed to check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Final

from pydantic import BaseModel, ConfigDict

from graphs.agents.gate import Identity
from graphs.calibration.finding import Checked, Splits, found_in
from graphs.calibration.isotonic import Points, rated
from graphs.calibration.outcome import WHOLE, Level, Outcome, decided, first_of_each_case, merged
from graphs.calibration.reliability import Reliability, reliability_of
from graphs.calibration.sentence import why
from graphs.calibration.threshold import CONFIDENCE, CONFIDENCE_BPS, Candidate, above
from policies.binomial import upper_bound
from policies.canonical import digest

FORM: Final = 1
"""The form of the stored JSON."""


class Counts(BaseModel):
    """The outcomes of an identity: one a case counts, each in one split. `blind` ones are the unbiased ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcomes: int
    cases: int
    fit: int
    threshold: int
    check: int
    blind: int
    blind_wrong: int


class RiskAt(BaseModel):
    """With this threshold such a share of all decisions is automatic, and such a share of those is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold_bps: int
    automatic_bps: int
    wrong_bps: int


class Calibration(BaseModel):
    """Versioned, without floats, and named by its digest.

    `proven` is whether the threshold may be used. `error_upper_bps` bounds the error above it (threshold split);
    `automatic_bps` is the share of all decisions above it, reviewed or not; `curve` the risk–coverage curve, with the
    errors of threshold and check split. `reliability` is that of the check split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: int = FORM
    decision_class: str
    class_version: int
    model: str
    prompt_digest: str
    target_bps: int
    confidence_bps: int = CONFIDENCE_BPS
    counts: Counts
    points: Points
    candidates: tuple[Candidate, ...]
    proven: bool
    threshold_bps: int | None
    error_upper_bps: int | None
    automatic_bps: int
    checked: Checked | None
    curve: tuple[RiskAt, ...]
    reliability: Reliability | None
    why: str

    @property
    def identity(self) -> Identity:
        """Whose outcomes these are."""
        return Identity(
            decision_class=self.decision_class,
            class_version=self.class_version,
            model=self.model,
            prompt_digest=self.prompt_digest,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over its canonical JSON."""
        return digest(self.model_dump(mode="json"))


def calibrate(
    outcomes: Iterable[Outcome], identity: Identity, *, target_bps: int, traffic: Sequence[Level] = ()
) -> Calibration:
    """What the outcomes of the identity prove. Any order, any number: too few prove nothing, and it says so.

    `traffic` is how many of all decisions have each raw confidence: an open gate lets few of its own be reviewed, so
    the reviewed ones say how many are wrong, and not how many there are. Without it the reviewed ones are all.
    """
    found = list(outcomes)
    firsts = first_of_each_case(found)
    splits = Splits.of(firsts)
    finding = found_in(splits, target_bps=target_bps)
    chosen, blind = finding.chosen, [one for one in found if one.blind]
    held_back = (*finding.threshold, *finding.check)
    traffic = rated(traffic, finding.points) or held_back
    threshold_bps = chosen.threshold_bps if chosen and finding.proven else None
    counts = Counts(
        outcomes=len(found),
        cases=len(firsts),
        fit=decided(splits.fit),
        threshold=decided(splits.threshold),
        check=decided(splits.check),
        blind=len(blind),
        blind_wrong=sum(not one.right for one in blind),
    )
    return Calibration(
        decision_class=identity.decision_class,
        class_version=identity.class_version,
        model=identity.model,
        prompt_digest=identity.prompt_digest,
        target_bps=target_bps,
        counts=counts,
        points=finding.points,
        candidates=finding.candidates,
        proven=finding.proven,
        threshold_bps=threshold_bps,
        error_upper_bps=_upper(chosen) if chosen else None,
        automatic_bps=share_above(traffic, threshold_bps),
        checked=finding.checked,
        curve=curve_over(held_back, traffic),
        reliability=reliability_of(finding.check),
        why=why(finding, target_bps=target_bps),
    )


def curve_over(reviewed: Sequence[Level], traffic: Sequence[Level]) -> tuple[RiskAt, ...]:
    """The risk–coverage curve: errors as reviewed at each confidence, in the proportions of the traffic.

    Where nothing was reviewed at a confidence, all of it counts as wrong.
    """
    counts = {level.bps: level.decided for level in merged(traffic)}
    errors = {level.bps: Fraction(level.wrong, level.decided) for level in merged(reviewed)}
    seen, wrong = 0, Fraction(0)
    points: list[RiskAt] = []
    for bps in sorted(counts, reverse=True):
        seen, wrong = seen + counts[bps], wrong + counts[bps] * errors.get(bps, Fraction(1))
        share = seen * WHOLE // sum(counts.values())
        points.append(RiskAt(threshold_bps=bps, automatic_bps=share, wrong_bps=int(wrong / seen * WHOLE)))
    return tuple(points)


def share_above(traffic: Sequence[Level], threshold_bps: int | None) -> int:
    """The share of the traffic that is at least so sure, in basis points; 0 without a threshold."""
    if threshold_bps is None or not traffic:
        return 0
    return above(traffic, threshold_bps)[0] * WHOLE // decided(traffic)


def _upper(candidate: Candidate) -> int:
    return ceil(upper_bound(errors=candidate.wrong, trials=candidate.decided, confidence=CONFIDENCE) * WHOLE)

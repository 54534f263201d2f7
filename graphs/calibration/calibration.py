"""A calibration: what the outcomes of one identity prove, with everything that is needed to check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from math import ceil
from typing import Final

from pydantic import BaseModel, ConfigDict

from graphs.agents.gate import Identity
from graphs.calibration.finding import Checked, Splits, found_in
from graphs.calibration.isotonic import Points
from graphs.calibration.outcome import WHOLE, Level, Outcome, decided, first_of_each_case
from graphs.calibration.reliability import Reliability, reliability_of
from graphs.calibration.sentence import why
from graphs.calibration.threshold import CONFIDENCE, CONFIDENCE_BPS, Candidate, above, cuts_of
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
    """A point of the risk–coverage curve: with this threshold so many are automatic, and so many of them wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold_bps: int
    decided: int
    wrong: int


class Calibration(BaseModel):
    """Versioned, without floats, and named by its digest.

    `proven` is whether the threshold may be used. `error_upper_bps` bounds the error above it (threshold split);
    `automatic_bps` is the share of decisions above it, and `curve` the risk–coverage curve (threshold and check
    split). `reliability` is that of the check split.
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


def calibrate(outcomes: Iterable[Outcome], identity: Identity, *, target_bps: int) -> Calibration:
    """What the outcomes of the identity prove. Any order, any number: too few prove nothing, and it says so."""
    found = list(outcomes)
    firsts = first_of_each_case(found)
    splits = Splits.of(firsts)
    finding = found_in(splits, target_bps=target_bps)
    chosen, blind = finding.chosen, [one for one in found if one.blind]
    held_back = (*finding.threshold, *finding.check)
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
        threshold_bps=chosen.threshold_bps if chosen and finding.proven else None,
        error_upper_bps=_upper(chosen) if chosen else None,
        automatic_bps=_share(held_back, chosen.threshold_bps) if chosen and finding.proven else 0,
        checked=finding.checked,
        curve=tuple(RiskAt(threshold_bps=cut.bps, decided=cut.decided, wrong=cut.wrong) for cut in cuts_of(held_back)),
        reliability=reliability_of(finding.check),
        why=why(finding, target_bps=target_bps),
    )


def _upper(candidate: Candidate) -> int:
    return ceil(upper_bound(errors=candidate.wrong, trials=candidate.decided, confidence=CONFIDENCE) * WHOLE)


def _share(levels: Sequence[Level], threshold_bps: int) -> int:
    return above(levels, threshold_bps)[0] * WHOLE // decided(levels)

"""Measured confidence as the API shows it: where each decision class stands, and what a calibration found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.calibration.calibration import Calibration, RiskAt
from graphs.calibration.desk import Calibrated, CalibrationOrder
from graphs.calibration.drift import CLOSES_AT
from graphs.calibration.standing import IdentityStanding, Standing
from graphs.calibration.watch import Watched


class DriftView(View):
    """What blind reviews since the calibration say against its promise."""

    reviews: int
    wrong: int
    evidence: Annotated[float, Field(description="The gate closes when it reaches `closes_at`.")]
    closes_at: float


class CoverageView(View):
    """The share of recent decisions above the threshold, beside that of the calibration."""

    decided: int
    above: int
    share_bps: int
    calibrated_bps: int


class IdentityView(View):
    """One model and prompt of a class."""

    model: str
    prompt_digest: str
    asked_now: Annotated[bool, Field(description="Whether the class has that prompt now.")]
    open: bool
    why: str
    outcomes: int
    blind: int
    blind_wrong: int
    calibration_id: str | None
    made_at: datetime | None
    made_by: str | None
    target_bps: int | None
    threshold_bps: int | None
    error_upper_bps: int | None
    curve: Annotated[tuple[RiskAt, ...], Field(description="Risk–coverage: the strictest threshold first.")]
    drift: DriftView | None
    coverage: CoverageView | None

    @classmethod
    def of(cls, one: IdentityStanding) -> IdentityView:
        """The identity as it is shown."""
        made = one.calibration
        return cls(
            model=one.identity.model,
            prompt_digest=one.identity.prompt_digest,
            asked_now=one.asked_now,
            open=one.gate.open,
            why=one.gate.why,
            outcomes=one.outcomes,
            blind=one.blind,
            blind_wrong=one.blind_wrong,
            calibration_id=one.row.id if one.row else None,
            made_at=one.row.made_at if one.row else None,
            made_by=one.row.made_by if one.row else None,
            target_bps=made.target_bps if made else None,
            threshold_bps=made.threshold_bps if made else None,
            error_upper_bps=made.error_upper_bps if made else None,
            curve=made.curve if made else (),
            drift=drift_of(one.watched) if one.watched else None,
            coverage=coverage_of(one.watched) if one.watched else None,
        )


def drift_of(found: Watched) -> DriftView:
    """The evidence of drift as it is shown."""
    drift = found.drift
    return DriftView(
        reviews=drift.reviews, wrong=drift.wrong, evidence=drift.evidence_hundredths / 100, closes_at=CLOSES_AT
    )


def coverage_of(found: Watched) -> CoverageView:
    """The coverage as it is shown."""
    coverage = found.coverage
    return CoverageView(
        decided=coverage.decided,
        above=coverage.above,
        share_bps=coverage.share_bps,
        calibrated_bps=coverage.calibrated_bps,
    )


class DecisionClassView(View):
    """A version of a decision class: whether it decides by itself, and why or why not."""

    decision_class: str
    version: int
    title: str
    prompt: str
    autonomous: bool
    why: str
    target_bps: int | None
    identities: list[IdentityView]

    @classmethod
    def of(cls, standing: Standing) -> DecisionClassView:
        """The class as it is shown."""
        asks = standing.asked.asks
        return cls(
            decision_class=asks.name,
            version=asks.version,
            title=asks.title,
            prompt=asks.prompt.reference,
            autonomous=standing.autonomous,
            why=standing.why,
            target_bps=standing.target.bps,
            identities=[IdentityView.of(one) for one in standing.identities],
        )


class DecisionStatus(View):
    """Every decision class that some process asks."""

    classes: list[DecisionClassView]


class CalibrateForm(Form):
    """What to calibrate; without a class, model or prompt everything that was reviewed."""

    decision_class: Name | None = None
    model: Name | None = None
    prompt: Annotated[Name | None, Field(description="`name@version`, or the beginning of its digest.")] = None
    dry_run: bool = False
    reason: Text = ""

    def order(self) -> CalibrationOrder:
        """The order it is."""
        return CalibrationOrder(
            decision_class=self.decision_class,
            model=self.model,
            prompt=self.prompt,
            dry_run=self.dry_run,
            reason=self.reason,
        )


class CalibratedView(View):
    """What one identity's outcomes prove; `id` is null where nothing was changed."""

    decision_class: str
    version: int
    model: str
    prompt_digest: str
    id: str | None
    open: bool
    why: str
    looks: Annotated[int, Field(description="How often this identity was calibrated, this time included.")]
    calibration: Calibration | None

    @classmethod
    def of(cls, one: Calibrated) -> CalibratedView:
        """The result as it is shown."""
        return cls(
            decision_class=one.identity.decision_class,
            version=one.identity.class_version,
            model=one.identity.model,
            prompt_digest=one.identity.prompt_digest,
            id=one.id,
            open=one.opened,
            why=one.why,
            looks=one.looks,
            calibration=one.calibration,
        )


class CalibratedList(View):
    """What was calibrated, or would be."""

    dry_run: bool
    calibrated: list[CalibratedView]

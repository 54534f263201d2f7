"""Review quality, as the API shows and takes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.quality.desk import Own, Rated, Seed, Shown
from graphs.store.quality_tables import QualityProbe, TaskView
from policies.review_quality import K_PERSONS, QUICK, Figure
from policies.rubber_stamp import FALSE_ALARM, POWER


class SeenForm(Form):
    """What was open since the report before, by name of the evidence, in seconds; empty for a look at the task."""

    evidence: dict[Name, Annotated[int, Field(ge=0, le=86_400)]] = Field(default_factory=dict)


class SeenView(View):
    """The visit with what was reported; `recorded` is false for a task that has its answer."""

    recorded: bool
    visit: int | None
    seconds: int | None
    evidence: dict[str, int]

    @classmethod
    def of(cls, row: TaskView | None) -> SeenView:
        """The row as it is shown."""
        if row is None:
            return cls(recorded=False, visit=None, seconds=None, evidence={})
        return cls(recorded=True, visit=row.visit, seconds=row.seconds, evidence=row.evidence)


class FigureView(View):
    """A figure of `of` answers with its interval; without a value `withheld` says why."""

    of: int | None
    value: float | None
    low: float | None
    high: float | None
    withheld: Literal["too few", "suppressed"] | None

    @classmethod
    def by_name(cls, figures: Mapping[str, Figure]) -> dict[str, FigureView]:
        """The figures as they are shown."""
        return {
            name: cls(of=one.of, value=one.value, low=one.low, high=one.high, withheld=one.withheld)
            for name, one in figures.items()
        }


class QualityView(View):
    """Figures of a group of reviewers. Where fewer than `at_least` people are counted, nothing is told."""

    team: str | None
    role: str | None
    since: datetime
    until: datetime
    at_least: int
    within_seconds: Annotated[int, Field(description="What counts as an approval within seconds of the first look.")]
    reviewers: int | None
    flagged: Annotated[int | None, Field(description="Reviewers whose answers look like a rubber stamp.")]
    figures: dict[str, FigureView]

    @classmethod
    def of(cls, shown: Shown) -> QualityView:
        """The figures as they are shown."""
        return cls(
            team=shown.group.team,
            role=shown.group.role,
            since=shown.since,
            until=shown.until,
            at_least=K_PERSONS,
            within_seconds=int(QUICK.total_seconds()),
            reviewers=shown.signals.reviewers,
            flagged=shown.flagged,
            figures=FigureView.by_name(shown.signals.figures),
        )


class OwnQualityView(View):
    """The caller's own figures; nobody else is shown them."""

    since: datetime
    until: datetime
    figures: dict[str, FigureView]
    must_refuse: Annotated[int, Field(description="Known cases answered so far that must not be approved.")]
    approved: int
    flagged: bool

    @classmethod
    def of(cls, own: Own) -> OwnQualityView:
        """The figures as they are shown."""
        return cls(
            since=own.since,
            until=own.until,
            figures=FigureView.by_name(own.signals.figures),
            must_refuse=own.stamping.answers,
            approved=own.stamping.approved,
            flagged=own.stamping.flagged_at is not None,
        )


class SeedForm(Form):
    """What is right for an answered task, and why."""

    task: Name
    right: Literal["approve", "correct", "reject"]
    set: Annotated[dict[Name, Text], Field(default_factory=dict, description="Right values, with `correct`.")]
    reason: Text

    def seed(self) -> Seed:
        """The seed for the desk."""
        return Seed(task_id=self.task, right=self.right, reason=self.reason, set=self.set)


class SeedView(View):
    """A known case that waits for its turn."""

    id: str
    task: str
    role: str
    right: str
    status: str

    @classmethod
    def of(cls, row: QualityProbe) -> SeedView:
        """The row as it is shown."""
        return cls(id=row.id, task=row.task_id, role=row.role, right=row.expected["decision"], status=row.status)


class RateForm(Form):
    """Of how many answers a second is asked, and beside how many a known case is put, in basis points."""

    second_bps: Annotated[int, Field(ge=0, le=10_000)]
    known_bps: Annotated[int, Field(ge=0, le=10_000)]
    reason: Text


class RateView(View):
    """A role's rates, and in how many tasks somebody who approves everything is flagged (`power` of them)."""

    role: str
    second_bps: int
    known_bps: int
    reason: str
    set_by: str
    set_at: datetime
    seeds: int
    must_refuse: Annotated[int, Field(description="How many of the seeds must not be approved.")]
    flags_within_tasks: int | None
    power: float
    false_alarm: float

    @classmethod
    def of(cls, rated: Rated) -> RateView:
        """The rates as they are shown."""
        rate = rated.rate
        return cls(
            role=rate.role,
            second_bps=rate.second_bps,
            known_bps=rate.known_bps,
            reason=rate.reason,
            set_by=rate.set_by,
            set_at=rate.set_at,
            seeds=rated.seeds,
            must_refuse=rated.traps,
            flags_within_tasks=rated.flags_within,
            power=POWER,
            false_alarm=FALSE_ALARM,
        )


class ProbeCount(View):
    """So many known cases or second reviews of a status."""

    kind: str
    status: str
    count: int


class RateList(View):
    """The rates by role, and what was checked so far."""

    rates: list[RateView]
    checks: list[ProbeCount]

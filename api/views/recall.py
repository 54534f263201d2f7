"""Recalls as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from api.views.view import Form, Name, Text, View
from graphs.recall.progress import Found, RecallPage, RecallProgress
from graphs.recall.target import RecallTarget
from graphs.store.decision_sources import TouchedDecision


class TouchedView(View):
    """A decision that was made with what was asked for."""

    entry: Annotated[int, Field(description="Its entry of the audit trail.")]
    case: str
    process: str
    case_status: str
    step: str
    visit: int | None
    at: datetime
    kind: str
    outcome: Annotated[str, Field(description="A verdict, an agent's choice, `read`, or `erased`.")]

    @classmethod
    def of(cls, found: TouchedDecision) -> TouchedView:
        """The decision as it is shown."""
        return cls(
            entry=found.seq,
            case=found.case_id,
            process=found.process,
            case_status=found.case_status,
            step=found.step,
            visit=found.visit,
            at=found.at,
            kind=found.kind,
            outcome=found.outcome,
        )


class VersionView(View):
    """A version of what was asked for, and how many decisions it made."""

    version: str
    digest: str
    decisions: int


class FoundView(View):
    """Decisions in the order of the trail; `total` may be more than are listed."""

    total: int
    cases: int
    decisions: list[TouchedView]
    versions: Annotated[list[VersionView], Field(description="All that is called so, of whatever version and time.")]

    @classmethod
    def of(cls, found: Found) -> FoundView:
        """What was found."""
        versions = [VersionView(version=v, digest=d, decisions=n) for v, d, n in found.versions]
        decisions = [TouchedView.of(one) for one in found.decisions]
        return cls(total=found.total, cases=found.cases, decisions=decisions, versions=versions)


class RecallForm(Form):
    """What is to be recalled, and why."""

    what: Literal["model", "prompt", "rule", "connector"]
    name: Name
    # JSON writes an instant as a text, which a strict form takes for no instant.
    since: Annotated[AwareDatetime | None, Field(strict=False)] = None
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None
    reason: Text

    def target(self) -> RecallTarget:
        """The target. Raises `RecallTargetInvalid`."""
        return RecallTarget.read(self.what, self.name, since=self.since, before=self.until)


class CloseRecallForm(Form):
    """Why a recall is closed; with `resume` the cases it suspended go on."""

    reason: Text
    resume: bool = False


class RecallView(View):
    """A recall and how far it is."""

    id: str
    what: str
    name: str
    version: str
    since: datetime | None
    until: datetime | None
    reason: str
    status: str
    ordered_by: str
    ordered_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    closed_because: str
    decisions: Annotated[
        dict[str, int], Field(description="By what became of them: open, changed, unknown, confirmed, closed.")
    ]
    cases_held: Annotated[dict[str, int], Field(description="Cases by what freezing found or did.")]
    to_freeze: Annotated[bool, Field(description="Whether another freeze has anything to do.")]
    to_judge: Annotated[bool, Field(description="Whether decisions wait to be decided again.")]

    @classmethod
    def of(cls, found: RecallProgress) -> RecallView:
        """The recall as it is shown."""
        return cls(**_fields(found))


class RecalledView(View):
    """A decision of a recall: what it was, and what it is now or why nobody can say."""

    entry: int
    case: str
    process: str
    case_status: str
    step: str
    visit: int | None
    at: datetime
    status: str
    outcome: str
    again: str
    hold: str
    incident: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> RecalledView:
        """The row as it is shown; with its incident closed the decision is, too."""
        return cls(
            entry=row["seq"],
            case=row["case_id"],
            process=row["process"],
            case_status=row["case_status"],
            step=row["step"],
            visit=row["visit"],
            at=row["at"],
            status="closed" if row["incident_status"] == "closed" else row["status"],
            outcome=row["outcome"],
            again=row["again"],
            hold=row["hold"],
            incident=row["incident_id"],
        )


class RecallDetail(RecallView):
    """A recall with its decisions."""

    listed: list[RecalledView]

    @classmethod
    def whole(cls, page: RecallPage) -> RecallDetail:
        """The recall with the page of its decisions."""
        return cls(**_fields(page.progress), listed=[RecalledView.of(row) for row in page.decisions])


class RecallList(View):
    """Recalls, newest first."""

    recalls: list[RecallView]


def _fields(found: RecallProgress) -> dict[str, Any]:
    recall = found.recall
    kept = ("id", "name", "version", "since", "until", "reason", "status", "ordered_by", "ordered_at")
    closing = ("closed_by", "closed_at", "closed_because")
    return {
        **{name: getattr(recall, name) for name in (*kept, *closing)},
        "what": recall.kind,
        "decisions": dict(found.decisions),
        "cases_held": dict(found.holds),
        "to_freeze": found.to_freeze,
        "to_judge": found.to_judge,
    }

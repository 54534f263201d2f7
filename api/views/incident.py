"""Incidents as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.views.view import Form, Text, View
from graphs.incidents.advice import next_step
from graphs.resolution.desk import Proposal
from graphs.store.tables import Case, Incident


class IncidentView(View):
    """A failure that automation could not resolve."""

    id: str
    case: str
    step: Annotated[str, Field(description="The last step that had ended when it happened.")]
    kind: str
    code: str
    message: str
    fingerprint: Annotated[str, Field(description="Equal for failures of one cause.")]
    status: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    failed_step: Annotated[str | None, Field(description="The step that failed.")] = None
    group: Annotated[int | None, Field(description="Open incidents of its cause; null where not counted.")] = None
    next_step: Annotated[str, Field(description="What usually helps.")] = ""

    @classmethod
    def of(cls, incident: Incident, *, group: int | None = None) -> IncidentView:
        """The row as it is shown."""
        return cls(
            id=incident.id,
            case=incident.case_id,
            step=incident.step,
            kind=incident.kind,
            code=incident.code,
            message=incident.message,
            fingerprint=incident.fingerprint,
            status=incident.status,
            created_at=incident.created_at,
            closed_at=incident.closed_at,
            closed_by=incident.closed_by,
            failed_step=incident.failed_step,
            group=group,
            next_step=next_step(incident.kind, incident.code) if incident.status == "open" else "",
        )


class ProposalView(View):
    """What an agent proposes for an incident, and why it was or was not done."""

    resolution: Annotated[str, Field(description="The case that looked for a fix.")]
    status: Annotated[str, Field(description="`asking`, `answered`, `unavailable`, `failed`, `withheld`, `not_asked`.")]
    ended: Annotated[str | None, Field(description="How the resolution ended; null while it runs.")]
    blind: Annotated[bool, Field(description="A person is to decide without seeing the proposal.")]
    choice: Annotated[str | None, Field(description="The fix in one line.")]
    answer: Annotated[dict[str, Any] | None, Field(description="The fix with its reason and evidence; untrusted.")]
    why: Annotated[str, Field(description="Why there is no answer.")]
    confidence_bps: Annotated[int | None, Field(description="Measured, in basis points; null where nothing is.")]
    gate: Annotated[str, Field(description="Why the proposal does or does not count by itself.")]
    signals: Annotated[list[str], Field(description="What speaks against it.")]
    model: str | None
    prompt: str | None
    applied_by: Annotated[str | None, Field(description="Id of the person who applied it.")]
    applied_as: Annotated[str | None, Field(description="The case that carries it out for them.")]
    applied_outcome: Annotated[str | None, Field(description="How that case ended.")]

    @classmethod
    def of(cls, proposal: Proposal) -> ProposalView:
        """The proposal as it is shown."""
        found, applied = proposal.decision, proposal.applied
        return cls(
            resolution=proposal.resolution,
            status=proposal.status,
            ended=proposal.ended,
            blind=proposal.blind,
            choice=found.get("choice"),
            answer=found.get("answer"),
            why=found.get("why", ""),
            confidence_bps=found.get("confidence_bps"),
            gate=found.get("gate", ""),
            signals=list(found.get("signals", ())),
            model=found.get("model"),
            prompt=found.get("prompt"),
            applied_by=applied.created_by if applied else None,
            applied_as=applied.id if applied else None,
            applied_outcome=applied.outcome if applied else None,
        )


class IncidentDetail(IncidentView):
    """An incident with what an agent proposes; null where nobody was asked."""

    proposal: ProposalView | None

    @classmethod
    def shown(cls, incident: Incident, proposal: Proposal | None, *, group: int) -> IncidentDetail:
        """The row with its proposal."""
        row = IncidentView.of(incident, group=group).model_dump()
        return cls(**row, proposal=ProposalView.of(proposal) if proposal else None)


class FixApplied(View):
    """The case that carries a proposed fix out; `created` is false where somebody had applied it before."""

    incident: str
    case: str
    created: bool

    @classmethod
    def of(cls, incident_id: str, case: Case, *, created: bool) -> FixApplied:
        """The case as it is told."""
        return cls(incident=incident_id, case=case.id, created=created)


class IncidentCloseForm(Form):
    """Why an incident that stopped no case is closed."""

    reason: Text


class IncidentList(View):
    """Incidents, newest first."""

    incidents: list[IncidentView]

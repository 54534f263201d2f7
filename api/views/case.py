"""Cases as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.views.incident import IncidentView
from api.views.performer import ChosenView
from api.views.task import TaskSummary
from api.views.view import Form, Name, View, storable_json
from graphs.store.journal import StepVisit
from graphs.store.tables import Case, Effect

CaseStatus = Literal["running", "waiting", "suspended", "incident", "compensating", "done", "rejected", "cancelled"]


class StartCase(Form):
    """Start a case of `process` with `input`."""

    process: Annotated[Name, Field(description="Name of the process; the newest version is started.")]
    input: Annotated[dict[str, Any], AfterValidator(storable_json), Field(description="What the process asks for.")]


class CaseSummary(View):
    """A case and where it stands."""

    id: str
    process: Annotated[str, Field(description="Name and version the case is pinned to.")]
    title: str
    status: CaseStatus
    stage: str
    step: Annotated[str, Field(description="The last step that ended; empty before the first.")]
    outcome: str | None
    created_by: Annotated[str, Field(description="Id of the user who started it.")]
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, case: Case) -> CaseSummary:
        """The row as it is shown."""
        return cls(**_summary(case))


class Started(View):
    """The case of a trigger."""

    case: CaseSummary
    created: Annotated[bool, Field(description="False when an earlier delivery with the same key made the case.")]


class CasePage(View):
    """Cases, newest first."""

    cases: list[CaseSummary]
    next: Annotated[str | None, Field(description="Cursor of the following page, null on the last.")]


class StepView(View):
    """One visit of a step, from the journal."""

    name: str
    visit: int
    kind: str
    stage: str
    route: str
    started_at: datetime
    ended_at: datetime

    @classmethod
    def of(cls, step: StepVisit) -> StepView:
        """The row as it is shown."""
        return cls(
            name=step.name,
            visit=step.visit,
            kind=step.kind,
            stage=step.stage,
            route=step.route,
            started_at=step.started_at,
            ended_at=step.ended_at,
        )


class EffectView(View):
    """One write or irreversible action, from the effect ledger."""

    id: str
    step: str
    tool: str
    kind: str
    status: str
    idempotency_key: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    sends: int
    planned_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, effect: Effect) -> EffectView:
        """The row as it is shown."""
        return cls(
            id=effect.id,
            step=effect.step,
            tool=effect.tool,
            kind=effect.effect_kind,
            status=effect.status,
            idempotency_key=effect.idempotency_key,
            arguments=effect.arguments,
            result=effect.result,
            error=effect.error,
            sends=effect.sends,
            planned_at=effect.planned_at,
            ended_at=effect.ended_at,
        )


class CaseDetail(CaseSummary):
    """A case with its journal, tasks, effects and incidents."""

    input: dict[str, Any]
    summary: dict[str, Any]
    compacted_at: Annotated[
        datetime | None, Field(description="Since when its tasks and effects are read from the audit trail.")
    ]
    steps: list[StepView]
    tasks: list[TaskSummary]
    effects: list[EffectView]
    performers: Annotated[list[ChosenView], Field(description="How performers were chosen, in order.")]
    incidents: list[IncidentView]

    @classmethod
    def whole(
        cls,
        case: Case,
        *,
        compacted_at: datetime | None,
        steps: list[StepView],
        tasks: list[TaskSummary],
        effects: list[EffectView],
        performers: list[ChosenView],
        incidents: list[IncidentView],
    ) -> CaseDetail:
        """The row with everything that belongs to it."""
        return cls(
            **_summary(case),
            input=case.input,
            summary=case.summary,
            compacted_at=compacted_at,
            steps=steps,
            tasks=tasks,
            effects=effects,
            performers=performers,
            incidents=incidents,
        )


class CaseEvent(View):
    """Something that happened to a case; `seq` is its number in the audit trail."""

    seq: int
    at: datetime
    kind: str
    case: str
    step: str | None
    actor: str


def _summary(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "process": f"{case.process}@{case.version}",
        "title": case.title,
        "status": case.status,
        "stage": case.stage,
        "step": case.step,
        "outcome": case.outcome,
        "created_by": case.created_by,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "ended_at": case.ended_at,
    }

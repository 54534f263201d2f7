"""Cases as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.views.incident import IncidentView
from api.views.performer import ChosenView
from api.views.task import Person, TaskSummary
from api.views.view import Form, Name, View, storable_json
from graphs.orders import SUSPENDED
from graphs.store.case_list import COUNTED
from graphs.store.case_standings import CaseStanding, Wait
from graphs.store.journal import StepVisit
from graphs.store.tables import Case, Effect

CaseStatus = Literal["running", "waiting", "suspended", "incident", "compensating", "done", "rejected", "cancelled"]

WaitKind = Literal["incident", "task", "message", "timer", "retry", "turn", "switch"]


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


class WaitView(View):
    """One thing that a case waits for."""

    kind: Annotated[
        WaitKind,
        Field(
            description="`retry`: a target is down. `turn`: a target is busy. `switch`: somebody stopped what it needs."
        ),
    ]
    step: Annotated[str | None, Field(description="The step that waits; null where only the journal knows.")]
    since: datetime | None
    ref: Annotated[str, Field(description="Id of the task, incident, subscription or timer.")]
    who: Annotated[Person | None, Field(description="Who has the task.")]
    what: Annotated[
        str,
        Field(description="The task's role, the message's name, the target, what was stopped, or the incident's code."),
    ]
    told: Annotated[str, Field(description="The task's title, the message's key, or what went wrong.")]
    until: Annotated[datetime | None, Field(description="When the task is due, or when the wait ends by itself.")]

    @classmethod
    def of(cls, wait: Wait, names: Mapping[str, str]) -> WaitView:
        """The wait as it is shown; `names` has the users' names by id."""
        return cls(
            kind=wait.kind,  # type: ignore[arg-type] # the statement gives these kinds only
            step=wait.step,
            since=wait.since,
            ref=wait.ref,
            who=Person(id=wait.who, name=names.get(wait.who, wait.who)) if wait.who else None,
            what=wait.what,
            told=wait.told,
            until=wait.until,
        )


class CaseRow(CaseSummary):
    """A case with what it waits for, who has it, and when it is due."""

    started_by: Person
    waits: Annotated[list[WaitView], Field(description="The most pressing first; empty while it runs or has ended.")]
    stands_at: Annotated[str | None, Field(description="The step that waits or failed; null where it runs.")]
    since: Annotated[datetime, Field(description="Since when it stands there, or last moved.")]
    due_at: Annotated[datetime | None, Field(description="Of the nearest clock or task; null while it is suspended.")]
    at_risk: bool

    @classmethod
    def shown(cls, case: Case, standing: CaseStanding, names: Mapping[str, str]) -> CaseRow:
        """The row as it is shown; `names` has the users' names by id."""
        return cls(**_row(case, standing, names))


class CasePage(View):
    """Cases, in the order that was asked for."""

    cases: list[CaseRow]
    next: Annotated[
        str | None,
        Field(description="Cursor of the following page, null on the last. A page may be short, and not the last."),
    ]


class StatusCounts(View):
    """How many cases have each status."""

    running: int
    waiting: int
    suspended: int
    incident: int
    compensating: int
    done: int
    rejected: int
    cancelled: int


class CaseCounts(View):
    """How many cases there are by status, and how many a filter finds; both are counted up to `counted_up_to`."""

    by_status: StatusCounts
    found: int
    more: Annotated[bool, Field(description="Whether there may be more than were counted.")]
    counted_up_to: int = COUNTED


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


class CaseDetail(CaseRow):
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
        standing: CaseStanding,
        names: Mapping[str, str],
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
            **_row(case, standing, names),
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


def people_of(cases: Iterable[Case], standings: Mapping[str, CaseStanding]) -> list[str]:
    """Ids of the users that these cases name."""
    waits = (wait.who for standing in standings.values() for wait in standing.waits)
    return sorted({case.created_by for case in cases} | {who for who in waits if who})


def _row(case: Case, standing: CaseStanding, names: Mapping[str, str]) -> dict[str, Any]:
    waits = [WaitView.of(wait, names) for wait in standing.waits] if case.ended_at is None else []
    since = next((wait.since for wait in waits if wait.since is not None), None)
    return {
        **_summary(case),
        "started_by": Person(id=case.created_by, name=names.get(case.created_by, case.created_by)),
        "waits": waits,
        "stands_at": standing.step if waits else None,
        "since": since or case.ended_at or case.updated_at,
        "due_at": standing.due_at if case.ended_at is None and case.status != SUSPENDED else None,
        "at_risk": standing.at_risk and case.ended_at is None,
    }

"""Ladders and escalations, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.views.view import Form, View
from graphs.escalation.desk import acknowledgeable
from graphs.escalation.shown import ShownLadder, ShownStep
from graphs.store.escalation_tables import EscalationRow
from graphs.store.people import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads escalations, and the names of the people in them by id."""

    actor: Actor
    names: Mapping[str, str] = field(default_factory=dict)


def people_told(rows: Sequence[EscalationRow]) -> list[str]:
    """Ids of everybody who was told or has acknowledged."""
    told = {one["user"] for row in rows for one in row.told}
    return sorted(told | {row.acknowledged_by for row in rows if row.acknowledged_by})


class ToldView(View):
    """A person who was told, and why this one."""

    user: str
    why: str
    name: Annotated[str, Field(description="Empty where it was not looked up.")] = ""


class EscalationView(View):
    """A step of a ladder that was `reached`, `skipped` (a higher one was) or `refused` (`why` says why)."""

    id: str
    case: str
    clock: str
    task: str | None
    rung: str
    number: Annotated[int, Field(description="0 for the first time, then the repeats.")]
    action: str
    status: str
    planned_at: datetime | None
    at: datetime
    probability_bps: int | None
    told: list[ToldView]
    why: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_name: Annotated[str, Field(description="Empty where it was not looked up.")] = ""
    may_acknowledge: Annotated[bool, Field(description="Whether the caller may acknowledge it now.")] = False

    @classmethod
    def of(cls, row: EscalationRow, reader: Reader | None = None) -> EscalationView:
        """The row as it is shown, with names and rights for a reader."""
        names = reader.names if reader is not None else {}
        named: dict[str, Any] = {
            "case": row.case_id,
            "clock": row.clock_id,
            "task": row.task_id,
            "told": [ToldView(user=one["user"], why=one["why"], name=names.get(one["user"], "")) for one in row.told],
            "acknowledged_name": names.get(row.acknowledged_by or "", ""),
            "may_acknowledge": reader is not None and acknowledgeable(reader.actor, row),
        }
        return cls(**named, **{name: getattr(row, name) for name in cls.model_fields if name not in named})


class LadderStepView(View):
    """A step of a ladder: when, what then, and its state.

    The state is `ahead`, `waiting` (the clock does not run), `on_forecast`, `reached`, `acknowledged`, `skipped`,
    `refused` or `left_out`.
    """

    rung: str
    number: int
    when: str
    action: str
    urgency: str
    channel: str | None
    planned_at: datetime | None
    state: str
    escalation: EscalationView | None

    @classmethod
    def of(cls, step: ShownStep, reader: Reader | None = None) -> LadderStepView:
        """The step as it is shown."""
        names = (name for name in cls.model_fields if name != "escalation")
        row = EscalationView.of(step.row, reader) if step.row is not None else None
        return cls(**{name: getattr(step, name) for name in names}, escalation=row)


class LadderView(View):
    """A clock's ladder, the lowest step first."""

    name: str
    at_risk_at: datetime | None
    at_risk_since: datetime | None
    steps: list[LadderStepView]

    @classmethod
    def of(cls, ladder: ShownLadder, reader: Reader | None = None) -> LadderView:
        """The ladder as it is shown."""
        return cls(
            name=ladder.name,
            at_risk_at=ladder.at_risk_at,
            at_risk_since=ladder.at_risk_since,
            steps=[LadderStepView.of(step, reader) for step in ladder.steps],
        )


class AcknowledgeForm(Form):
    """What whoever looks after it wants to say; it is recorded."""

    note: Annotated[str, StringConstraints(max_length=2000)] = ""

"""Ladders and escalations, as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.views.view import Form, View
from graphs.escalation.shown import ShownLadder, ShownStep
from graphs.store.escalation_tables import EscalationRow


class ToldView(View):
    """A person who was told, and why this one."""

    user: str
    why: str


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

    @classmethod
    def of(cls, row: EscalationRow) -> EscalationView:
        """The row as it is shown."""
        named: dict[str, Any] = {"case": row.case_id, "clock": row.clock_id, "task": row.task_id}
        told = [ToldView(user=one["user"], why=one["why"]) for one in row.told]
        rest = {name: getattr(row, name) for name in cls.model_fields if name not in named and name != "told"}
        return cls(**named, told=told, **rest)


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
    def of(cls, step: ShownStep) -> LadderStepView:
        """The step as it is shown."""
        names = (name for name in cls.model_fields if name != "escalation")
        row = EscalationView.of(step.row) if step.row is not None else None
        return cls(**{name: getattr(step, name) for name in names}, escalation=row)


class LadderView(View):
    """A clock's ladder, the lowest step first."""

    name: str
    at_risk_at: datetime | None
    at_risk_since: datetime | None
    steps: list[LadderStepView]

    @classmethod
    def of(cls, ladder: ShownLadder) -> LadderView:
        """The ladder as it is shown."""
        return cls(
            name=ladder.name,
            at_risk_at=ladder.at_risk_at,
            at_risk_since=ladder.at_risk_since,
            steps=[LadderStepView.of(step) for step in ladder.steps],
        )


class AcknowledgeForm(Form):
    """What whoever looks after it wants to say; it is recorded."""

    note: Annotated[str, StringConstraints(max_length=2000)] = ""

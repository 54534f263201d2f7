"""Performers as the API shows them: how they stand, and how one was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.views.view import View
from graphs.routing.performers.desk import StepPerformers
from graphs.store.performer_tables import PerformerChoice


class ConsideredView(View):
    """What was found of one performer."""

    performer: str
    kind: str
    able: bool
    why: str
    starts_at: datetime | None
    done_at: datetime | None
    takes: Annotated[str, Field(description="How long it takes: the median of so many, or as declared.")]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> ConsideredView:
        """As it was recorded, with its instants."""
        expected = {name: instant_of(found[name]) for name in ("starts_at", "done_at")}
        return cls(**{**found, **expected})


class StepPerformersView(View):
    """The performers of one proposal, in the order in which they are preferred."""

    step: str
    patience_seconds: float
    attempts: int
    would_be: Annotated[str | None, Field(description="Who would be chosen now, as far as no case's data decides.")]
    because: str
    performers: list[ConsideredView]

    @classmethod
    def of(cls, found: StepPerformers) -> StepPerformersView:
        """As it is shown."""
        considered = found.choice.recorded()["considered"]
        return cls(
            step=found.step.name,
            patience_seconds=found.step.patience.total_seconds(),
            attempts=found.step.attempts,
            would_be=found.choice.performer,
            because=found.choice.because,
            performers=[ConsideredView.of(one) for one in considered],
        )


class PerformerList(View):
    """The proposals of a process that several performers can carry out."""

    process: str
    steps: list[StepPerformersView]


class ChosenView(View):
    """One choice of a performer, and what came of it."""

    step: str
    visit: int
    performer: str
    kind: str
    tool: str
    because: str
    deadline: datetime | None
    considered: list[ConsideredView]
    chosen_at: datetime
    ended_at: datetime | None
    outcome: Annotated[str | None, Field(description="`done`, `failed` or `refused`; null while it is open.")]
    detail: str | None

    @classmethod
    def of(cls, choice: PerformerChoice) -> ChosenView:
        """The row as it is shown."""
        explained: dict[str, Any] = choice.explained
        return cls(
            step=choice.step,
            visit=choice.visit,
            performer=choice.performer,
            kind=choice.kind,
            tool=choice.tool,
            because=explained.get("because", ""),
            deadline=instant_of(explained.get("deadline")),
            considered=[ConsideredView.of(one) for one in explained.get("considered", ())],
            chosen_at=choice.chosen_at,
            ended_at=choice.ended_at,
            outcome=choice.outcome,
            detail=choice.detail,
        )


def instant_of(recorded: str | None) -> datetime | None:
    """An instant as it was recorded."""
    return datetime.fromisoformat(recorded) if recorded else None

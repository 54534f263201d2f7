"""Deadlines and escalations of the whole tenant, as the API lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from api.views.deadline import ClockView
from api.views.escalation import EscalationView, Reader, people_told
from api.views.task import Person
from api.views.view import View
from graphs.deadlines.clock import Clock
from graphs.deadlines.watch_desk import Waiting
from graphs.store.clock_lists import COUNTED, ListedClock

BASIS_POINTS = 10_000


class ListedClockView(View):
    """A clock with the case and the task it is about; for a task, whose it is."""

    clock: ClockView
    title: Annotated[str, Field(description="Of the case.")]
    process: str
    task_title: str | None
    assignee: Person | None
    probability: Annotated[
        float | None,
        Field(description="Of a breach, at the last look: 0 to 1; null where not known or not to be seen."),
    ]

    @classmethod
    def of(cls, found: ListedClock, names: Mapping[str, str], *, foresees: bool) -> ListedClockView:
        """The clock as it is shown; `foresees` is whether the reader may see forecasts."""
        holder, bps = found.assignee_id, found.probability_bps
        return cls(
            clock=ClockView.of(Clock.of(found.row)),
            title=found.title,
            process=found.process,
            task_title=found.task_title,
            assignee=Person(id=holder, name=names.get(holder, holder)) if holder else None,
            probability=bps / BASIS_POINTS if foresees and bps is not None else None,
        )


class ClockCounts(View):
    """How many clocks there are, each counted up to `counted_up_to`."""

    breached: int
    at_risk: int
    due: Annotated[int, Field(description="Due within a day, and neither breached nor paused.")]
    counted_up_to: int = COUNTED


class ClockPage(View):
    """Clocks in order."""

    clocks: list[ListedClockView]
    next: Annotated[str | None, Field(description="Cursor of the following page, null on the last.")]
    counts: Annotated[ClockCounts | None, Field(description="Where they were asked for.")]


class WaitingView(View):
    """An escalation that nobody has acknowledged, with its clock and the title of its case."""

    escalation: EscalationView
    clock: ClockView
    title: str


class WaitingList(View):
    """Escalations that nobody has acknowledged, the newest first."""

    escalations: list[WaitingView]

    @classmethod
    def of(cls, waiting: Iterable[Waiting], reader: Reader) -> WaitingList:
        """The escalations as they are shown."""
        return cls(
            escalations=[
                WaitingView(
                    escalation=EscalationView.of(one.found.escalation, reader),
                    clock=ClockView.of(Clock.of(one.found.clock)),
                    title=one.found.title,
                )
                for one in waiting
            ]
        )


def ids_in(waiting: Iterable[Waiting]) -> list[str]:
    """Ids of the people in these escalations."""
    return people_told([one.found.escalation for one in waiting])

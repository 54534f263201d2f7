"""A ladder as it is shown: every step with what became of it, or when it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.deadlines.clock import Clock
from graphs.store.escalation_tables import EscalationRow
from policies.escalation_due import PlannedLadder, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """A step of a ladder.

    `state` is `ahead`, `waiting` (the clock does not run), `on_forecast`, `reached`, `acknowledged`, `skipped`,
    `refused`, or `left_out`. `row` is what is on record of it.
    """

    rung: str
    number: int
    when: str
    action: str
    urgency: str
    channel: str | None
    planned_at: Any
    state: str
    row: EscalationRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLadder:
    """A clock's ladder, lowest step first."""

    name: str
    at_risk_at: Any
    at_risk_since: Any
    steps: Sequence[ShownStep]


def shown_ladder(clock: Clock, rows: Sequence[EscalationRow]) -> ShownLadder | None:
    """The ladder of the clock with what was reached since it started; None where it has none."""
    if clock.ladder is None:
        return None
    on_record = {row.place: row for row in rows if row.clock_id == clock.id and row.round == clock.started_at}
    return ShownLadder(
        name=clock.ladder.ladder.name,
        at_risk_at=clock.ladder.at_risk_at,
        at_risk_since=clock.at_risk_since,
        steps=[
            _shown(clock.ladder, step, _state(clock, place, step, on_record), on_record.get(place))
            for place, step in enumerate(clock.ladder.steps)
        ],
    )


def tried_ladder(ladder: PlannedLadder) -> ShownLadder:
    """The ladder as it would be for a clock that starts now."""
    steps = [_shown(ladder, step, "ahead" if step.at else "on_forecast", None) for step in ladder.steps]
    return ShownLadder(name=ladder.ladder.name, at_risk_at=ladder.at_risk_at, at_risk_since=None, steps=steps)


def _state(clock: Clock, place: int, step: Step, on_record: Mapping[int, EscalationRow]) -> str:
    row = on_record.get(place)
    if row is not None:
        return "acknowledged" if row.acknowledged_at is not None else row.status
    if place < clock.climbed or clock.status == "stopped":
        return "left_out"
    if step.at is None:
        return "on_forecast"
    return "ahead" if clock.status == "running" else "waiting"


def _shown(ladder: PlannedLadder, step: Step, state: str, row: EscalationRow | None) -> ShownStep:
    rung = ladder.rung(step)
    return ShownStep(
        rung=rung.name,
        number=step.number,
        when=rung.when(),
        action=rung.action,
        urgency=rung.urgency,
        channel=rung.channel,
        planned_at=step.at,
        state=state,
        row=row,
    )

"""Where a case stands when it is taken: its state, and what came for what it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.errors import CheckpointUnreadable
from graphs.process import ProcessDefinition
from graphs.runtime.run import Run
from graphs.state import CaseState, folded


def state_of(run: Run) -> CaseState:
    """The state of the case: what the checkpoint holds, else the fold of the journal. Raises `CheckpointUnreadable`."""
    if run.checkpoint is None:
        state: CaseState = folded(update for _, _, update in run.case.journal)
    else:
        channels = run.checkpoint.checkpoint["channel_values"]
        state = {"data": channels["data"], "visits": channels["visits"], "route": channels["route"]}
    check_steps([state["route"]] if state["route"] else [], run.definition)
    return state


def entered(definition: ProcessDefinition, state: CaseState) -> str:
    """The step at which the case goes on: where its journal left off, or the first."""
    return state["route"] or definition.start


def answer_to(waits: Mapping[str, Any], run: Run) -> Mapping[str, Any] | None:
    """What came for a wait, as of when the case was taken."""
    match waits["kind"]:
        case "task":
            return run.case.answers.get(waits["task"])
        case "message":
            return run.case.messages.get(f"{waits['step']}#{waits['visit']}")
        case _:
            return {"fired": waits["timer"]} if waits["timer"] in run.case.fired else None


def check_steps(entering: Sequence[str], definition: ProcessDefinition) -> None:
    """Raises `CheckpointUnreadable` for a step that is not there."""
    unknown = [name for name in entering if name not in definition.by_name]
    if unknown:
        raise CheckpointUnreadable(f"{definition.reference} has no step {', '.join(unknown)}")

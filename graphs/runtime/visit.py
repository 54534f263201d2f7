"""A visit of a step: taken from the journal if it was committed before, else executed and held for the commit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from graphs.errors import LoopBoundExceeded
from graphs.runtime.commit import hold_visit
from graphs.runtime.effect import run_effect
from graphs.runtime.judged import run_judged
from graphs.runtime.outcome import CaseEnd, NewTimer, StepOutcome
from graphs.runtime.question import task_id
from graphs.runtime.reading import run_read
from graphs.runtime.review import run_review
from graphs.runtime.run import Run
from graphs.state import CaseState, applied
from graphs.steps import (
    MAX_VISITS,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    InterruptingStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
)


async def visit_step(step: AnyStep, state: CaseState, run: Run, *, answer: Mapping[str, Any] | None) -> CaseState:
    """The state after one visit. A visit that stands in the journal never runs again."""
    visit = state["visits"].get(step.name, 0) + 1
    before = run.visited.get((step.name, visit))
    if before is not None:
        return applied(state, before)
    if visit > MAX_VISITS:
        raise LoopBoundExceeded(f"step {step.name!r} was visited {MAX_VISITS} times")
    started_at = run.clock()
    outcome = await execute(step, state, run, visit=visit, answer=answer)
    outcome = with_timer(outcome, state, run, now=run.clock())
    return await hold_visit(run, step, visit, outcome, state, started_at=started_at)


async def execute(
    step: AnyStep, state: CaseState, run: Run, *, visit: int, answer: Mapping[str, Any] | None
) -> StepOutcome:
    """What the step does, by its kind."""
    match step:
        case ReadStep():
            return await run_read(step, state, run)
        case DecisionStep() | ProposeStep():
            return run_judged(step, state, run)
        case ReviewStep():
            return run_review(step, state, answer or {}, run)
        case EffectStep():
            return await run_effect(step, state, run, visit=visit)
        case TimerStep():
            return StepOutcome(route=step.next)
        case EndStep():
            end = CaseEnd(status=step.ends, outcome=step.outcome(run.view(state)))
            return StepOutcome(route="", kind="case.ended", end=end)
        case _:
            assert_never(step)


def waiting_for(step: InterruptingStep, state: CaseState, run: Run) -> dict[str, Any]:
    """The value of the interrupt: what the case waits for, by an id that can be looked up."""
    visit = state["visits"].get(step.name, 0) + 1
    if isinstance(step, ReviewStep):
        return {"kind": "task", "step": step.name, "visit": visit, "task": task_id(run.case.id, step.name, visit)}
    return {"kind": "timer", "step": step.name, "visit": visit, "timer": timer_id(run.case.id, step.name, visit)}


def timer_id(case_id: str, step: str, visit: int) -> str:
    """The id of the timer of a timer step's visit."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{case_id}/{step}/{visit}"))


def with_timer(outcome: StepOutcome, state: CaseState, run: Run, *, now: datetime) -> StepOutcome:
    """A step that goes to a timer step sets its timer, in its own transaction."""
    following = run.definition.by_name.get(outcome.route)
    if not isinstance(following, TimerStep):
        return outcome
    visit = state["visits"].get(following.name, 0) + 1
    timer = NewTimer(
        id=timer_id(run.case.id, following.name, visit),
        subject="step",
        subject_id=f"{run.case.id}/{following.name}",
        visit=visit,
        due_at=following.due(run.view(state), now),
    )
    return replace(outcome, timer=timer)

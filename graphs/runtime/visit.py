"""A visit of a step: executed, and held for the commit that makes it durable."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from graphs.errors import LoopBoundExceeded
from graphs.messages import run_wait
from graphs.runtime.asking import run_ask
from graphs.runtime.choosing import choose_performer
from graphs.runtime.clocks import enter_step
from graphs.runtime.commit import hold_visit
from graphs.runtime.effect import run_effect
from graphs.runtime.hand import run_hand
from graphs.runtime.judged import facts_of, run_judged
from graphs.runtime.lapse import with_difference
from graphs.runtime.outcome import CaseEnd, StepOutcome
from graphs.runtime.provenance import check_labels
from graphs.runtime.reading import run_read
from graphs.runtime.review import run_review
from graphs.runtime.run import Run
from graphs.runtime.spans import step_span
from graphs.runtime.splitting import look_for_split
from graphs.state import CaseState, merge_sections
from graphs.steps import (
    MAX_VISITS,
    AgentStep,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    HandStep,
    JudgedStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
    WaitStep,
)
from tools.telemetry.metrics import STEP_SECONDS


async def visit_step(step: AnyStep, state: CaseState, run: Run, *, answer: Mapping[str, Any] | None) -> CaseState:
    """The state after one visit."""
    visit = next_visit(step, state)
    started_at = run.clock()
    enter_step(run, step, state)
    began = time.perf_counter()
    try:
        with step_span(run, step, visit=visit):
            outcome = await execute(step, state, run, visit=visit, answer=answer)
    finally:
        STEP_SECONDS.of(run.definition.name, step.name).observe(time.perf_counter() - began)
    check_labels(step, outcome.data, by=outcome.actor)
    return await hold_visit(run, step, visit, outcome, state, started_at=started_at)


def next_visit(step: AnyStep, state: CaseState) -> int:
    """The number of the step's next visit. Raises `LoopBoundExceeded`."""
    visits = state["visits"].get(step.name, 0)
    if visits >= MAX_VISITS:
        raise LoopBoundExceeded(f"step {step.name!r} was visited {MAX_VISITS} times")
    return visits + 1


async def execute(
    step: AnyStep, state: CaseState, run: Run, *, visit: int, answer: Mapping[str, Any] | None
) -> StepOutcome:
    """What the step does, by its kind."""
    match step:
        case ReadStep():
            return await run_read(step, state, run)
        case AgentStep():
            return await run_ask(step, state, run, visit=visit)
        case DecisionStep() | ProposeStep():
            return await _judge(step, state, run)
        case ReviewStep():
            return run_review(step, state, answer or {}, run)
        case HandStep():
            return await run_hand(step, state, answer or {}, run, visit=visit)
        case EffectStep():
            return await run_effect(step, state, run, visit=visit)
        case TimerStep():
            return StepOutcome(route=step.next)
        case WaitStep():
            waited = run_wait(step, run.view(state), answer or {})
            return StepOutcome(route=waited.route, data=waited.data)
        case EndStep():
            end = CaseEnd(status=step.ends, outcome=step.outcome(run.view(state)))
            return StepOutcome(route="", kind="case.ended", end=end)
        case _:
            assert_never(step)


async def _judge(step: JudgedStep, state: CaseState, run: Run) -> StepOutcome:
    """Judge by the rules active now; of a proposal with performers, first choose who performs."""
    await run.look_up_rules()
    performing = await choose_performer(step, state, run) if isinstance(step, ProposeStep) else None
    if performing is not None:
        state = {**state, "data": merge_sections(state["data"], performing.chosen.section(step.name))}
    view = run.view(state)
    if run.suspect:
        await run.judged(step.point, facts_of(step, view, run))
    await look_for_split(step, view, run)
    outcome = await with_difference(step, run_judged(step, state, run), view, run)
    if performing is None:
        return outcome
    data = {**outcome.data, **performing.chosen.section(step.name)}
    return replace(outcome, data=data, values={**outcome.values, "choice": performing.explained})

"""From a definition to LangGraph: one node a step, edges only to declared destinations."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graphs.errors import LoopBoundExceeded, UndeclaredRoute
from graphs.process import ProcessDefinition
from graphs.runtime.commit import commit_step, journaled
from graphs.runtime.effect import run_effect
from graphs.runtime.judged import run_judged
from graphs.runtime.question import task_id
from graphs.runtime.reading import run_read
from graphs.runtime.review import run_review
from graphs.runtime.run import CaseEnd, Run, StepOutcome
from graphs.state import CaseState, merge_sections
from graphs.steps import (
    MAX_VISITS,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
)
from graphs.store.tables import Timer
from policies.canonical import jsonable

CaseGraph = CompiledStateGraph[CaseState, Run, CaseState, CaseState]
Node = Callable[..., Awaitable[dict[str, Any]]]


def compile_graph(definition: ProcessDefinition, saver: BaseCheckpointSaver[Any] | None = None) -> CaseGraph:
    """The LangGraph graph of a definition, checkpointed by `saver`."""
    builder: StateGraph[CaseState, Run, CaseState, CaseState] = StateGraph(CaseState, context_schema=Run)
    for step in definition.steps:
        builder.add_node(step.name, node(step))
        if step.destinations:
            targets = {name: name for name in step.destinations}
            builder.add_conditional_edges(step.name, _route_of(step), targets)  # type: ignore[arg-type]  # str keys
        else:
            builder.add_edge(step.name, END)
    builder.add_edge(START, definition.start)
    return builder.compile(checkpointer=saver, name=definition.reference)


def recursion_limit(definition: ProcessDefinition) -> int:
    """Super-steps that one run of a case can take: every step as often as it may be visited."""
    return len(definition.steps) * MAX_VISITS


def _route_of(step: AnyStep) -> Callable[[CaseState], str]:
    def route(state: CaseState) -> str:
        chosen = state["route"]
        if chosen not in step.destinations:
            raise UndeclaredRoute(f"step {step.name!r} chose {chosen!r}, which it does not declare")
        return chosen

    return route


def node(step: AnyStep) -> Node:
    """The node function of a step. An interrupting step asks before it does anything else."""
    if isinstance(step, ReviewStep | TimerStep):
        return _interrupting_node(step)

    async def run_step(state: CaseState, runtime: Runtime[Run]) -> dict[str, Any]:
        return await visit_step(step, state, runtime.context, answer=None)

    return run_step


def _interrupting_node(step: ReviewStep | TimerStep) -> Node:
    async def ask(state: CaseState, runtime: Runtime[Run]) -> dict[str, Any]:
        answer = interrupt(waiting_for(step, state, runtime.context))
        return await visit_step(step, state, runtime.context, answer=answer)

    return ask


def waiting_for(step: ReviewStep | TimerStep, state: CaseState, run: Run) -> dict[str, Any]:
    """The value of the interrupt: what the case waits for, by an id that can be looked up."""
    visit = state["visits"].get(step.name, 0) + 1
    if isinstance(step, ReviewStep):
        return {"kind": "task", "step": step.name, "visit": visit, "task": task_id(run.case.id, step.name, visit)}
    return {"kind": "timer", "step": step.name, "visit": visit, "timer": timer_id(run.case.id, step.name, visit)}


def timer_id(case_id: str, step: str, visit: int) -> str:
    """The id of the timer of a timer step's visit."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{case_id}/{step}/{visit}"))


async def visit_step(step: AnyStep, state: CaseState, run: Run, *, answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """One visit: from the journal if it was committed before, else executed and committed."""
    visit = state["visits"].get(step.name, 0) + 1
    before = await journaled(run, step, visit)
    if before is not None:
        return before
    if visit > MAX_VISITS:
        raise LoopBoundExceeded(f"step {step.name!r} was visited {MAX_VISITS} times")
    started_at = run.clock()
    outcome = await execute(step, state, run, visit=visit, answer=answer)
    outcome = _with_timer(outcome, state, run, now=run.clock())
    outcome = replace(outcome, title=_caption(outcome, state, run))
    return await commit_step(run, step, visit, outcome, started_at=started_at)


def _caption(outcome: StepOutcome, state: CaseState, run: Run) -> str | None:
    """What the case is called once this visit's data are in."""
    data = merge_sections(state["data"], jsonable(dict(outcome.data)))
    return run.definition.caption(run.view({**state, "data": data}))


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
            return StepOutcome(route="", end=CaseEnd(status=step.ends, outcome=step.outcome(run.view(state))))
        case _:
            assert_never(step)


def _with_timer(outcome: StepOutcome, state: CaseState, run: Run, *, now: datetime) -> StepOutcome:
    """A step that goes to a timer step sets its timer, in its own transaction."""
    following = next((step for step in run.definition.steps if step.name == outcome.route), None)
    if not isinstance(following, TimerStep):
        return outcome
    visit = state["visits"].get(following.name, 0) + 1
    timer = Timer(
        id=timer_id(run.case.id, following.name, visit),
        tenant=run.case.tenant,
        case_id=run.case.id,
        subject="step",
        subject_id=f"{run.case.id}/{following.name}",
        visit=visit,
        due_at=following.due(run.view(state), now),
        status="set",
    )
    return replace(outcome, timer=timer)

"""From a definition to LangGraph, in either of two forms with the same nodes.

Step by step, each step is a super-step. In stretches, a node runs its own step and every one that follows until one
waits or the case ends. A wait is always a node of its own, so that nothing with an effect runs again when it is
resumed. Both forms name a node after its (first) step, so that either resumes the other's checkpoints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graphs.errors import UndeclaredRoute
from graphs.process import ProcessDefinition
from graphs.runtime.failpoint import failpoint
from graphs.runtime.run import Run
from graphs.runtime.standing import entered
from graphs.runtime.stretch import run_stretch
from graphs.runtime.visit import visit_step
from graphs.runtime.waits import question_of
from graphs.state import CaseState
from graphs.steps import INTERRUPTING, MAX_VISITS, AnyStep, EndStep, InterruptingStep

CaseGraph = CompiledStateGraph[CaseState, Run, CaseState, CaseState]
Node = Callable[..., Awaitable[CaseState]]
Route = Callable[[CaseState], Awaitable[str]]


def compile_graph(
    definition: ProcessDefinition, saver: BaseCheckpointSaver[Any] | None = None, *, stretches: bool = True
) -> CaseGraph:
    """The LangGraph graph of a definition, checkpointed by `saver`."""
    builder: StateGraph[CaseState, Run, CaseState, CaseState] = StateGraph(CaseState, context_schema=Run)
    for step in definition.steps:
        builder.add_node(step.name, node(step, stretches=stretches))
        targets = destinations(step, definition, stretches=stretches)
        builder.add_conditional_edges(step.name, _route_of(step, targets), targets)  # type: ignore[arg-type]  # str keys
    names = {step.name: step.name for step in definition.steps}
    builder.add_conditional_edges(START, _entry_of(definition), names)  # type: ignore[arg-type]  # str keys
    return builder.compile(checkpointer=saver, name=definition.reference)


def recursion_limit(definition: ProcessDefinition) -> int:
    """Super-steps that one run of a case can take: every step as often as it may be visited."""
    return len(definition.steps) * MAX_VISITS


def destinations(step: AnyStep, definition: ProcessDefinition, *, stretches: bool) -> dict[str, str]:
    """Where the step's node may go: in stretches, from wait to wait or to the end."""
    if isinstance(step, EndStep):
        return {"": END}
    if not stretches or step.kind in INTERRUPTING:
        return {name: name for name in step.destinations}
    return {**{name: name for name in waits_behind(step, definition)}, "": END}


def waits_behind(step: AnyStep, definition: ProcessDefinition) -> list[str]:
    """The waits that a stretch from `step` can come to."""
    seen, waits, following = {step.name}, [], [step]
    while following:
        for name in following.pop().destinations:
            if name in seen:
                continue
            seen.add(name)
            found = definition.step(name)
            if found.kind in INTERRUPTING:
                waits.append(name)
            else:
                following.append(found)
    return waits


# Coroutines, because LangGraph gives a plain function to a thread.
def _entry_of(definition: ProcessDefinition) -> Route:
    """A case enters where its journal left off."""

    async def route(state: CaseState) -> str:
        return entered(definition, state)

    return route


def _route_of(step: AnyStep, targets: dict[str, str]) -> Route:
    async def route(state: CaseState) -> str:
        if state["route"] not in targets:
            raise UndeclaredRoute(f"step {step.name!r} chose {state['route']!r}, which it does not declare")
        return state["route"]

    return route


def node(step: AnyStep, *, stretches: bool) -> Node:
    """The node function of a step. An interrupting step asks before it does anything else."""
    if isinstance(step, InterruptingStep):
        return _interrupting_node(step)

    async def run_step(state: CaseState, runtime: Runtime[Run]) -> CaseState:
        if stretches:
            return await run_stretch(step, state, runtime.context)
        return await visit_step(step, state, runtime.context, answer=None)

    return run_step


def _interrupting_node(step: InterruptingStep) -> Node:
    async def ask(state: CaseState, runtime: Runtime[Run]) -> CaseState:
        run = runtime.context
        answer = interrupt(question_of(step, run.case.id, state["visits"]))
        failpoint("resume.before_step", step.name)
        return await visit_step(step, state, run, answer=answer)

    return ask

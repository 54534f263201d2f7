"""From a definition to LangGraph, in either of two forms with the same nodes.

Step by step, each step is a super-step. In stretches, a node runs its own step and every one that follows until one
waits or the case ends. A wait is always a node of its own, so that nothing with an effect runs again when it is
resumed. Both forms name a node after its (first) step, so that either resumes the other's checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


def compile_graph(
    definition: ProcessDefinition, saver: BaseCheckpointSaver[Any] | None = None, *, stretches: bool = True
) -> CaseGraph:
    """The LangGraph graph of a definition, checkpointed by `saver`."""
    builder: StateGraph[CaseState, Run, CaseState, CaseState] = StateGraph(CaseState, context_schema=Run)
    for step in definition.steps:
        builder.add_node(step.name, node(step, stretches=stretches))
        targets = destinations(step, definition, stretches=stretches)
        route = DeclaredRoute(step=step, targets=targets)
        builder.add_conditional_edges(step.name, route, targets)  # type: ignore[arg-type]  # str keys
    names = {step.name: step.name for step in definition.steps}
    builder.add_conditional_edges(START, JournalEntry(definition=definition), names)  # type: ignore[arg-type]  # str keys
    return builder.compile(checkpointer=saver, name=definition.reference)


def recursion_limit(definition: ProcessDefinition) -> int:
    """Super-steps that one run of a case can take: every step as often as it may be visited."""
    return len(definition.steps) * MAX_VISITS


def destinations(step: AnyStep, definition: ProcessDefinition, *, stretches: bool) -> dict[str, str]:
    """Where the step's node may go: in stretches, from wait to wait, or to the end if the stretch can come to one."""
    if isinstance(step, EndStep):
        return {"": END}
    if not stretches or step.kind in INTERRUPTING:
        return {name: name for name in step.destinations}
    waits, ends = behind(step, definition)
    return {**{name: name for name in waits}, **({"": END} if ends else {})}


def behind(step: AnyStep, definition: ProcessDefinition) -> tuple[list[str], bool]:
    """The waits that a stretch from `step` can come to, and whether it can come to an end."""
    seen, following = {step.name}, [step]
    waits: list[str] = []
    ends = False
    while following:
        for name in following.pop().destinations:
            if name in seen:
                continue
            seen.add(name)
            found = definition.step(name)
            ends = ends or isinstance(found, EndStep)
            if found.kind in INTERRUPTING:
                waits.append(name)
            else:
                following.append(found)
    return waits, ends


# What follows are classes so that the graph proof can tell, of a compiled graph, what its nodes and routes are made of.
# Their calls are coroutines, because LangGraph gives a plain function to a thread.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JournalEntry:
    """A case enters where its journal left off."""

    definition: ProcessDefinition

    async def __call__(self, state: CaseState) -> str:
        return entered(self.definition, state)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeclaredRoute:
    """From a step's node to where its state says, if that is declared. Raises `UndeclaredRoute`."""

    step: AnyStep
    targets: Mapping[str, str]

    async def __call__(self, state: CaseState) -> str:
        if state["route"] not in self.targets:
            raise UndeclaredRoute(f"step {self.step.name!r} chose {state['route']!r}, which it does not declare")
        return state["route"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunningNode:
    """Runs its step, and in stretches all that follow up to the next wait."""

    step: AnyStep
    stretches: bool

    async def __call__(self, state: CaseState, runtime: Runtime[Run]) -> CaseState:
        if self.stretches:
            return await run_stretch(self.step, state, runtime.context)
        return await visit_step(self.step, state, runtime.context, answer=None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AskingNode:
    """An interrupting step: asks before it does anything else, and runs nothing but itself."""

    step: InterruptingStep

    async def __call__(self, state: CaseState, runtime: Runtime[Run]) -> CaseState:
        run = runtime.context
        answer = interrupt(question_of(self.step, run.case.id, state["visits"]))
        failpoint("resume.before_step", self.step.name)
        return await visit_step(self.step, state, run, answer=answer)


Node = RunningNode | AskingNode


def node(step: AnyStep, *, stretches: bool) -> Node:
    """The node of a step."""
    return AskingNode(step=step) if isinstance(step, InterruptingStep) else RunningNode(step=step, stretches=stretches)

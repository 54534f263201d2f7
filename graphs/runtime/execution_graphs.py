"""What executes a definition, read from that itself: the compiled graphs of LangGraph, the walk, people's orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph

from graphs.errors import Conflict, Invalid, LoopBoundExceeded, UndeclaredRoute
from graphs.process import ProcessDefinition, declaration
from graphs.proof.execution_graph import Edge, ExecutionGraph, ExecutionNode
from graphs.proof.paths import reached
from graphs.proof.report import GraphProof, prove
from graphs.proof.step_graph import RETRY, SKIP, Order, step_graph
from graphs.runtime.compile import AskingNode, DeclaredRoute, JournalEntry, RunningNode, compile_graph
from graphs.runtime.execution import Execution
from graphs.runtime.standing import entered
from graphs.runtime.visit import next_visit
from graphs.state import EMPTY
from graphs.steering import check_entry, skip_destination
from graphs.steps import MAX_VISITS, AnyStep, EndStep, InterruptingStep

AnyCompiled = CompiledStateGraph[Any, Any, Any, Any]


def prove_definition(definition: ProcessDefinition) -> GraphProof:
    """The proof of a definition, of each way to execute it, and of what people may order."""
    graph = step_graph(definition, orders=tuple(orders(definition)))
    return prove(graph, executions(definition), digest=definition.digest)


def executions(definition: ProcessDefinition) -> list[ExecutionGraph]:
    """Every way to execute the definition."""
    return [_executed(definition, way) for way in Execution]


def _executed(definition: ProcessDefinition, way: Execution) -> ExecutionGraph:
    if way is Execution.JOURNAL:
        return walked(definition)
    compiled = compile_graph(definition, stretches=way is Execution.STRETCHES)
    return read_compiled(compiled, definition, way=way.value)


def walked(definition: ProcessDefinition) -> ExecutionGraph:
    """What the walk may do: every step is asked for every other whether it may go there, and where a case enters."""
    names = [step.name for step in definition.steps]
    edges = {(source.name, name) for source in definition.steps for name in names if _may(definition, source, name)}
    edges |= {(step.name, END) for step in definition.steps if isinstance(step, EndStep)}
    edges |= {(START, entered(definition, {**EMPTY, "route": name})) for name in ["", *names]}
    nodes = tuple(
        ExecutionNode(
            name=step.name,
            runs=frozenset({step.name}),
            interrupts=isinstance(step, InterruptingStep),
            counts=_counts(step),
        )
        for step in definition.steps
    )
    return ExecutionGraph(
        way=Execution.JOURNAL.value,
        reference=definition.reference,
        digest=definition.digest,
        nodes=nodes,
        edges=frozenset(edges),
        resumes=entered(definition, EMPTY) == definition.start,
    )


def _may(definition: ProcessDefinition, step: AnyStep, name: str) -> bool:
    try:
        return definition.declared(step, name).name == name
    except UndeclaredRoute:
        return False


def _counts(step: AnyStep) -> bool:
    """Whether a visit is refused once there were as many as a case may have; every way to execute asks the same."""
    try:
        next_visit(step, {**EMPTY, "visits": {step.name: MAX_VISITS}})
    except LoopBoundExceeded:
        return True
    return False


def orders(definition: ProcessDefinition) -> Iterator[Order]:
    """Where a person's order may lead: past a step that may be skipped, and back to one that may be tried again."""
    anywhere = [step for step in definition.steps if _may_retry(definition, step)]
    for step in definition.steps:
        if (to := _skipped(definition, step)) is not None:
            yield Order(step=step.name, on=SKIP, to=to)
        if not isinstance(step, EndStep):
            yield from (Order(step=step.name, on=RETRY, to=again.name) for again in anywhere)


def _skipped(definition: ProcessDefinition, step: AnyStep) -> str | None:
    try:
        return skip_destination(definition, step)
    except Conflict:
        return None


def _may_retry(definition: ProcessDefinition, step: AnyStep) -> bool:
    try:
        check_entry(definition, step.name)
    except (Conflict, Invalid):
        return False
    return True


def read_compiled(compiled: AnyCompiled, definition: ProcessDefinition, *, way: str) -> ExecutionGraph:
    """A compiled graph of LangGraph, as it would run: its edges, its declared routes, and what its nodes are made of.

    Its drawing misses routes without declared destinations, so that each route is looked at, too.
    """
    entry = compiled.builder.branches.get(START, {})
    entering = [_made_of(branch.path) for branch in entry.values()]
    made = entering[0] if len(entering) == 1 else None
    return ExecutionGraph(
        way=way,
        reference=compiled.get_name(),
        digest=made.definition.digest if isinstance(made, JournalEntry) else "",
        nodes=tuple(_node(compiled, definition, name) for name in compiled.builder.nodes),
        edges=frozenset(_drawn(compiled) | _built(compiled)),
        resumes=isinstance(made, JournalEntry) and not any(source == START for source, _ in compiled.builder.edges),
    )


def _drawn(compiled: AnyCompiled) -> set[Edge]:
    try:
        return {(edge.source, edge.target) for edge in compiled.get_graph().edges}
    except TypeError:
        # LangGraph cannot draw a node that both commands and routes to another; what was built says as much.
        return set()


def _built(compiled: AnyCompiled) -> set[Edge]:
    """Edges, declared routes and declared commands."""
    builder = compiled.builder
    edges: set[Edge] = {*builder.edges}
    edges |= {(source, target) for sources, target in builder.waiting_edges for source in sources}
    edges |= {(name, target) for name, made in builder.nodes.items() for target in made.ends or ()}
    for source, branches in builder.branches.items():
        edges |= {(source, target) for branch in branches.values() for target in (branch.ends or {}).values()}
    return edges


def _made_of(runnable: object) -> object:
    """What was given to LangGraph, which wraps it."""
    return getattr(runnable, "afunc", None) or getattr(runnable, "func", None) or runnable


def _node(compiled: AnyCompiled, definition: ProcessDefinition, name: str) -> ExecutionNode:
    made = _made_of(compiled.builder.nodes[name].runnable)
    if not isinstance(made, RunningNode | AskingNode):
        why = (
            f"{name!r} is a function that no step stands for: {getattr(made, '__qualname__', type(made).__qualname__)}"
        )
        return ExecutionNode(name=name, runs=frozenset({name}), interrupts=False, counts=False, why=why)
    goes_on = isinstance(made, RunningNode) and made.stretches
    return ExecutionNode(
        name=name,
        runs=_stretch(definition, made.step) if goes_on else frozenset({made.step.name}),
        interrupts=isinstance(made, AskingNode) or name in _paused(compiled),
        goes_on=goes_on,
        counts=_counts(made.step),
        why=_wrong(compiled, definition, name, made.step),
    )


def _paused(compiled: AnyCompiled) -> set[str]:
    return {*compiled.interrupt_before_nodes, *compiled.interrupt_after_nodes}


def _stretch(definition: ProcessDefinition, step: AnyStep) -> frozenset[str]:
    """The steps that a stretch may run: what follows, along what is declared, up to a wait."""
    waits = {other.name for other in definition.steps if isinstance(other, InterruptingStep)}

    def following(name: str) -> list[str]:
        return [to for to in definition.by_name if _may(definition, definition.step(name), to)]

    return frozenset(reached([step.name], following, avoiding=waits))


def _wrong(compiled: AnyCompiled, definition: ProcessDefinition, name: str, step: AnyStep) -> str:
    known: Mapping[str, AnyStep] = definition.by_name
    if name not in known or step.name != name or declaration(step) != declaration(known[name]):
        return f"{name!r} runs another step than the definition's"
    for branch in compiled.builder.branches.get(name, {}).values():
        if not branch.ends or not isinstance(_made_of(branch.path), DeclaredRoute):
            return f"from {name!r} a function routes, without declared destinations"
    if compiled.builder.nodes[name].ends:
        return f"{name!r} may go elsewhere by itself (Command)"
    return ""

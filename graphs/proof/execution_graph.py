"""What is executed of a process: the nodes that a case enters, what each runs, and where it goes from there.

Its ways are read from what executes, not from the definition; what the definition implies is made here to compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from graphs.proof.paths import reached
from graphs.proof.step_graph import Route, StepGraph, StepNode
from graphs.steps import MAX_VISITS, StepKind

START = "__start__"
END = "__end__"
"""As LangGraph calls them."""
UNDECLARED = "undeclared"

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionNode:
    """One node.

    `runs` are the steps that one entry of it may run, one after the other where it `goes_on`; `counts` says that their
    visits are counted; `why` says what is wrong with what the node is made of.
    """

    name: str
    runs: frozenset[str]
    interrupts: bool
    goes_on: bool = False
    counts: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionGraph:
    """One way to execute a process, by its name. `resumes` says that a case enters where its journal left off only."""

    way: str
    reference: str
    digest: str
    nodes: tuple[ExecutionNode, ...]
    edges: frozenset[Edge]
    resumes: bool = True
    by_name: dict[str, ExecutionNode] = field(init=False, repr=False, compare=False)
    _following: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Nodes by name, and edges by where they come from."""
        following: dict[str, list[str]] = {}
        for source, target in sorted(self.edges):
            following.setdefault(source, []).append(target)
        object.__setattr__(self, "by_name", {node.name: node for node in self.nodes})
        object.__setattr__(self, "_following", following)

    def following(self, name: str) -> list[str]:
        """Where edges lead from a node, in the order of the names."""
        return self._following.get(name, [])


def implied(graph: StepGraph, *, way: str, digest: str, stretches: bool) -> ExecutionGraph:
    """What the steps imply: a node each, in stretches with all that follows up to the next wait."""
    nodes = tuple(_node(graph, step, stretches=stretches) for step in graph.steps)
    edges = {(START, step.name) for step in graph.steps}
    edges |= {(node.name, target) for node in nodes for target in _targets(graph, node)}
    return ExecutionGraph(way=way, reference=graph.reference, digest=digest, nodes=nodes, edges=frozenset(edges))


def _node(graph: StepGraph, step: StepNode, *, stretches: bool) -> ExecutionNode:
    if not stretches or step.interrupts:
        return ExecutionNode(name=step.name, runs=frozenset({step.name}), interrupts=step.interrupts)
    waits = {other.name for other in graph.steps if other.interrupts}
    runs = frozenset(reached([step.name], graph.following, avoiding=waits))
    return ExecutionNode(name=step.name, runs=runs, interrupts=False, goes_on=True)


def _targets(graph: StepGraph, node: ExecutionNode) -> Iterable[str]:
    for name in node.runs:
        if graph.by_name[name].ends:
            yield END
        yield from (to for to in graph.following(name) if not node.goes_on or to not in node.runs)


def unfolded(graph: StepGraph, execution: ExecutionGraph) -> StepGraph:
    """The steps along the ways that the execution really has: what it does not have is gone, what it has more is there.

    Where a case may enter without its journal, the start leads to all that it may enter.
    """
    steps = [_as_executed(step, graph, execution) for step in graph.steps]
    for node in execution.nodes:
        if node.name not in graph.by_name:
            added = tuple(Route(on=UNDECLARED, to=to) for to in execution.following(node.name) if to != END)
            steps.append(StepNode(name=node.name, kind=StepKind.READ, routes=added, visits=None))
    if execution.resumes:
        return replace(graph, steps=tuple(steps), orders=())
    entries = tuple(Route(on=UNDECLARED, to=to) for to in execution.following(START))
    start = StepNode(name=START, kind=StepKind.READ, routes=entries)
    return replace(graph, start=START, steps=(start, *steps), orders=())


def _as_executed(step: StepNode, graph: StepGraph, execution: ExecutionGraph) -> StepNode:
    running = [node for node in execution.nodes if step.name in node.runs]
    inside = {name for node in running for name in node.runs if node.goes_on}
    outside = {target for node in running for target in execution.following(node.name)}
    kept = tuple(route for route in step.routes if route.to in inside | outside)
    own = execution.by_name.get(step.name)
    extra = set(execution.following(step.name)) - _declared(graph, own) - {END} if own else set()
    added = tuple(Route(on=UNDECLARED, to=to) for to in sorted(extra))
    counted = MAX_VISITS if all(node.counts for node in running) else None
    return replace(step, routes=(*kept, *added), visits=step.visits if counted else None)


def _declared(graph: StepGraph, node: ExecutionNode) -> set[str]:
    """Where a node may go, by what its steps say: a stretch goes to none of its own steps from outside."""
    found = {to for name in node.runs if name in graph.by_name for to in graph.by_name[name].destinations}
    return found - node.runs if node.goes_on else found

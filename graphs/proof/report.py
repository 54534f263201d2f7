"""The proof of a process: every claim, over its definition and everything that executes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graphs.proof.claims import SAYS, Claim, Violation
from graphs.proof.execution_graph import ExecutionGraph, unfolded
from graphs.proof.executions import counted, executed, interrupting
from graphs.proof.flow import Loop, bounded, effect_free, ended, entered, loops_of
from graphs.proof.guards import allowed, prepared, proposed
from graphs.proof.step_graph import Route, StepGraph
from graphs.steps import StepKind

ORDERED = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProof:
    """One claim: what it was looked for in, and what speaks against it."""

    claim: Claim
    looked_at: str
    violations: tuple[Violation, ...]

    @property
    def says(self) -> str:
        """The claim in words."""
        return SAYS[self.claim]

    @property
    def proven(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.violations


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphProof:
    """What was proven of a process, or was not. `graphs` are the definition and the ways it is executed."""

    reference: str
    digest: str
    graphs: tuple[str, ...]
    claims: tuple[ClaimProof, ...]
    loops: tuple[Loop, ...]

    @property
    def proven(self) -> bool:
        """Whether every claim is."""
        return all(claim.proven for claim in self.claims)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that speaks against it."""
        return tuple(violation for claim in self.claims for violation in claim.violations)


def prove(graph: StepGraph, executions: Sequence[ExecutionGraph] = (), *, digest: str = "") -> GraphProof:
    """Look for what speaks against each claim, in the steps and in each way to execute them.

    Where the start is no step, nothing else is looked for.
    """
    found = list(entered(graph))
    if graph.start in graph.by_name:
        found += [*of_steps(graph), *of_orders(graph)]
        for execution in executions:
            found += of_execution(graph, execution, digest)
    loops = tuple(loops_of(graph))
    return GraphProof(
        reference=graph.reference,
        digest=digest,
        graphs=("definition", *(execution.way for execution in executions)),
        claims=tuple(_claim(claim, graph, executions, loops, found) for claim in Claim),
        loops=loops,
    )


def of_steps(graph: StepGraph) -> Iterator[Violation]:
    """What speaks against the claims about steps and the ways between them."""
    yield from ended(graph)
    yield from bounded(graph)
    yield from guarded(graph)
    yield from effect_free(graph)


def guarded(graph: StepGraph) -> Iterator[Violation]:
    """What speaks against the claims about what must come before a step."""
    yield from prepared(graph)
    yield from proposed(graph)
    yield from allowed(graph)


def of_orders(graph: StepGraph) -> Iterator[Violation]:
    """What goes wrong only where a person skips a step or lets a case try again."""
    ways = {step.name: [order for order in graph.orders if order.step == step.name] for step in graph.steps}
    steps = (
        replace(step, routes=(*step.routes, *(Route(on=order.on, to=order.to) for order in ways[step.name])))
        for step in graph.steps
    )
    ordered = replace(graph, steps=tuple(steps))
    known = {violation.path[-1] for violation in guarded(graph)}
    for violation in guarded(ordered):
        if violation.path[-1] not in known:
            yield replace(violation, claim=Claim.ORDERS, graph=ORDERED)


def of_execution(graph: StepGraph, execution: ExecutionGraph, digest: str) -> Iterator[Violation]:
    """What speaks against a way to execute the steps; what is wrong with the steps alone is not said again."""
    yield from executed(graph, execution, digest)
    yield from interrupting(graph, execution)
    yield from counted(execution)
    known = {(violation.claim, violation.path[-1]) for violation in guarded(graph)}
    for violation in guarded(unfolded(graph, execution)):
        if (violation.claim, violation.path[-1]) not in known:
            yield replace(violation, graph=execution.way)


def _claim(
    claim: Claim,
    graph: StepGraph,
    executions: Sequence[ExecutionGraph],
    loops: Sequence[Loop],
    found: Iterable[Violation],
) -> ClaimProof:
    effects = sum(step.writes for step in graph.steps)
    match claim:
        case Claim.REACHED | Claim.ENDS:
            looked_at = _number(len(graph.steps), "step")
        case Claim.BOUNDED:
            looked_at = _number(len(loops), "loop")
        case Claim.PREPARED:
            looked_at = _number(len(list(graph.of_kind(StepKind.REVIEW))), "review")
        case Claim.PROPOSED | Claim.ALLOWED:
            looked_at = f"{_number(effects, 'effect')} in {_number(1 + len(executions), 'graph')}"
        case Claim.EFFECT_FREE:
            nodes = sum(node.interrupts for execution in executions for node in execution.nodes)
            waits = sum(step.interrupts for step in graph.steps)
            looked_at = f"{_number(waits, 'wait')}, {_number(nodes, 'node')}"
        case Claim.ORDERS:
            looked_at = _number(len(graph.orders), "order")
        case Claim.EXECUTION:
            edges = sum(len(execution.edges) for execution in executions)
            looked_at = f"{_number(edges, 'edge')} in {_number(len(executions), 'graph')}"
    violations = tuple(violation for violation in found if violation.claim is claim)
    return ClaimProof(claim=claim, looked_at=looked_at, violations=violations)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

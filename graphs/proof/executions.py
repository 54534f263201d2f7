"""Claims about what is executed: exactly the ways of the definition, and nothing with an effect where it interrupts."""

from __future__ import annotations

from collections.abc import Iterator

from graphs.proof.claims import Claim, Violation, ahead_of
from graphs.proof.execution_graph import END, START, ExecutionGraph, ExecutionNode, implied
from graphs.proof.flow import turn_of, turns
from graphs.proof.paths import shortest
from graphs.proof.step_graph import StepGraph


def executed(graph: StepGraph, found: ExecutionGraph, digest: str) -> Iterator[Violation]:
    """Name, digest, nodes and edges are those that the steps imply, no more and no less."""
    stretches = any(node.goes_on for node in found.nodes)
    wanted = implied(graph, way=found.way, digest=digest, stretches=stretches)
    if found.reference != wanted.reference:
        why = f"it is called {found.reference!r}, and the definition {wanted.reference!r}"
        yield _violation(found, (START,), why)
    if found.digest != wanted.digest:
        why = f"it was made of a definition with digest {found.digest[:12]}, and not {wanted.digest[:12]}"
        yield _violation(found, (START,), why)
    if not found.resumes:
        yield _violation(found, (START,), "a case may enter it elsewhere than where its journal left off")
    yield from _nodes(graph, found, wanted)
    for source, target in sorted(found.edges - wanted.edges):
        why = f"it goes from {source!r} to {target!r}, which the definition does not"
        yield _violation(found, (*_ahead(found, source), target), why)
    for source, target in sorted(wanted.edges - found.edges):
        why = f"{found.way} cannot go from {source!r} to {target!r}, as the definition does"
        yield Violation(claim=Claim.EXECUTION, path=_meant(graph, source, target), why=why)


def _meant(graph: StepGraph, source: str, target: str) -> tuple[str, ...]:
    """The path of the definition that an edge stands for; a stretch passes other steps, but no wait, on its way."""
    if source == START:
        return ahead_of(graph, target)
    goals = {step.name for step in graph.steps if step.ends} if target == END else {target}
    waits = {step.name for step in graph.steps if step.interrupts} - goals
    if target == END and source in goals:
        return ahead_of(graph, source)
    way = shortest(graph.following(source), goals, graph.following, avoiding=waits)
    return (*ahead_of(graph, source), *(way or ()))


def _nodes(graph: StepGraph, found: ExecutionGraph, wanted: ExecutionGraph) -> Iterator[Violation]:
    for node in found.nodes:
        if node.why:
            yield _violation(found, _ahead(found, node.name), node.why)
        same = wanted.by_name.get(node.name)
        if same is None:
            yield _violation(found, _ahead(found, node.name), f"{node.name!r} is no step of the definition")
        elif not node.why and (node.runs, node.interrupts, node.goes_on) != (same.runs, same.interrupts, same.goes_on):
            why = f"{node.name!r} runs {', '.join(sorted(node.runs))}, and not {', '.join(sorted(same.runs))}"
            why = why if node.runs != same.runs else f"{node.name!r} interrupts, or does not, against its kind"
            yield _violation(found, _ahead(found, node.name), why)
    for step in graph.steps:
        if step.name not in found.by_name:
            why = f"{found.way} has no node for {step.name!r}"
            yield Violation(claim=Claim.EXECUTION, path=ahead_of(graph, step.name), why=why)


def interrupting(graph: StepGraph, found: ExecutionGraph) -> Iterator[Violation]:
    """A node that interrupts runs one step, without an effect; so does no stretch that has a wait in it."""
    for node in found.nodes:
        effects = [step.name for step in graph.steps if step.writes and step.name in node.runs]
        waits = [step.name for step in graph.steps if step.interrupts and step.name in node.runs]
        if not node.interrupts and not waits:
            continue
        if effects or len(node.runs) > 1:
            yield Violation(
                claim=Claim.EFFECT_FREE, path=_ahead(found, node.name), why=_again(node, effects), graph=found.way
            )


def _again(node: ExecutionNode, effects: list[str]) -> str:
    again = ", ".join(effects or sorted(node.runs))
    return f"{node.name!r} interrupts and runs {again}: when it is resumed, that runs again"


def counted(found: ExecutionGraph) -> Iterator[Violation]:
    """No loop of nodes runs without the visits being counted."""
    uncounted = [node.name for node in found.nodes if not node.counts]
    for path in turns(uncounted, found.following, lambda name: _ahead(found, name)):
        why = f"nothing bounds this loop: nobody counts the visits of {', '.join(turn_of(path))}"
        yield Violation(claim=Claim.BOUNDED, path=path, why=why, graph=found.way)


def _violation(found: ExecutionGraph, path: tuple[str, ...], why: str) -> Violation:
    return Violation(claim=Claim.EXECUTION, path=path, why=why, graph=found.way)


def _ahead(found: ExecutionGraph, node: str) -> tuple[str, ...]:
    return shortest([START], {node}, found.following) or (node,)

"""Claims about the flow of a graph: every step is reached, every path ends, every loop is bounded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from graphs.proof.claims import Claim, Violation, ahead_of
from graphs.proof.paths import around, loops, reached
from graphs.proof.step_graph import StepGraph, StepNode
from graphs.steps import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Steps of which each leads to each.

    `visits` is how often a case may visit any of them: of the counted ones, as every turn passes one. `waits` are those
    at which a turn may wait, `spins` is a turn that never waits, if there is one.
    """

    steps: tuple[str, ...]
    visits: int
    waits: tuple[str, ...]
    spins: tuple[str, ...] | None


def entered(graph: StepGraph) -> Iterator[Violation]:
    """The start is a step, no two steps have one name, and a path leads to every step."""
    if graph.start not in graph.by_name:
        why = f"a case begins with {graph.start!r}, which is no step"
        yield Violation(claim=Claim.REACHED, path=(graph.start,), why=why)
        return
    found = reached([graph.start], graph.following)
    for step in graph.steps:
        if graph.by_name[step.name] is not step:
            why = f"two steps are called {step.name!r}: only the first is reached"
            yield Violation(claim=Claim.REACHED, path=(step.name,), why=why)
        elif step.name not in found:
            yield Violation(claim=Claim.REACHED, path=(step.name,), why=f"no path leads to {step.name!r}")


def ended(graph: StepGraph) -> Iterator[Violation]:
    """No path goes silent: it does not stop before an end, go to no step, wait for nobody, or go round for ever."""
    found = reached([graph.start], graph.following)
    for step in graph.steps:
        if step.name in found:
            yield from _silent(graph, step)
    for loop in loops((step.name for step in graph.steps if step.name in found), graph.following):
        beyond = reached(loop, graph.following)
        if all(graph.by_name[name].destinations for name in beyond):
            turn = around(loop[0], graph.following, within=loop) or ()
            why = f"from {loop[0]!r} no path leads to an end"
            yield Violation(claim=Claim.ENDS, path=(*ahead_of(graph, loop[0]), *turn[1:]), why=why)


def _silent(graph: StepGraph, step: StepNode) -> Iterator[Violation]:
    path = ahead_of(graph, step.name)
    if step.ends:
        for to in step.destinations:
            why = f"{step.name!r} ends the case and goes on to {to!r}"
            yield Violation(claim=Claim.ENDS, path=(*path, to), why=why)
        return
    if not step.destinations:
        yield Violation(claim=Claim.ENDS, path=path, why=f"{step.name!r} goes nowhere, and is no end")
    if step.interrupts and not step.waits_for.strip():
        yield Violation(claim=Claim.ENDS, path=path, why=f"{step.name!r} waits for nobody and nothing that is named")
    for to in step.destinations:
        if to not in graph.by_name:
            why = f"{step.name!r} goes to {to!r}, which is no step"
            yield Violation(claim=Claim.ENDS, path=(*path, to), why=why)


def bounded(graph: StepGraph) -> Iterator[Violation]:
    """No loop goes through steps alone whose visits nobody counts."""
    uncounted = [step.name for step in graph.steps if step.visits is None]
    for path in turns(uncounted, graph.following, lambda name: ahead_of(graph, name)):
        why = f"nothing bounds this loop: nobody counts the visits of {', '.join(turn_of(path))}"
        yield Violation(claim=Claim.BOUNDED, path=path, why=why)


def turns(
    names: Collection[str], following: Callable[[str], Iterable[str]], ahead: Callable[[str], tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    """For each loop among these names alone, a path to it and once around."""

    def inward(name: str) -> list[str]:
        return [found for found in following(name) if found in names]

    for loop in loops(names, inward):
        turn = around(loop[0], following, within=loop)
        yield (*ahead(loop[0]), *(turn or ())[1:])


def turn_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """The steps of the loop with which the path ends, each once."""
    return path[path.index(path[-1]) : -1]


def loops_of(graph: StepGraph) -> list[Loop]:
    """The loops of the graph, and what bounds each."""
    return [_loop(graph, steps) for steps in loops((step.name for step in graph.steps), graph.following)]


def _loop(graph: StepGraph, names: tuple[str, ...]) -> Loop:
    steps = [graph.by_name[name] for name in names]
    awake = [step.name for step in steps if not step.interrupts]
    turn = (around(name, graph.following, within=awake) for name in awake)
    return Loop(
        steps=names,
        visits=max((step.visits for step in steps if step.visits is not None), default=0),
        waits=tuple(f"{step.name} ({step.waits_for})" for step in steps if step.interrupts),
        spins=next((path for path in turn if path), None),
    )


def effect_free(graph: StepGraph) -> Iterator[Violation]:
    """No step that waits writes, and no step but an effect."""
    for step in graph.steps:
        if step.writes and step.interrupts:
            why = f"{step.name!r} waits and has an effect: it would have it again when it is resumed"
        elif step.writes is not (step.kind is StepKind.EFFECT):
            why = f"{step.name!r} is of kind {step.kind.value}, and {'writes' if step.writes else 'does not write'}"
        else:
            continue
        yield Violation(claim=Claim.EFFECT_FREE, path=ahead_of(graph, step.name), why=why)

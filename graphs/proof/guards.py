"""Claims about what must come before a step: its proposal before an effect, its question's cause before a review.

Whether a step can be reached round its guard is decided on dominators; a search then finds the path to show.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphs.proof.claims import Claim, Violation, ahead_of
from graphs.proof.dominators import Dominators
from graphs.proof.paths import shortest
from graphs.proof.step_graph import ALLOW, BY_HAND, Route, StepGraph, StepNode
from graphs.steps import StepKind


def dominators(graph: StepGraph) -> Dominators[str]:
    """Which steps every case has passed when it comes to a step."""
    return Dominators(graph.start, graph.following)


def proposed(graph: StepGraph) -> Iterator[Violation]:
    """Every path to an effect passes its proposal, and each further one passes it anew."""
    passed = dominators(graph)
    for effect in graph.steps:
        if not effect.writes or not any(passed.of(effect.name)):
            continue
        proposal = graph.by_name.get(effect.of or "")
        if proposal is None or proposal.kind is not StepKind.PROPOSE:
            why = f"effect {effect.name!r} carries out {effect.of!r}, which proposes nothing"
            yield Violation(claim=Claim.PROPOSED, path=ahead_of(graph, effect.name), why=why)
        elif path := _past(graph, passed, effect, proposal):
            why = f"effect {effect.name!r} is reached round its proposal {proposal.name!r}"
            yield Violation(claim=Claim.PROPOSED, path=path, why=why)


def _past(graph: StepGraph, passed: Dominators[str], step: StepNode, guard: StepNode) -> tuple[str, ...] | None:
    """A path to `step` that does not pass `guard`, from the start or from its last visit."""
    if guard.name not in passed.of(step.name):
        return shortest([graph.start], {step.name}, graph.following, avoiding={guard.name})
    again = shortest(graph.following(step.name), {step.name}, graph.following, avoiding={guard.name})
    return None if again is None else (*ahead_of(graph, step.name), *again)


def allowed(graph: StepGraph) -> Iterator[Violation]:
    """From its proposal an effect is entered by the verdict allow, at once; every other way leads back to it first."""
    passed = dominators(graph)
    for effect in graph.steps:
        proposal = graph.by_name.get(effect.of or "")
        if not effect.writes or proposal is None or proposal.kind is not StepKind.PROPOSE:
            continue
        if proposal.name not in passed.of(effect.name):
            continue
        for route, way in _ways(graph, proposal, effect.name):
            if route.on == ALLOW and len(way) == 1:
                continue
            why = f"{proposal.name!r} says {route.on}, and effect {effect.name!r} is entered"
            why += " by way of another step" if route.on == ALLOW else " without another judgement"
            path = (*ahead_of(graph, proposal.name), *way)
            yield Violation(claim=Claim.ALLOWED, path=path, why=why)


def _ways(graph: StepGraph, guard: StepNode, step: str) -> Iterator[tuple[Route, tuple[str, ...]]]:
    """Each route of `guard` from which a path leads to `step` without coming back, with that path."""
    for route in guard.routes:
        if way := shortest([route.to], {step}, graph.following, avoiding={guard.name}):
            yield route, way


def prepared(graph: StepGraph) -> Iterator[Violation]:
    """A review is entered from the step that it asks about, directly; a case does not begin with a wait."""
    start = graph.by_name[graph.start]
    if start.interrupts:
        why = f"a case begins with {start.name!r}, which waits, and nothing has prepared it"
        yield Violation(claim=Claim.PREPARED, path=(start.name,), why=why)
        return
    passed = dominators(graph)
    for review in graph.of_kind(StepKind.REVIEW):
        if not any(passed.of(review.name)):
            continue
        asked = graph.by_name.get(review.of or "")
        if asked is None or asked.ends or not _asks(asked, review):
            why = f"review {review.name!r} asks about {review.of!r}, which is not judged"
            yield Violation(claim=Claim.PREPARED, path=ahead_of(graph, review.name), why=why)
        elif path := _past(graph, passed, review, asked) or _roundabout(graph, asked, review.name):
            why = f"review {review.name!r} is entered from elsewhere than {asked.name!r}, and has no task then"
            yield Violation(claim=Claim.PREPARED, path=path, why=why)


def _asks(asked: StepNode, review: StepNode) -> bool:
    """Whether a review may be about the step: what is judged, or an effect whose outcome a person says."""
    if asked.kind is StepKind.EFFECT:
        return any(route.on == BY_HAND and route.to == review.name for route in asked.routes)
    return asked.kind in {StepKind.DECISION, StepKind.PROPOSE}


def _roundabout(graph: StepGraph, asked: StepNode, review: str) -> tuple[str, ...] | None:
    """A path from `asked` to its review that does not lead there directly."""
    ways = (way for _, way in _ways(graph, asked, review) if len(way) > 1)
    return next(((*ahead_of(graph, asked.name), *way) for way in ways), None)

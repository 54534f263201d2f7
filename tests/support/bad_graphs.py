"""Ways to break exactly one claim of a good step graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

from hypothesis import assume
from hypothesis import strategies as st

from graphs.proof.claims import Claim, Violation
from graphs.proof.paths import reached
from graphs.proof.step_graph import ALLOW, RETRY, SKIP, Order, Route, StepGraph, StepNode
from graphs.steps import StepKind

Draw = Callable[[st.SearchStrategy[StepNode]], StepNode]
Break = Callable[[StepGraph, Draw], StepGraph]


def changed(graph: StepGraph, step: StepNode, *added: StepNode) -> StepGraph:
    """The graph with this step instead of the one of its name, and new ones behind."""
    kept = tuple(step if step.name == one.name else one for one in graph.steps)
    return replace(graph, steps=(*kept, *added))


def going(step: StepNode, to: str, on: str = "wrong") -> StepNode:
    """The step with one more route."""
    return replace(step, routes=(*step.routes, Route(on=on, to=to)))


def new(name: str, *to: str, visits: int | None = 12) -> StepNode:
    """A read step that goes to these."""
    routes = tuple(Route(on="next", to=one) for one in to)
    return StepNode(name=name, kind=StepKind.READ, routes=routes, visits=visits)


def one_of(steps: Iterable[StepNode], draw: Draw) -> StepNode:
    found = list(steps)
    assume(found)
    return draw(st.sampled_from(found))


def effect_and_proposal(graph: StepGraph, draw: Draw) -> tuple[StepNode, StepNode]:
    effect = one_of(graph.of_kind(StepKind.EFFECT), draw)
    return effect, graph.by_name[effect.of or ""]


def going_on(graph: StepGraph, *but: str) -> list[StepNode]:
    """The steps that are no end."""
    return [step for step in graph.steps if not step.ends and step.name not in but]


def round_its_proposal(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, proposal = effect_and_proposal(graph, draw)
    ahead = reached([graph.start], graph.following, avoiding={proposal.name})
    step = one_of((step for step in going_on(graph) if step.name in ahead), draw)
    return changed(graph, going(step, effect.name))


def again_without_proposal(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, _ = effect_and_proposal(graph, draw)
    return changed(graph, going(effect, "added"), new("added", effect.name))


def of_no_proposal(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, _ = effect_and_proposal(graph, draw)
    other = one_of((step for step in graph.steps if step.kind is not StepKind.PROPOSE), draw)
    return changed(graph, replace(effect, of=other.name))


def from_its_review(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, proposal = effect_and_proposal(graph, draw)
    reviews = (step for step in graph.of_kind(StepKind.REVIEW) if step.of == proposal.name)
    return changed(graph, going(one_of(reviews, draw), effect.name, "approve"))


def where_it_is_not_allowed(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, proposal = effect_and_proposal(graph, draw)
    return changed(graph, going(proposal, effect.name, "deny"))


def by_way_of_another_step(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, proposal = effect_and_proposal(graph, draw)
    routes = (Route(on=ALLOW, to="added"), *(route for route in proposal.routes if route.on != ALLOW))
    return changed(graph, replace(proposal, routes=routes), new("added", effect.name))


def review_of_something_else(graph: StepGraph, draw: Draw) -> StepGraph:
    review = one_of(graph.of_kind(StepKind.REVIEW), draw)
    step = one_of(going_on(graph, review.of or ""), draw)
    return changed(graph, going(step, review.name))


def a_wait_first(graph: StepGraph, draw: Draw) -> StepGraph:
    wait = StepNode(
        name="added",
        kind=StepKind.TIMER,
        interrupts=True,
        waits_for="an instant",
        routes=(Route(on="next", to=graph.start),),
    )
    return replace(graph, start="added", steps=(wait, *graph.steps))


def effect_that_waits(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, _ = effect_and_proposal(graph, draw)
    return changed(graph, replace(effect, interrupts=True, waits_for="somebody"))


def read_that_writes(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, _ = effect_and_proposal(graph, draw)
    return changed(graph, replace(effect, kind=StepKind.READ))


def never_entered(graph: StepGraph, draw: Draw) -> StepGraph:
    step = one_of(graph.steps, draw)
    return replace(graph, steps=(*graph.steps, new("added", step.name)))


def called_alike(graph: StepGraph, draw: Draw) -> StepGraph:
    step = one_of(graph.steps, draw)
    return replace(graph, steps=(*graph.steps, new(step.name, "done")))


def dead_end(graph: StepGraph, draw: Draw) -> StepGraph:
    return changed(graph, going(one_of(going_on(graph), draw), "added"), new("added"))


def to_no_step(graph: StepGraph, draw: Draw) -> StepGraph:
    return changed(graph, going(one_of(going_on(graph), draw), "nowhere"))


def trap(graph: StepGraph, draw: Draw) -> StepGraph:
    step = going(one_of(going_on(graph), draw), "added")
    return changed(graph, step, new("added", "other"), new("other", "added"))


def waits_for_nobody(graph: StepGraph, draw: Draw) -> StepGraph:
    return changed(graph, replace(one_of((s for s in graph.steps if s.interrupts), draw), waits_for=" "))


def goes_on_after_its_end(graph: StepGraph, draw: Draw) -> StepGraph:
    return changed(graph, going(one_of((s for s in graph.steps if s.ends), draw), graph.start))


def nobody_counts(graph: StepGraph, draw: Draw) -> StepGraph:
    step = going(one_of(going_on(graph), draw), "added")
    return changed(graph, step, new("added", "other", visits=None), new("other", "added", "done", visits=None))


def skip_to_effect(graph: StepGraph, draw: Draw) -> StepGraph:
    effect, _ = effect_and_proposal(graph, draw)
    step = one_of(going_on(graph), draw)
    return replace(graph, orders=(*graph.orders, Order(step=step.name, on=SKIP, to=effect.name)))


def retry_from_review(graph: StepGraph, draw: Draw) -> StepGraph:
    review = one_of(graph.of_kind(StepKind.REVIEW), draw)
    step = one_of(going_on(graph, review.of or ""), draw)
    return replace(graph, orders=(*graph.orders, Order(step=step.name, on=RETRY, to=review.name)))


BREAKS: dict[Break, Claim] = {
    round_its_proposal: Claim.PROPOSED,
    again_without_proposal: Claim.PROPOSED,
    of_no_proposal: Claim.PROPOSED,
    from_its_review: Claim.ALLOWED,
    where_it_is_not_allowed: Claim.ALLOWED,
    by_way_of_another_step: Claim.ALLOWED,
    review_of_something_else: Claim.PREPARED,
    a_wait_first: Claim.PREPARED,
    effect_that_waits: Claim.EFFECT_FREE,
    read_that_writes: Claim.EFFECT_FREE,
    never_entered: Claim.REACHED,
    called_alike: Claim.REACHED,
    dead_end: Claim.ENDS,
    to_no_step: Claim.ENDS,
    trap: Claim.ENDS,
    waits_for_nobody: Claim.ENDS,
    goes_on_after_its_end: Claim.ENDS,
    nobody_counts: Claim.BOUNDED,
    skip_to_effect: Claim.ORDERS,
    retry_from_review: Claim.ORDERS,
}


def edges_of(graph: StepGraph) -> set[tuple[str, str]]:
    """Every way in the graph, those of orders included."""
    declared = {(step.name, to) for step in graph.steps for to in step.destinations}
    return declared | {(order.step, order.to) for order in graph.orders}


def is_real(violation: Violation, start: str, edges: set[tuple[str, str]]) -> bool:
    """Whether the path is one of the graph: from the start along its edges, or one lonely step."""
    path = violation.path
    return (len(path) == 1 or path[0] == start) and set(pairwise(path)) <= edges

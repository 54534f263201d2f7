"""What the proof claims of a graph, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graphs.proof.paths import shortest
from graphs.proof.step_graph import StepGraph

DEFINITION = "definition"


class Claim(StrEnum):
    """What has to hold of every graph."""

    REACHED = "reached"
    ENDS = "ends"
    BOUNDED = "bounded"
    PREPARED = "prepared"
    PROPOSED = "proposed"
    ALLOWED = "allowed"
    EFFECT_FREE = "effect_free"
    ORDERS = "orders"
    EXECUTION = "execution"


SAYS: dict[Claim, str] = {
    Claim.REACHED: "A path leads to every step.",
    Claim.ENDS: "Every path comes to an end step, or waits for someone or something that is named.",
    Claim.BOUNDED: "Every loop is bounded by the visits that are counted.",
    Claim.PREPARED: "A review is entered from what it asks about only, and no case begins with a wait.",
    Claim.PROPOSED: "Every path to an effect passes its proposal, each time anew.",
    Claim.ALLOWED: "An effect is entered only where its proposal allows; from a review the way leads back to it.",
    Claim.EFFECT_FREE: "What waits has no effect in it, and only effect steps write.",
    Claim.ORDERS: "No order of a person leads past a proposal, or into a review that nothing has prepared.",
    Claim.EXECUTION: "What is executed has exactly the ways of the definition.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A claim that does not hold: the graph, the path in it that shows this, and why."""

    claim: Claim
    path: tuple[str, ...]
    why: str
    graph: str = DEFINITION


def ahead_of(graph: StepGraph, step: str) -> tuple[str, ...]:
    """A shortest path from the start to the step; the step alone, where none leads there."""
    return shortest([graph.start], {step}, graph.following) or (step,)

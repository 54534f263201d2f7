"""A process as the graph proof reads it: kinds of steps, where each goes and on what, and nothing else.

A step graph may be wrong: unlike a definition it is not refused when it is made, so that what is wrong can be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from graphs.steps import (
    INTERRUPTING,
    MAX_VISITS,
    AgentStep,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    HandStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    StepKind,
    TimerStep,
    WaitStep,
)

ALLOW = "allow"
BY_HAND = "by_hand"
SKIP = "skip"
RETRY = "retry"


class Definition(Protocol):
    """What is read of a process definition; also of one that was refused."""

    @property
    def reference(self) -> str: ...

    @property
    def start(self) -> str: ...

    @property
    def steps(self) -> tuple[AnyStep, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a step goes, and on what: a verdict, an answer, an outcome."""

    on: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNode:
    """One step.

    `of` is what an effect carries out or a review asks about; `waits_for` names who or what an interrupting step waits
    for; `visits` is how often a case may visit it, None if nobody counts.
    """

    name: str
    kind: StepKind
    routes: tuple[Route, ...] = ()
    of: str | None = None
    waits_for: str = ""
    interrupts: bool = False
    writes: bool = False
    ends: bool = False
    visits: int | None = MAX_VISITS

    @property
    def destinations(self) -> tuple[str, ...]:
        """Where it goes, each once."""
        return tuple(dict.fromkeys(route.to for route in self.routes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A way that no step goes but a person may order: from one step to another, by skipping or by trying again."""

    step: str
    on: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepGraph:
    """The steps of a process, where a case of it starts, and the ways that orders may lead it."""

    reference: str
    start: str
    steps: tuple[StepNode, ...]
    orders: tuple[Order, ...] = ()
    by_name: dict[str, StepNode] = field(init=False, repr=False, compare=False)
    _following: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Of two steps with one name, the first counts."""
        named = {step.name: step for step in reversed(self.steps)}
        following = {name: tuple(to for to in step.destinations if to in named) for name, step in named.items()}
        object.__setattr__(self, "by_name", named)
        object.__setattr__(self, "_following", following)

    def following(self, name: str) -> tuple[str, ...]:
        """The steps that a step goes to; nothing for what is no step."""
        return self._following.get(name, ())

    def of_kind(self, kind: StepKind) -> Iterator[StepNode]:
        """The steps of a kind."""
        return (step for step in self.steps if step.kind is kind)


def step_graph(definition: Definition, orders: tuple[Order, ...] = ()) -> StepGraph:
    """The graph of a definition, also of one that was refused."""
    steps = tuple(step_node(step) for step in definition.steps)
    return StepGraph(reference=definition.reference, start=definition.start, steps=steps, orders=orders)


def step_node(step: AnyStep) -> StepNode:
    """A step of a definition: where each kind goes on what, as its own fields say."""
    match step:
        case ReadStep() | AgentStep():
            return _node(step, next=step.next)
        case DecisionStep() | ProposeStep():
            return _node(step, allow=step.allow, review=step.review, deny=step.deny)
        case ReviewStep():
            routes = {"approve": step.of, "correct": step.correct_to, "reject": step.reject_to}
            return _node(step, of=step.of, waits_for=step.role, **routes)
        case EffectStep():
            hand = {} if step.by_hand is None else {BY_HAND: step.by_hand}
            return _node(step, of=step.of, done=step.next, sent_back=step.of, **hand)
        case HandStep():
            return _node(step, of=step.of, waits_for=step.role, done=step.next, not_done=step.back)
        case TimerStep():
            return _node(step, waits_for="an instant", next=step.next)
        case WaitStep():
            late = {} if step.late is None else {"late": step.late}
            return _node(step, waits_for=step.message, next=step.next, **late)
        case EndStep():
            return _node(step)
        case _:
            assert_never(step)


def _node(step: AnyStep, *, of: str | None = None, waits_for: str = "", **routes: str) -> StepNode:
    return StepNode(
        name=step.name,
        kind=step.kind,
        routes=tuple(Route(on=on, to=to) for on, to in routes.items()),
        of=of,
        waits_for=waits_for,
        interrupts=step.kind in INTERRUPTING,
        writes=isinstance(step, EffectStep),
        ends=isinstance(step, EndStep),
    )

"""Scenarios made from a seed, each right by construction: what is planted decides, and nothing near it does.

Queues are played through, one piece of work after the other, so that the expected wait has not the product's formula.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from typing import Final

from pydantic_evals import Case

from evals.routing.scenario import RoutingExpected, RoutingInputs, RoutingMetadata, Way

SEED: Final = 20266
EACH: Final = 30
RoutingCase = Case[RoutingInputs, RoutingExpected, RoutingMetadata]
Made = tuple[RoutingInputs, str | None]
KINDS: Final = ("api", "bot", "person")


def generated_cases(*, seed: int = SEED, each: int = EACH) -> Iterator[RoutingCase]:
    """So many cases of each situation; the same seed always makes the same."""
    for situation, make in MAKERS.items():
        dice = random.Random(f"{seed}/{situation}")  # noqa: S311 - scenarios, no secrets
        for number in range(1, each + 1):
            inputs, expected = make(dice)
            yield Case(
                name=f"{situation} {number}",
                inputs=inputs,
                expected_output=RoutingExpected(performer=expected),
                metadata=RoutingMetadata.model_validate({"situation": situation}),
            )


def _idle(dice: random.Random, count: int) -> list[Way]:
    """Performers that could all begin at once, each with a duration of its own."""
    kinds = [dice.choice(KINDS) for _ in range(count)]
    return [Way(name=f"{kind}-{n}", kind=kind, takes=dice.randint(1, 900)) for n, kind in enumerate(kinds, start=1)]


def _after(ways: list[Way], place: int, **changes: object) -> list[Way]:
    """The ways with those before `place` changed."""
    return [way.model_copy(update=changes) if n < place else way for n, way in enumerate(ways)]


def preferred(dice: random.Random) -> Made:
    """Nothing speaks against anybody."""
    ways = _idle(dice, dice.randint(2, 4))
    return RoutingInputs(ways=tuple(ways)), ways[0].name


def by_data(dice: random.Random) -> Made:
    """The data speaks against the first ones."""
    ways = _idle(dice, dice.randint(2, 5))
    place = dice.randint(1, len(ways) - 1)
    return RoutingInputs(ways=tuple(_after(ways, place, objection="not for this supplier"))), ways[place].name


def by_rules(dice: random.Random) -> Made:
    """The rules forbid it to bots, from one minor unit above the limit on."""
    amount = 100_000 + dice.choice((0, 1, dice.randint(2, 10**9)))
    ways = [Way(name="bot", kind="bot"), Way(name="api")] if dice.random() < 0.8 else [Way(name="bot", kind="bot")]
    allowed = [way.name for way in ways if way.kind != "bot" or amount <= 100_000]
    return RoutingInputs(ways=tuple(ways), amount=amount), next(iter(allowed), None)


def by_switch(dice: random.Random) -> Made:
    """A person has switched off the first ones."""
    ways = _idle(dice, dice.randint(2, 5))
    place = dice.randint(1, len(ways) - 1)
    return RoutingInputs(ways=tuple(_after(ways, place, off="maintenance"))), ways[place].name


def by_breaker(dice: random.Random) -> Made:
    """The first one's breaker is open, for as long as patience or one second longer."""
    ways, patience = _idle(dice, dice.randint(2, 4)), dice.randint(0, 600)
    longer = dice.choice((0, 1, dice.randint(2, 5_000)))
    waits = _after(ways, 1, alone_for=patience + longer)
    return RoutingInputs(ways=tuple(waits), patience=patience), ways[1 if longer else 0].name


def by_queue(dice: random.Random) -> Made:
    """Work is before the first one; played through, it begins within patience or does not."""
    ways, patience = _idle(dice, dice.randint(2, 3)), dice.randint(0, 3_000)
    at_once, ahead, takes = dice.randint(1, 5), dice.randint(0, 25), dice.randint(1, 300)
    busy = _after(ways, 1, at_once=at_once, ahead=ahead, takes=takes)
    begins = played(ahead, at_once=at_once, takes=takes)
    return RoutingInputs(ways=tuple(busy), patience=patience), ways[0 if begins <= patience else 1].name


def played(ahead: int, *, at_once: int, takes: int) -> int:
    """When the next piece of work begins, where so many are before it and each has just begun or waits."""
    free = [0] * at_once
    heapq.heapify(free)
    for _ in range(ahead):
        heapq.heapreplace(free, free[0] + takes)
    return free[0]


def by_deadline(dice: random.Random) -> Made:
    """The first one would be done a second too late, or just in time; a later one is quick."""
    slow = dice.randint(60, 5_000)
    ways = [Way(name="slow", takes=slow), Way(name="quick", takes=dice.randint(1, 50))]
    late = dice.choice((0, 1))
    return RoutingInputs(ways=tuple(ways), due_in=slow - late), ("quick" if late else "slow")


def by_learning(dice: random.Random) -> Made:
    """What was learned of the first one's duration, and not what was declared, misses the deadline."""
    learned = dice.randint(100, 5_000)
    ways = [Way(name="slow", takes=1, learned=learned), Way(name="quick", takes=5)]
    late = dice.choice((0, 1))
    return RoutingInputs(ways=tuple(ways), due_in=learned - late), ("quick" if late else "slow")


def nobody(dice: random.Random) -> Made:
    """Something speaks against each of them."""
    ways = [
        way.model_copy(update=dice.choice(({"objection": "not for this supplier"}, {"off": "maintenance"})))
        for way in _idle(dice, dice.randint(1, 4))
    ]
    return RoutingInputs(ways=tuple(ways)), None


MAKERS: Final[dict[str, Callable[[random.Random], Made]]] = {
    "preferred": preferred,
    "data": by_data,
    "rules": by_rules,
    "switch": by_switch,
    "breaker": by_breaker,
    "queue": by_queue,
    "deadline": by_deadline,
    "learned": by_learning,
    "nobody": nobody,
}

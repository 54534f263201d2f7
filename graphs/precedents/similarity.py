"""How alike two questions are: closeness fact by fact, weighted by how seldom a value is. Pure.

A fact that nearly every question of the step has alike tells nothing; one that few share tells much: its weight is
the information of the value, −log2 of the share of precedents that are as good as equal in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from policies.expression import Kind
from policies.fact import FactValue

Facts = Mapping[str, FactValue]
Kinds = Mapping[str, Kind]

SHORT = 200
"""Characters up to which texts are compared by their letters; longer ones are equal or not."""
NEAR = 0.95
LEAST_WEIGHT = 0.05
DAYS = 30
FULL_BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact in which a precedent differs, the telling ones first; None is unknown."""

    name: str
    here: FactValue
    there: FactValue


def closeness(kind: Kind | None, here: FactValue, there: FactValue) -> float:
    """How close two values are, 0 to 1. A value that only one of them has is not close."""
    if type(here) is not type(there):
        return 0.0
    if here == there:
        return 1.0
    match kind, here, there:
        case Kind.INT, int(), int():
            return max(0.0, 1 - abs(here - there) / max(abs(here), abs(there)))
        case Kind.DATE, str(), str():
            return 1 / (1 + abs(_day(here) - _day(there)) / DAYS)
        case Kind.STR, str(), str() if max(len(here), len(there)) <= SHORT:
            return fuzz.ratio(here.casefold(), there.casefold()) / 100
        case _:
            return 0.0


def weights(facts: Facts, others: Sequence[Facts], kinds: Kinds) -> dict[str, float]:
    """The weight of each fact that the question has, against what the others have in it."""
    return {name: _weight(name, value, others, kinds) for name, value in facts.items() if value is not None}


def _weight(name: str, value: FactValue, others: Sequence[Facts], kinds: Kinds) -> float:
    alike = sum(closeness(kinds.get(name), value, other.get(name)) >= NEAR for other in others)
    return max(LEAST_WEIGHT, -math.log2((alike + 1) / (len(others) + 1)))


def similarity_bps(facts: Facts, other: Facts, kinds: Kinds, weighted: Mapping[str, float]) -> int:
    """How alike, in basis points: the weighted mean of the closeness of all facts that the question has."""
    total = sum(weighted.values())
    if total == 0:
        return 0
    near = sum(weight * closeness(kinds.get(name), facts[name], other.get(name)) for name, weight in weighted.items())
    return round(FULL_BPS * near / total)


def differences(facts: Facts, other: Facts, weighted: Mapping[str, float]) -> list[Difference]:
    """What differs, the facts with the greatest weight first."""
    names = sorted(facts.keys() | other.keys(), key=lambda name: (-weighted.get(name, 0.0), name))
    return [
        Difference(name=name, here=facts.get(name), there=other.get(name))
        for name in names
        if facts.get(name) != other.get(name)
    ]


def visible(facts: Facts) -> dict[str, FactValue]:
    """The facts without what an agent has said, where its decision is to be reviewed blind."""
    blind = {name.removesuffix("blind") for name, value in facts.items() if name.endswith(".blind") and value is True}
    return {name: value for name, value in facts.items() if not any(name.startswith(prefix) for prefix in blind)}


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return 0

"""At which values of one fact a rule may turn, its other facts being what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policies.expression import INTEGER_LIMIT, Comparison, Kind, Term, Value, names_in, presence, syntax
from policies.fact import FactValue
from policies.polynomial import around_zero, difference
from policies.rule_shadow import RuleShadow, compared
from policies.witness import HOMES, ORDINALS, written_value

SOMETHING_ELSE = "something else"
INTEGERS = range(1 - INTEGER_LIMIT, INTEGER_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turning:
    """Values to try, without the one that stands now, nearest first.

    Where `exact`, the rule does the same between and beyond them; for a text the last one stands for all others.
    """

    values: tuple[FactValue, ...]
    exact: bool


def turning(name: str, shadow: RuleShadow, values: Mapping[str, Value | None], kind: Kind) -> Turning:
    """The turning points of the rule in the field `name`; `values` are the facts and parameters as compared."""
    about = [c for c in shadow.comparisons if name in _names(c.left) | _names(c.right)]
    match kind:
        case Kind.BOOL:
            return Turning(values=tuple(flag for flag in (True, False) if flag is not values[name]), exact=True)
        case Kind.STR:
            return _texts(name, about, values)
        case Kind.INT | Kind.DATE:
            return _numbers(name, about, values, kind)


def _names(term: Term) -> frozenset[str]:
    """The names whose values the term compares; `present(x)` compares none."""
    tree = syntax(term.text, where="term")
    return frozenset[str]() if term.literal is not None or presence(tree) else names_in(tree)


def _texts(name: str, about: list[Comparison], values: Mapping[str, Value | None]) -> Turning:
    sides = (side for c in about for side in (c.left, c.right) if side.text != name)
    found = {side.literal if side.literal is not None else values.get(side.text): None for side in sides}
    known = [text for text in found if isinstance(text, str) and text != values[name]]
    other = SOMETHING_ELSE
    while other in found or other == values[name]:
        other += "!"
    return Turning(values=(*known, other), exact=True)


def _numbers(name: str, about: list[Comparison], values: Mapping[str, Value | None], kind: Kind) -> Turning:
    now = values[name]
    home = now if isinstance(now, int) else HOMES[kind][0]
    found, exact = {home}, True
    known = {key: value for key, value in values.items() if isinstance(value, int) and key != name}
    for comparison in about:
        difference_ = difference(comparison, known)
        if difference_ is None:
            exact = False
        elif difference_.names <= {name} and difference_.names:
            slope = difference_.slope
            exact = exact and slope is not None
            found |= set(around_zero(slope, difference_.constant)) if slope else set()
    allowed = ORDINALS if kind is Kind.DATE else INTEGERS
    moved = sorted((n for n in found if n in allowed and n != now), key=lambda n: (abs(n - home), n))
    return Turning(values=tuple(written_value(number, kind) for number in moved), exact=exact)


def as_number(value: FactValue, kind: Kind) -> int:
    """A number or date as a number."""
    number = compared(value, kind)
    return number if isinstance(number, int) else 0

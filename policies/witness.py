"""Concrete facts on which rules come out in a certain way, looked for at the edges of their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from math import gcd, prod

from policies.expression import INTEGER_LIMIT, Comparison, Facts, Kind, Value, presence, syntax
from policies.fact import FactValue
from policies.pack import Outcome, RulePack
from policies.polynomial import around_zero, difference
from policies.rule_shadow import RuleShadow, compared

FACTS_LIMIT = 4_000
"""Facts that are tried before the search is given up."""

HOMES: dict[Kind, tuple[int, ...]] = {
    Kind.INT: (0, 10_000, 1_000_000),
    Kind.DATE: (date(2026, 1, 1).toordinal(), date(2026, 7, 1).toordinal()),
}
"""Where the other numbers of a comparison stand while one of them is solved for."""

OTHERS = ("another value", "yet another value", "")
ORDINALS = range(1, date.max.toordinal() + 1)


def witness(
    rules: Sequence[RuleShadow],
    pack: RulePack,
    parameters: Facts,
    sought: Callable[[tuple[Outcome, ...]], bool],
    *,
    limit: int = FACTS_LIMIT,
) -> dict[str, FactValue] | None:
    """Facts on which the rules come out as `sought`, as a boundary table would write them; None if none is found."""
    for values in _grid(rules, pack, parameters, limit):
        if sought(tuple(rule.outcome(values) for rule in rules)):
            return written_facts(values, pack)
    return None


def written_facts(values: Facts, pack: RulePack) -> dict[str, FactValue]:
    """The known fields among `values`, as facts are given: dates as ISO strings."""
    known = {name: value for name, value in values.items() if name in pack.factual and value is not None}
    return {name: written_value(value, pack.kinds[name]) for name, value in known.items()}


def written_value(value: Value, kind: Kind) -> FactValue:
    """A compared value as it is given."""
    return date.fromordinal(value).isoformat() if kind is Kind.DATE and isinstance(value, int) else value


def _grid(rules: Sequence[RuleShadow], pack: RulePack, parameters: Facts, limit: int) -> Iterator[Facts]:
    """All combinations of the fields' edge values, evenly spread where there are more than `limit`."""
    names = sorted({name for rule in rules for name in rule.fields})
    axes = [_edges(name, rules, pack, parameters) for name in names]
    size = prod(len(axis) for axis in axes)
    step = _stride(size)
    for number in range(min(size, limit)):
        place, values = (number * step) % size, dict(parameters)
        for name, axis in zip(names, axes, strict=True):
            place, digit = divmod(place, len(axis))
            values[name] = axis[digit]
        yield values


def _stride(size: int) -> int:
    """A step that visits every place of `size` once, far from the one before."""
    step = max(1, int(size * 0.618))
    while gcd(step, size) != 1:
        step += 1
    return step


def _edges(name: str, rules: Sequence[RuleShadow], pack: RulePack, parameters: Facts) -> list[Value | None]:
    """The values of one field at which the rules may change: each limit with its neighbours, and unknown."""
    kind = pack.kinds[name]
    given = {compared(example.given.get(name), kind) for rule in rules for example in rule.rule.examples}
    about = [c for rule in rules for c in rule.comparisons if name in _names(c, rule)]
    match kind:
        case Kind.BOOL:
            found: set[Value | None] = {True, False}
        case Kind.STR:
            found = given | _texts(about, rules, parameters) | set(OTHERS)
        case Kind.INT | Kind.DATE:
            found = given | {HOMES[kind][0]} | {n for c in about for n in _limits(name, c, pack, parameters)}
            allowed = ORDINALS if kind is Kind.DATE else range(1 - INTEGER_LIMIT, INTEGER_LIMIT)
            found = {value for value in found if isinstance(value, int) and value in allowed}
    return [*sorted(found - {None}, key=repr), None]


def _names(comparison: Comparison, rule: RuleShadow) -> frozenset[str]:
    text = f"{comparison.left.text} {comparison.right.text}"
    return frozenset(name for name in rule.fields if name in text)


def _texts(about: Sequence[Comparison], rules: Sequence[RuleShadow], parameters: Facts) -> set[Value | None]:
    """What a text is compared with; where that is another field, whatever any text is compared with."""
    direct = any(c.left.literal is None and c.right.literal is None for c in about)
    comparisons = [c for rule in rules for c in rule.comparisons] if direct else about
    literals = {c.right.literal for c in comparisons if isinstance(c.right.literal, str)}
    texts = {text for text in (c.right.text for c in comparisons) if isinstance(parameters.get(text), str)}
    lefts = {text for text in (c.left.text for c in comparisons) if isinstance(parameters.get(text), str)}
    return {*literals, *(parameters[text] for text in texts | lefts)}


def _limits(name: str, comparison: Comparison, pack: RulePack, parameters: Facts) -> Iterator[int]:
    """Where the comparison turns as `name` moves and its other fields stand at home."""
    if presence(syntax(comparison.left.text, where="term")) or comparison.left.kind not in HOMES:
        return
    numbers = {key: value for key, value in parameters.items() if isinstance(value, int)}
    whole = difference(comparison, numbers)
    others = sorted(whole.names - {name}) if whole else []
    for shift in range(max(map(len, HOMES.values()))):
        homes = {other: _home(pack.kinds[other], shift) for other in others}
        found = difference(comparison, numbers | homes)
        if found is not None and (slope := found.slope) is not None:
            yield from around_zero(slope, found.constant)
        if not others:
            return


def _home(kind: Kind, shift: int) -> int:
    places = HOMES.get(kind, (0,))
    return places[shift % len(places)]


def known_values(pack: RulePack, facts: Mapping[str, FactValue]) -> dict[str, Value | None]:
    """The facts as conditions compare them; a field that is not given is unknown."""
    return {name: compared(facts.get(name), pack.kinds[name]) for name in pack.factual}

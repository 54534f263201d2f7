"""Whether rules can come out in a certain way at all, decided over every region of what they compare.

A column is what a comparison is about: one field, or one sum of fields. All that matters of a column is on which
side of each of its limits it lies, so a value below, at and above each limit stands for all. Columns are taken as
independent of one another although they may share fields. So "cannot" is a proof; "can" is only a maybe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from policies.expression import (
    PARAMETER_PREFIX,
    Comparison,
    Condition,
    Facts,
    Junction,
    Kind,
    Term,
    Value,
    names_in,
    presence,
    syntax,
)
from policies.pack import Outcome
from policies.polynomial import around_zero, difference
from policies.rule_shadow import NotDecided, RuleShadow, combined
from policies.shadow import HOLDS

REGION_LIMIT = 60_000
"""Regions that are looked at before the question is given up as too wide."""

Outcomes = tuple[Outcome, ...]
Key = tuple[object, ...]
State = Mapping[Key, Value]
Leaf = Callable[[State], bool | None]


def can(rules: Sequence[RuleShadow], parameters: Facts, sought: Callable[[Outcomes], bool]) -> bool:
    """Whether the rules may come out together as `sought`. Raises `NotDecided` when that is too wide a question."""
    regions = _Regions(parameters=parameters)
    read = [tuple(regions.reading(form) for form in rule.forms) for rule in rules]
    return any(sought(tuple(_outcome(conditions, state) for conditions in read)) for state in regions.states())


def _outcome(conditions: tuple[Leaf, ...], state: State) -> Outcome:
    return combined(conditions[0](state), conditions[1](state) if len(conditions) > 1 else True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    names: frozenset[str]
    values: set[Value] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Regions:
    """The columns of some conditions, collected while the conditions are read."""

    parameters: Facts
    columns: dict[Key, _Column] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)

    def reading(self, form: Condition) -> Leaf:
        match form:
            case Junction(every=every, parts=parts):
                return _junction([self.reading(part) for part in parts], decisive=not every)
            case Comparison():
                return self._comparison(form)

    def states(self) -> Iterator[State]:
        """Every region: which fields are known, and where the columns of known fields lie."""
        names = tuple(self.fields)
        settings = [dict(zip(names, flags, strict=True)) for flags in product((True, False), repeat=len(names))]
        active = [[key for key, c in self.columns.items() if all(s[name] for name in c.names)] for s in settings]
        size = sum(prod(len(self.columns[key].values) for key in keys) for keys in active)
        if size > REGION_LIMIT:
            raise NotDecided(f"it is too wide: {size} regions, {REGION_LIMIT} are looked at")
        for known, keys in zip(settings, active, strict=True):
            flags: dict[Key, Value] = {("known", name): flag for name, flag in known.items()}
            for values in product(*(sorted(self.columns[key].values, key=repr) for key in keys)):
                yield flags | dict(zip(keys, values, strict=True))

    def _comparison(self, comparison: Comparison) -> Leaf:
        found = presence(syntax(comparison.left.text, where="term"))
        if found is not None:
            self.fields[found[0]] = None
            known: Key = ("known", found[0])
            return lambda state: state[known] is comparison.right.literal
        names = [name for side in (comparison.left, comparison.right) for name in _fields(side)]
        self.fields.update(dict.fromkeys(names))
        decide = self._number(comparison) if comparison.left.kind in (Kind.INT, Kind.DATE) else self._name(comparison)
        keys: list[Key] = [("known", name) for name in names]
        return lambda state: decide(state) if all(state[key] for key in keys) else None

    def _number(self, comparison: Comparison) -> Callable[[State], bool]:
        numbers = {name: value for name, value in self.parameters.items() if isinstance(value, int)}
        found, holds = difference(comparison, numbers), HOLDS[comparison.operator]
        if found is None:
            raise NotDecided(f"{comparison.left.text} or {comparison.right.text} is more than + - *")
        varying, factor = found.primitive()
        constant = found.constant
        if not varying:
            answer = holds(constant, 0)
            return lambda _state: answer
        key: Key = varying
        self._column(key, found.names).values.update(around_zero(factor, constant))
        return lambda state: holds(factor * int(state[key]) + constant, 0)

    def _name(self, comparison: Comparison) -> Callable[[State], bool]:
        holds = HOLDS[comparison.operator]
        left, right = (self._side(term) for term in (comparison.left, comparison.right))
        match left, right:
            case (str() as first, None), (str() as second, None):
                key: Key = ("same", *sorted((first, second)))
                self._column(key, {first, second}).values.update((True, False))
                return lambda state: holds(state[key], True)
            case ((str() as name, None), (None, value)) | ((None, value), (str() as name, None)) if value is not None:
                named: Key = (((name,), 1),)
                others: set[Value] = {True, False} if isinstance(value, bool) else {value, "\x00 another value"}
                self._column(named, {name}).values.update(others)
                return lambda state: holds(state[named], value)
            case (None, first), (None, second):
                answer = holds(first, second)
                return lambda _state: answer
            case _:
                raise NotDecided(f"{comparison.left.text} has no value")

    def _side(self, term: Term) -> tuple[str | None, Value | None]:
        """(the field, None) or (None, the value)."""
        if term.literal is not None:
            return None, term.literal
        return (None, self.parameters[term.text]) if term.text in self.parameters else (term.text, None)

    def _column(self, key: Key, names: Iterable[str]) -> _Column:
        return self.columns.setdefault(key, _Column(names=frozenset(names)))


def _fields(term: Term) -> list[str]:
    found = names_in(syntax(term.text, where="term")) if term.literal is None else frozenset[str]()
    return sorted(name for name in found if not name.startswith(PARAMETER_PREFIX))


def _junction(parts: Sequence[Leaf], *, decisive: bool) -> Leaf:
    def junction(state: State) -> bool | None:
        unknown = False
        for part in parts:
            answer = part(state)
            if answer is decisive:
                return decisive
            unknown = unknown or answer is None
        return None if unknown else not decisive

    return junction

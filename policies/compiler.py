"""Compiles the rules of one decision point into definitions that the engine can be trusted with.

Every field, parameter and arithmetic term becomes one column, computed here with exact integers.
Every condition is compiled twice, as itself (`+`) and as its exact complement (`-`): exactly one of
the two must fire. Rulesets are kept under the number of nodes at which the engine starts to err.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import orjson

from policies.errors import FactsInvalid, PackInvalid, RuleTooWide
from policies.expression import (
    INTEGER_LIMIT,
    Comparison,
    Condition,
    Facts,
    Junction,
    Kind,
    Operator,
    Term,
    Value,
    condition,
)
from policies.field import FieldModel
from policies.lookup import Lookup, Reading, compile_lookup
from policies.names import PointNames
from policies.pack import Rule, RulePack
from policies.shadow import Predicate, predicate, reading

NODES_PER_RULESET = 48
"""The engine loses firings from the 65th node that matches one fact."""

COLUMN_LIMIT = 240
"""The engine refuses a fact with more than 252 properties."""

ENCODER = json.JSONEncoder(ensure_ascii=False)
HEAD: dict[str, Value] = {"id": "case", "sid": "0"}
RESERVED = ("id", "sid", "$s", "$i")
FILLERS: dict[Kind, Value] = {Kind.INT: 0, Kind.DATE: 0, Kind.BOOL: False, Kind.STR: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One property of the engine's flat fact; `filler` is sent while the value is unknown."""

    name: str
    term: Term
    filler: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCondition:
    """A condition: the names under which it and its complement fire, and the shadow that must agree."""

    holds: str
    fails: str
    shadow: Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule that fires where all its conditions hold; `reads` are the facts and table outputs it decides on.

    `shows` are the facts it reports, `derives` what it reports besides: derived columns and table outputs.
    """

    rule: Rule
    conditions: tuple[CompiledCondition, ...]
    reads: tuple[str, ...]
    shows: tuple[str, ...]
    derives: tuple[tuple[str, Reading], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRuleset:
    """A ruleset of the engine, as JSON, and the columns that it is asked about: it is sent no others."""

    definition: str
    columns: tuple[str, ...]
    values: Callable[[Mapping[str, Value]], tuple[Value, ...]]
    """The values of these columns, out of those of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPoint:
    """The rules of one decision point, ready for the engine."""

    point: str
    fields: Mapping[str, FieldModel]
    days: tuple[str, ...]
    """The fields that are days."""
    parameters: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    plain: tuple[tuple[Column, str], ...]
    """Columns that are a fact, a parameter or a table's output, and its name."""
    computed: tuple[Column, ...]
    rules: tuple[CompiledRule, ...]
    rulesets: tuple[CompiledRuleset, ...]

    def messages(self, facts: Facts) -> list[str]:
        """For each ruleset the engine's flat fact as JSON, every column of it present. Raises `FactsInvalid`.

        Facts and parameters lie in the engine's exact range by their form; what was computed is checked.
        """
        flat = HEAD.copy()
        for column, name in self.plain:
            value = facts[name]
            flat[column.name] = column.filler if value is None else value
        for column in self.computed:
            value = column.term.evaluate(facts)
            flat[column.name] = column.filler if value is None else value
            if type(value) is int and abs(value) >= INTEGER_LIMIT:
                raise FactsInvalid(column.term.text, "the result is out of range")
        try:
            return [
                orjson.dumps(dict(zip(each.columns, each.values(flat), strict=True))).decode() for each in self.rulesets
            ]
        except orjson.JSONEncodeError as error:
            raise FactsInvalid(self.point, f"a fact cannot be written: {error}") from error


def compile_point(pack: RulePack, point: str) -> CompiledPoint:
    """The rules of `pack` at `point`. Raises `ExpressionInvalid`, `RuleTooWide` or `PackInvalid`."""
    names = PointNames(pack, point)
    compiler = _Compiler(names)
    rules = tuple(compiler.rule(number, rule) for number, rule in enumerate(names.rules))
    columns = tuple(compiler.columns.values())
    check_columns([column.name for column in columns], where=f"{pack.pack}.{point}")
    return CompiledPoint(
        point=point,
        fields=names.fields,
        days=tuple(name for name, field in names.fields.items() if field.type.kind is Kind.DATE),
        parameters=names.parameters,
        lookups=tuple(compile_lookup(names, name) for name in names.tables),
        plain=tuple((column, column.term.text) for column in columns if column.term.text in pack.kinds),
        computed=tuple(column for column in columns if column.term.text not in pack.kinds),
        rules=rules,
        rulesets=tuple(_rulesets(compiler.pairs)),
    )


def fnv1a(text: str) -> int:
    """The 32-bit hash by which alone the engine knows a property."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def check_columns(names: Iterable[str], *, where: str) -> None:
    """Refuse columns that the engine would confuse, or more than it can hold. Raises `PackInvalid`."""
    names = [*names, *RESERVED]
    if len(names) > COLUMN_LIMIT:
        raise PackInvalid(where=where, why=f"needs more than {COLUMN_LIMIT} columns: split the point")
    if len({fnv1a(name) for name in names}) != len(names):
        raise PackInvalid(where=where, why="two columns have the same hash in the engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A condition and its complement, with the columns and the number of engine nodes both need."""

    rules: dict[str, dict[str, Any]]
    columns: tuple[str, ...]
    nodes: int


class _Compiler:
    def __init__(self, names: PointNames) -> None:
        self.names = names
        self.pack = names.pack
        self.columns: dict[str, Column] = {}
        self.pairs: list[_Pair] = []

    def rule(self, number: int, rule: Rule) -> CompiledRule:
        reads, shown = self.names.reads(rule), self.names.shows(rule)
        currencies = {column.currency for name, column in self.pack.columns.items() if name in shown}
        return CompiledRule(
            rule=rule,
            conditions=tuple(self.conditions(number, rule)),
            reads=tuple(name for name in self.pack.columns if name in reads),
            shows=tuple(name for name in self.pack.factual if name in shown or name in currencies),
            derives=tuple(self.derives(rule, shown)),
        )

    def derives(self, rule: Rule, shown: frozenset[str]) -> Iterable[tuple[str, Reading]]:
        for name in self.pack.columns:
            if name in self.pack.derived and name in rule.placeholders:
                yield name, reading(self.names.derived(name))
            elif name in shown and self.names.table_of(name) is not None:
                yield name, itemgetter(name)

    def conditions(self, number: int, rule: Rule) -> Iterable[CompiledCondition]:
        """`applies` and `when` as one condition, or as two where one would need too many nodes."""
        trees = self.names.conditions[rule.id]
        if len(trees) > 1:
            both = ast.BoolOp(op=ast.And(), values=[trees["applies"], trees["when"]])
            with suppress(RuleTooWide):
                return [self.condition(both, name=f"{number}", where=rule.id)]
        return [self.condition(tree, name=f"{number}{part}", where=f"{rule.id}.{part}") for part, tree in trees.items()]

    def condition(self, tree: ast.expr, *, name: str, where: str) -> CompiledCondition:
        holds = narrowed(condition(tree, names=self.pack.kinds, where=where))
        fails = narrowed(condition(tree, names=self.pack.kinds, where=where, negated=True))
        nodes = _width(holds)[0] + _width(fails)[0]
        if nodes > NODES_PER_RULESET:
            why = f"needs {nodes} engine nodes, {NODES_PER_RULESET} are safe: split the rule in two"
            raise RuleTooWide(where=where, why=why)
        compiled = CompiledCondition(holds=f"+{name}", fails=f"-{name}", shadow=predicate(tree))
        rules = {compiled.holds: self.definition(holds), compiled.fails: self.definition(fails)}
        columns = tuple(self.columns[text].name for text in dict.fromkeys([*_compared(holds), *_compared(fails)]))
        self.pairs.append(_Pair(rules=rules, columns=columns, nodes=nodes))
        return compiled

    def definition(self, part: Condition) -> dict[str, Any]:
        match part:
            case Comparison(operator=sign, left=left, right=right):
                other = right.literal if right.literal is not None else {"$m": self.column(right)}
                return {sign.value: {self.column(left): other}}
            case Junction(every=every, parts=parts):
                return {"$and" if every else "$or": [self.definition(inner) for inner in parts]}

    def column(self, term: Term) -> str:
        if term.text not in self.columns:
            name = f"c{len(self.columns)}"
            self.columns[term.text] = Column(name=name, term=term, filler=FILLERS[term.kind])
        return self.columns[term.text].name


def narrowed(part: Condition) -> Condition:
    """The same condition, with a term that is compared with many literals, one by one, as one column: is it in them?

    A list of twenty currencies needs two of the engine's nodes instead of forty. The shadow looks through the list.
    """
    if isinstance(part, Comparison):
        return part
    sign = Operator.NE if part.every else Operator.EQ
    terms = {inner.left.text: inner.left for inner in part.parts if isinstance(inner, Comparison)}
    choices = [
        inner.right.literal
        for inner in part.parts
        if isinstance(inner, Comparison) and inner.operator is sign and inner.right.literal is not None
    ]
    if len(terms) != 1 or len(choices) != len(part.parts):
        return Junction(every=part.every, parts=tuple(narrowed(inner) for inner in part.parts))
    [left] = terms.values()
    evaluate = partial(_is_among, left, frozenset((type(choice), choice) for choice in choices))
    member = Term(text=f"({left.text} in {sorted(map(repr, choices))})", kind=Kind.BOOL, evaluate=evaluate)
    wanted = Term(text=repr(not part.every), kind=Kind.BOOL, evaluate=_nothing, literal=not part.every)
    return Comparison(operator=Operator.EQ, left=member, right=wanted)


def _is_among(left: Term, choices: frozenset[tuple[type, Value]], facts: Facts) -> bool | None:
    value = left.evaluate(facts)
    return None if value is None else (type(value), value) in choices


def _nothing(_facts: Facts) -> None:
    """A literal has no column."""


def _compared(part: Condition) -> Iterator[str]:
    """Texts of the terms that need a column."""
    if isinstance(part, Comparison):
        yield part.left.text
        if part.right.literal is None:
            yield part.right.text
        return
    for inner in part.parts:
        yield from _compared(inner)


def _width(part: Condition) -> tuple[int, int]:
    """(nodes, paths) that the engine builds: it expands an `and` of `or`s into every path."""
    if isinstance(part, Comparison):
        return 1, 1
    widths = [_width(inner) for inner in part.parts]
    if not part.every:
        return sum(nodes for nodes, _ in widths), sum(paths for _, paths in widths)
    nodes, paths = 0, 1
    for inner_nodes, inner_paths in widths:
        nodes, paths = nodes + paths * inner_nodes, paths * inner_paths
    return nodes, paths


def _rulesets(pairs: Iterable[_Pair]) -> Iterator[CompiledRuleset]:
    """Pack the pairs, in order, into as few rulesets as the node limit allows."""
    packed: list[_Pair] = []
    for pair in pairs:
        if packed and sum(each.nodes for each in packed) + pair.nodes > NODES_PER_RULESET:
            yield _ruleset(packed)
            packed = []
        packed.append(pair)
    if packed:
        yield _ruleset(packed)


def _ruleset(pairs: Iterable[_Pair]) -> CompiledRuleset:
    named = {name: definition for pair in pairs for name, definition in pair.rules.items()}
    definition = ENCODER.encode({name: {"all": [{"m": definition}]} for name, definition in named.items()})
    columns = (*HEAD, *dict.fromkeys(name for pair in pairs for name in pair.columns))
    return CompiledRuleset(definition=definition, columns=columns, values=itemgetter(*columns))

"""The language of conditions: a small, typed subset of Python's expression syntax.

Allowed: `and`, `or`, `not`, one comparison at a time, `in [..]`, `not in [..]`, `+ - *` on exact
integers and dates, `present(field)`, `missing(field)`, boolean fields by themselves, literals, and
`p.name` for a parameter, `source(field)`, `integrity(field)` and `confidence(field)` for where a fact came from.
A condition becomes negation normal form: `and`/`or` over comparisons.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from policies.errors import ExpressionInvalid

PARAMETER_PREFIX = "p."
NODE_LIMIT = 200
INTEGER_LIMIT = 2**62
"""Integers must lie strictly within ± this: the engine's are 64 bit and saturate without a word."""

Value = str | int | bool
Facts = Mapping[str, Value | None]
"""Normalised facts and parameters (`p.name`); dates are ordinals, None is unknown."""


class Kind(StrEnum):
    """What an expression yields."""

    INT = "int"
    DATE = "date"
    BOOL = "bool"
    STR = "str"


class Operator(StrEnum):
    """The six comparisons, as the engine spells them."""

    EQ = "$eq"
    NE = "$neq"
    GT = "$gt"
    GE = "$gte"
    LT = "$lt"
    LE = "$lte"


OPPOSITE = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.GT: Operator.LE,
    Operator.LE: Operator.GT,
    Operator.LT: Operator.GE,
    Operator.GE: Operator.LT,
}
MIRRORED = {
    Operator.EQ: Operator.EQ,
    Operator.NE: Operator.NE,
    Operator.GT: Operator.LT,
    Operator.LT: Operator.GT,
    Operator.GE: Operator.LE,
    Operator.LE: Operator.GE,
}
COMPARISONS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: Operator.EQ,
    ast.NotEq: Operator.NE,
    ast.Gt: Operator.GT,
    ast.GtE: Operator.GE,
    ast.Lt: Operator.LT,
    ast.LtE: Operator.LE,
}
ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[int, int], int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
}
PROVENANCE = ("source", "integrity", "confidence")
"""What a condition may ask about a fact besides its value; each is a fact of its own, named `source(field)`."""
LITERALS: dict[type, Kind] = {bool: Kind.BOOL, int: Kind.INT, str: Kind.STR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One side of a comparison: `text` is its canonical form, `evaluate` its exact value or None.

    `literal` is set when the term is a literal and needs no column of its own.
    """

    text: str
    kind: Kind
    evaluate: Callable[[Facts], Value | None]
    literal: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`left` compared with `right`; the left side is never a literal."""

    operator: Operator
    left: Term
    right: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """All (`every`) or at least one of the parts."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Comparison | Junction


def syntax(text: str, *, where: str) -> ast.expr:
    """The syntax tree of a condition. Raises `ExpressionInvalid`."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionInvalid(where=where, why=f"is not an expression: {error}") from error
    if sum(1 for _ in ast.walk(tree)) > NODE_LIMIT:
        raise ExpressionInvalid(where=where, why=f"has more than {NODE_LIMIT} parts: split the rule")
    return tree


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` when the node is a plain dotted name, `source(a.b)` when it asks for a fact's provenance."""
    match node:
        case ast.Call(func=ast.Name(id=asked), args=[ast.Name() | ast.Attribute() as argument], keywords=[]):
            name = dotted(argument)
            return f"{asked}({name})" if name and asked in PROVENANCE else None
        case _:
            return _dotted(node)


def _dotted(node: ast.expr) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def presence(node: ast.expr) -> tuple[str, bool] | None:
    """(field, wanted) when the node is `present(field)` or `missing(field)`."""
    match node:
        case ast.Call(func=ast.Name(id="present" | "missing" as call), args=[argument], keywords=[]):
            name = dotted(argument)
            return None if name is None else (name, call == "present")
        case _:
            return None


def names_in(tree: ast.expr) -> frozenset[str]:
    """Fields and parameters (`p.name`) that a condition reads."""
    name = dotted(tree)
    if name is not None:
        return frozenset({name})
    children = tree.args if isinstance(tree, ast.Call) else ast.iter_child_nodes(tree)
    found = (names_in(child) for child in children if isinstance(child, ast.expr))
    return frozenset[str]().union(*found)


def condition(tree: ast.expr, *, names: Mapping[str, Kind], where: str, negated: bool = False) -> Condition:
    """The negation normal form of a condition, or of its exact complement. Raises `ExpressionInvalid`."""
    return _Translation(names=names, where=where).condition(tree, negated=negated)


def term(tree: ast.expr, *, names: Mapping[str, Kind], where: str) -> Term:
    """A field, parameter, literal or arithmetic over them. Raises `ExpressionInvalid`."""
    return _Translation(names=names, where=where).term(tree)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Translation:
    names: Mapping[str, Kind]
    where: str

    def refusal(self, why: str) -> ExpressionInvalid:
        return ExpressionInvalid(where=self.where, why=why)

    def condition(self, node: ast.expr, *, negated: bool) -> Condition:
        found = presence(node)
        if found is not None:
            return self._presence(found[0], wanted=found[1] != negated)
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand, negated=not negated)
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.condition(value, negated=negated) for value in values)
                return Junction(every=isinstance(op, ast.And) != negated, parts=parts)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[choices]):
                return self._membership(left, choices, negated=negated != isinstance(op, ast.NotIn))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                return self._comparison(left, COMPARISONS[type(op)], right, negated=negated)
            case _ if dotted(node) is not None:
                return self._comparison(node, Operator.EQ, ast.Constant(value=True), negated=negated)
            case _:
                raise self.refusal(f"{ast.unparse(node)!r} is not allowed here; write one comparison at a time")

    def _presence(self, name: str, *, wanted: bool) -> Comparison:
        if name not in self.names or name.startswith(PARAMETER_PREFIX):
            raise self.refusal(f"unknown field {name}")
        known = Term(text=f"present({name})", kind=Kind.BOOL, evaluate=partial(_is_known, name))
        return Comparison(operator=Operator.EQ, left=known, right=_literal(wanted, Kind.BOOL))

    def _membership(self, left: ast.expr, choices: ast.expr, *, negated: bool) -> Condition:
        if not isinstance(choices, ast.List | ast.Tuple) or not choices.elts:
            raise self.refusal(f"{ast.unparse(choices)!r} is not a list of literals")
        if not all(isinstance(choice, ast.Constant) for choice in choices.elts):
            raise self.refusal("a list may hold literals only")
        parts = tuple(self._comparison(left, Operator.EQ, choice, negated=negated) for choice in choices.elts)
        return Junction(every=negated, parts=parts)

    def _comparison(self, left: ast.expr, sign: Operator, right: ast.expr, *, negated: bool) -> Comparison:
        first, second = self.term(left), self.term(right)
        if first.kind is not second.kind:
            raise self.refusal(f"{first.text} ({first.kind}) is compared with {second.text} ({second.kind})")
        if first.kind in (Kind.BOOL, Kind.STR) and sign not in (Operator.EQ, Operator.NE):
            raise self.refusal(f"{first.text}: only numbers and dates have an order")
        if negated:
            sign = OPPOSITE[sign]
        if first.literal is not None:
            first, second, sign = second, first, MIRRORED[sign]
        if first.literal is not None:
            raise self.refusal(f"{first.text} and {second.text} are both literals: always the same")
        return Comparison(operator=sign, left=first, right=second)

    def term(self, node: ast.expr) -> Term:
        name = dotted(node)
        if name is not None:
            if name not in self.names:
                raise self.refusal(f"unknown {'parameter' if name.startswith(PARAMETER_PREFIX) else 'field'} {name}")
            return Term(text=name, kind=self.names[name], evaluate=operator.itemgetter(name))
        match node:
            case ast.Constant(value=bool() | int() | str() as value):
                return self._constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
                return self._constant(-value)
            case ast.BinOp(op=op) if type(op) in ARITHMETIC:
                return self._arithmetic(node)
            case _:
                raise self.refusal(f"{ast.unparse(node)!r} is not a field, parameter, literal or + - *")

    def _constant(self, value: Value) -> Term:
        if isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
            raise self.refusal(f"{value} is out of range")
        return _literal(value, LITERALS[type(value)])

    def _arithmetic(self, node: ast.BinOp) -> Term:
        sign, compute = ARITHMETIC[type(node.op)]
        left, right = self.term(node.left), self.term(node.right)
        match left.kind, sign, right.kind:
            case (Kind.INT, _, Kind.INT) | (Kind.DATE, "-", Kind.DATE):
                kind = Kind.INT
            case Kind.DATE, "+" | "-", Kind.INT:
                kind = Kind.DATE
            case _:
                raise self.refusal(f"{left.kind} {sign} {right.kind} has no meaning: {ast.unparse(node)}")
        text = f"({left.text} {sign} {right.text})"
        return Term(text=text, kind=kind, evaluate=partial(_compute, compute, left, right))


def _literal(value: Value, kind: Kind) -> Term:
    return Term(text=repr(value), kind=kind, evaluate=partial(_same, value), literal=value)


def _same(value: Value, _facts: Facts) -> Value:
    return value


def _is_known(name: str, facts: Facts) -> bool:
    return facts[name] is not None


def _compute(compute: Callable[[int, int], int], left: Term, right: Term, facts: Facts) -> int | None:
    first, second = left.evaluate(facts), right.evaluate(facts)
    return compute(first, second) if isinstance(first, int) and isinstance(second, int) else None

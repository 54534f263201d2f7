"""A second evaluator of the same syntax tree, in plain Python, that must agree with the engine.

It walks the tree itself, without the engine's normal form and columns, and answers in three values
(Kleene): a condition is unknown only when its unknown facts could change the answer. So where the
shadow is definite, the engine agrees whatever stands in for the unknown facts.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from policies.expression import ARITHMETIC, COMPARISONS, Facts, Operator, dotted, presence

Predicate = Callable[[Facts], bool | None]
Reading = Callable[[Facts], Any]

HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def predicate(tree: ast.expr) -> Predicate:
    """True, False or None (unknown) for a tree that `expression.condition` has accepted."""
    found = presence(tree)
    if found is not None:
        return _presence(*found)
    match tree:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _negation(predicate(operand))
        case ast.BoolOp(op=op, values=values):
            return _junction([predicate(value) for value in values], decisive=isinstance(op, ast.Or))
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.List() | ast.Tuple() as many]):
            choices = frozenset(choice.value for choice in many.elts if isinstance(choice, ast.Constant))
            return _membership(reading(left), choices, wanted=isinstance(op, ast.In))
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=value)]) if dotted(left) is not None:
            return _with_literal(str(dotted(left)), HOLDS[COMPARISONS[type(op)]], value)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(reading(left), HOLDS[COMPARISONS[type(op)]], reading(right))
        case _:
            return reading(tree)


def _presence(name: str, wanted: bool) -> Predicate:
    return lambda facts: (facts[name] is not None) is wanted


def _negation(inner: Predicate) -> Predicate:
    def negation(facts: Facts) -> bool | None:
        answer = inner(facts)
        return None if answer is None else not answer

    return negation


def _junction(parts: Sequence[Predicate], *, decisive: bool) -> Predicate:
    def junction(facts: Facts) -> bool | None:
        unknown = False
        for part in parts:
            answer = part(facts)
            if answer is decisive:
                return decisive
            unknown = unknown or answer is None
        return None if unknown else not decisive

    return junction


def _membership(read: Reading, choices: frozenset[Any], *, wanted: bool) -> Predicate:
    def membership(facts: Facts) -> bool | None:
        value = read(facts)
        return None if value is None else (value in choices) is wanted

    return membership


def _with_literal(name: str, holds: Callable[[Any, Any], bool], literal: Any) -> Predicate:
    def comparison(facts: Facts) -> bool | None:
        value = facts[name]
        return None if value is None else holds(value, literal)

    return comparison


def _comparison(read_left: Reading, holds: Callable[[Any, Any], bool], read_right: Reading) -> Predicate:
    def comparison(facts: Facts) -> bool | None:
        left, right = read_left(facts), read_right(facts)
        return None if left is None or right is None else holds(left, right)

    return comparison


def reading(node: ast.expr) -> Reading:
    """The value of a tree that `expression` has accepted, None while it is unknown; a condition gives True or False."""
    name = dotted(node)
    if name is not None:
        return operator.itemgetter(name)
    match node:
        case ast.Constant(value=value):
            return lambda _facts: value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            positive = reading(operand)
            return lambda facts: -positive(facts)
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(reading(left), ARITHMETIC[type(op)][1], reading(right))
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.Call():
            return predicate(node)
        case _:
            raise TypeError(f"{ast.unparse(node)} was not accepted by expression.condition")


def _arithmetic(read_left: Reading, compute: Callable[[int, int], int], read_right: Reading) -> Reading:
    def arithmetic(facts: Facts) -> int | None:
        left, right = read_left(facts), read_right(facts)
        return None if left is None or right is None else compute(left, right)

    return arithmetic

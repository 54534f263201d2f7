"""The number that a comparison is about, as an exact integer polynomial in the fields that are not known.

Two ways of writing one sum are one polynomial, so `net + tax - total > 2` and `total - net - tax < -2` are
seen to ask about the same number.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

from policies.expression import ARITHMETIC, Comparison, dotted, syntax

Monomial = tuple[str, ...]
CONSTANT: Monomial = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomial:
    """The sum of coefficient times the product of a monomial's names; no coefficient is 0."""

    terms: Mapping[Monomial, int]

    @property
    def names(self) -> frozenset[str]:
        """The unknowns."""
        return frozenset(name for monomial in self.terms for name in monomial)

    @property
    def constant(self) -> int:
        """The part without unknowns."""
        return self.terms.get(CONSTANT, 0)

    @property
    def slope(self) -> int | None:
        """The factor of the only unknown, where there is one unknown and it stands alone."""
        varying = [monomial for monomial in self.terms if monomial != CONSTANT]
        return self.terms[varying[0]] if len(varying) == 1 and len(varying[0]) == 1 else None

    def primitive(self) -> tuple[tuple[tuple[Monomial, int], ...], int]:
        """(the varying part without its common factor, its sign made positive; that factor)."""
        varying = sorted((monomial, factor) for monomial, factor in self.terms.items() if monomial != CONSTANT)
        common = gcd(*(factor for _, factor in varying))
        if varying and varying[0][1] < 0:
            common = -common
        return tuple((monomial, factor // common) for monomial, factor in varying), common


def difference(comparison: Comparison, known: Mapping[str, int]) -> Polynomial | None:
    """Left minus right of a comparison of numbers or dates; None where it is no polynomial."""
    sides = (_polynomial(syntax(side.text, where="term"), known) for side in (comparison.left, comparison.right))
    left, right = sides
    return None if left is None or right is None else _sum(left, right, sign=-1)


def around_zero(slope: int, constant: int) -> tuple[int, ...]:
    """The whole numbers beside and at the place where `slope` times x plus `constant` is zero, in order."""
    root, rest = divmod(-constant, slope)
    return (root - 1, root, root + 1, root + 2) if rest else (root - 1, root, root + 1)


def _polynomial(node: ast.expr, known: Mapping[str, int]) -> Polynomial | None:
    name = dotted(node)
    if name is not None:
        return _of({CONSTANT: known[name]}) if name in known else _of({(name,): 1})
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return _of({CONSTANT: value})
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _polynomial(operand, known)
            return None if inner is None else _sum(_of({}), inner, sign=-1)
        case ast.BinOp(left=first, op=op, right=second) if type(op) in ARITHMETIC:
            left, right = _polynomial(first, known), _polynomial(second, known)
            return None if left is None or right is None else _combined(left, op, right)
        case _:
            return None


def _combined(left: Polynomial, op: ast.operator, right: Polynomial) -> Polynomial:
    match op:
        case ast.Mult():
            return _product(left, right)
        case _:
            return _sum(left, right, sign=-1 if isinstance(op, ast.Sub) else 1)


def _of(terms: Mapping[Monomial, int]) -> Polynomial:
    return Polynomial(terms={monomial: factor for monomial, factor in terms.items() if factor})


def _sum(left: Polynomial, right: Polynomial, *, sign: int) -> Polynomial:
    terms = Counter(dict(left.terms))
    for monomial, factor in right.terms.items():
        terms[monomial] += sign * factor
    return _of(terms)


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    terms: Counter[Monomial] = Counter()
    for first, factor in left.terms.items():
        for second, other in right.terms.items():
            terms[tuple(sorted((*first, *second)))] += factor * other
    return _of(terms)

"""Names that stand for something else: derived columns, and the confidence that a field needs.

They are replaced in the syntax tree before it is compiled, so that engine and shadow both see fields, parameters,
tables and literals only.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from pydantic import Field, model_validator

from policies.errors import ExpressionInvalid
from policies.expression import dotted
from policies.field import DottedName, Expression, FieldType, Name, Scalar, Strict

DEPTH_LIMIT = 10
FULL_BPS = 10_000


class Derived(Strict):
    """A column computed from others: exact integer arithmetic, or a condition where the type is `bool`."""

    type: FieldType
    value: Expression
    description: str = Field(min_length=1)
    currency: DottedName | None = None


class Threshold(Strict):
    """The lowest confidence, in basis points, for a field at a point; without one of them for all.

    `least` is a number or a parameter (`p.name`) that a tenant may set.
    """

    least: Scalar
    field: DottedName | None = None
    at: Name | None = None

    @model_validator(mode="after")
    def _has_its_form(self) -> Threshold:
        number = type(self.least) is int and 0 <= self.least <= FULL_BPS
        if not number and not (isinstance(self.least, str) and self.least.startswith("p.")):
            raise ValueError(f"{self.least!r} is neither basis points (0 to {FULL_BPS}) nor a parameter (p.name)")
        return self

    def speaks_of(self, field: str, point: str) -> bool:
        """Whether it counts for the field at the point."""
        return self.field in (None, field) and self.at in (None, point)

    @property
    def weight(self) -> tuple[bool, bool]:
        """More is more particular: the field before the point."""
        return self.field is not None, self.at is not None


def least_confidence(thresholds: Sequence[Threshold], field: str, point: str) -> Scalar | None:
    """What the most particular threshold says; None where none speaks of the field."""
    found = [threshold for threshold in thresholds if threshold.speaks_of(field, point)]
    return max(found, key=lambda threshold: threshold.weight).least if found else None


class Resolver(ast.NodeTransformer):
    """Replaces names by what they stand for, at one decision point."""

    def __init__(
        self, *, derived: Mapping[str, ast.expr], thresholds: Sequence[Threshold], point: str, where: str
    ) -> None:
        """`where` names the expression in errors."""
        self._derived = derived
        self._thresholds = thresholds
        self._point = point
        self._where = where
        self._open: list[str] = []

    def resolved(self, tree: ast.expr) -> ast.expr:
        """A new tree. Raises `ExpressionInvalid` for a circle, or a field that no threshold speaks of."""
        found: ast.expr = self.visit(ast.parse(ast.unparse(tree), mode="eval").body)
        return found

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._named(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(func=ast.Name(id="confident"), args=[argument], keywords=[]):
                return self._confident(argument)
            case _:
                return node  # present(), missing(), source() … ask about the field itself

    def _named(self, node: ast.expr) -> ast.expr:
        name = dotted(node)
        if name is None or name not in self._derived:
            return node
        if name in self._open or len(self._open) >= DEPTH_LIMIT:
            circle = " → ".join([*self._open, name])
            raise ExpressionInvalid(where=self._where, why=f"goes in a circle, or too deep: {circle}")
        self._open.append(name)
        meant = self.resolved(self._derived[name])
        self._open.pop()
        return meant

    def _confident(self, argument: ast.expr) -> ast.expr:
        field = dotted(argument)
        least = None if field is None else least_confidence(self._thresholds, field, self._point)
        if least is None:
            why = f"no threshold says how sure {ast.unparse(argument)} must be at {self._point}"
            raise ExpressionInvalid(where=self._where, why=why)
        return ast.parse(f"confidence({field}) >= {least}", mode="eval").body

"""Conditions in plain words, for people who do not read the language of conditions.

Fields and parameters are named by their descriptions, values written as people write them. Nothing is judged by what
is said here: the condition itself stands beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from policies.expression import PARAMETER_PREFIX, PROVENANCE, dotted, presence
from policies.fact import FactValue
from policies.field import FieldType
from policies.message import written
from policies.pack import Rule, RulePack

SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "is",
    ast.NotEq: "is not",
    ast.Gt: "is more than",
    ast.GtE: "is at least",
    ast.Lt: "is less than",
    ast.LtE: "is at most",
}
DATE_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Gt: "is after",
    ast.GtE: "is on or after",
    ast.Lt: "is before",
    ast.LtE: "is on or before",
}
ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCondition:
    """A condition as a list: all of the parts hold (`every`), or at least one of them does."""

    every: bool
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainWords:
    """Says the conditions of a pack; `parameters` are the tenant's own values, in place of the pack's."""

    pack: RulePack
    parameters: Mapping[str, FactValue] = field(default_factory=dict)

    def fires(self, rule: Rule) -> PlainCondition:
        """When the rule fires."""
        return self._listed(rule.conditions["when"])

    def applies(self, rule: Rule) -> PlainCondition | None:
        """What the rule is limited to; None where it always applies."""
        tree = rule.conditions.get("applies")
        return None if tree is None else self._listed(tree)

    def says(self, rule: Rule) -> str:
        """The rule's message: what is filled in is named, fields by their descriptions, parameters by their values."""
        said: list[str] = []
        for literal, name, _, _ in Formatter().parse(rule.message):
            said.append(literal)
            if name is not None:
                said.append(self._filled(name))
        return "".join(said)

    def _filled(self, name: str) -> str:
        bare = name.removeprefix(PARAMETER_PREFIX)
        parameter = self.pack.parameters.get(bare) if bare != name else None
        if parameter is None:
            return self._field(name)
        return self._value(self.parameters.get(bare, parameter.value), parameter.type)

    def _listed(self, tree: ast.expr) -> PlainCondition:
        if isinstance(tree, ast.BoolOp):
            parts = tuple(self._condition(part) for part in tree.values)
            return PlainCondition(every=isinstance(tree.op, ast.And), parts=parts)
        return PlainCondition(every=True, parts=(self._condition(tree),))

    def _condition(self, node: ast.expr, *, negated: bool = False) -> str:
        found = presence(node)
        if found is not None:
            name, wanted = found
            return f"{self._field(name)} is {'known' if wanted != negated else 'unknown'}"
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._condition(operand, negated=not negated)
            case ast.BoolOp(op=op, values=values):
                joined = (" and " if isinstance(op, ast.And) else " or ").join(map(self._condition, values))
                return f"not ({joined})" if negated else f"({joined})"
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[choices]):
                return self._membership(left, choices, within=isinstance(op, ast.In) != negated)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                said = f"{self._term(left, beside=right)} {self._sign(op, left)} {self._term(right, beside=left)}"
                return f"not ({said})" if negated else said
            case ast.Call(func=ast.Name(id="confident"), args=[argument]):
                return f"{self._term(argument)} was read {'too unsurely' if negated else 'surely enough'}"
            case _:
                return f"{self._term(node)} is {'false' if negated else 'true'}"

    def _membership(self, left: ast.expr, choices: ast.expr, *, within: bool) -> str:
        values = choices.elts if isinstance(choices, ast.List | ast.Tuple) else [choices]
        said = [self._term(value, beside=left) for value in values]
        several = len(said) > 1
        sign = ("is one of" if several else "is") if within else ("is none of" if several else "is not")
        return f"{self._term(left)} {sign} {', '.join(said)}"

    def _sign(self, op: ast.cmpop, left: ast.expr) -> str:
        dated = self._type(left) is FieldType.DATE
        return DATE_SIGNS.get(type(op), SIGNS[type(op)]) if dated else SIGNS[type(op)]

    def _term(self, node: ast.expr, *, beside: ast.expr | None = None) -> str:
        """A field, parameter, value or sum; a value is written as the type of what it stands beside."""
        name = dotted(node)
        if name is not None:
            return self._field(name)
        match node:
            case ast.Constant(value=bool() | int() | str() as value):
                return self._value(value, self._type(beside) if beside is not None else None)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"−{self._term(operand, beside=beside)}"
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return f"{self._term(left, beside=right)} {ARITHMETIC[type(op)]} {self._term(right, beside=left)}"
            case _:
                return ast.unparse(node)

    def _type(self, node: ast.expr) -> FieldType | None:
        """The type of a field or parameter; None for what is computed, whose numbers are said as they are."""
        name = dotted(node)
        if name is None:
            return None
        if name.startswith(PARAMETER_PREFIX):
            parameter = self.pack.parameters.get(name.removeprefix(PARAMETER_PREFIX))
            return parameter.type if parameter else None
        column = self.pack.columns.get(name)
        return column.type if column else None

    def _field(self, name: str) -> str:
        asked, _, inner = name.removesuffix(")").partition("(")
        if inner and asked in PROVENANCE:
            return f"{asked} of {self._field(inner)}"
        if name.startswith(PARAMETER_PREFIX):
            return self._parameter(name.removeprefix(PARAMETER_PREFIX))
        column = self.pack.columns.get(name)
        return f"“{column.description.partition(';')[0]}”" if column else name

    def _parameter(self, name: str) -> str:
        parameter = self.pack.parameters.get(name)
        if parameter is None:
            return name
        value = self.parameters.get(name, parameter.value)
        return f"“{parameter.description}” ({self._value(value, parameter.type)})"

    def _value(self, value: FactValue, kind: FieldType | None) -> str:
        if value == "":
            return "empty"
        return written(value, kind or FieldType.INT)

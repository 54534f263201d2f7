"""A mutant: a rule with one small mistake, as somebody could make it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from policies.errors import ExpressionInvalid
from policies.expression import PARAMETER_PREFIX, Kind, dotted, presence
from policies.pack import Rule, RulePack
from policies.verdict import Severity

ALWAYS = date(1970, 1, 1)
"""From this day a rule is in force that names no day."""

DAY = timedelta(days=1)

LOWERED = {
    Severity.BLOCK: Severity.REVIEW,
    Severity.REVIEW: Severity.WARN,
    Severity.OBLIGATION: Severity.WARN,
}
STRICTNESS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Gt: ast.GtE(), ast.GtE: ast.Gt(), ast.Lt: ast.LtE(), ast.LtE: ast.Lt(),
}  # fmt: skip
NEGATED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Gt: ast.LtE(), ast.LtE: ast.Gt(), ast.Lt: ast.GtE(), ast.GtE: ast.Lt(),
    ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(), ast.In: ast.NotIn(), ast.NotIn: ast.In(),
}  # fmt: skip


class MutationKind(StrEnum):
    """What was done to the rule: taken out, moved at its edge, or turned round."""

    DROP = "drop"
    LOOSEN = "loosen"
    INVERT = "invert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`rule` is the rule with the mistake, None where it is gone; `what` says the mistake."""

    kind: MutationKind
    what: str
    rule: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    kind: MutationKind
    what: str
    tree: ast.expr


def mutants(rule: Rule, pack: RulePack) -> Iterator[Mutant]:
    """Every mutant of `rule`, each once. What could not be read as a rule is none."""
    yield Mutant(kind=MutationKind.DROP, what="the rule is gone", rule=None)
    seen = {_text(rule)}
    for kind, what, changes in _changes(rule, pack):
        try:
            changed = changed_rule(rule, changes)
            text = _text(changed)
        except (ValueError, ExpressionInvalid):
            continue
        if text not in seen:
            seen.add(text)
            yield Mutant(kind=kind, what=what, rule=changed)


def changed_rule(rule: Rule, changes: dict[str, Any]) -> Rule:
    """The rule with some of its keys written otherwise. Raises `ValueError` where that is no rule."""
    keys = {name: getattr(rule, name) for name in Rule.model_fields}
    return Rule.model_validate(keys | changes)


def _text(rule: Rule) -> str:
    """All of a rule that a mutant may change."""
    trees = {part: ast.unparse(tree) for part, tree in rule.conditions.items()}
    return repr((trees, rule.severity, rule.at, rule.effective_from, rule.effective_to))


def _changes(rule: Rule, pack: RulePack) -> Iterator[tuple[MutationKind, str, dict[str, Any]]]:
    for part, tree in rule.conditions.items():
        whole = _Change(kind=MutationKind.INVERT, what="all of it is negated", tree=_negated(tree))
        for change in (whole, *_variants(tree, pack)):
            yield change.kind, f"{part}: {change.what}", {part: ast.unparse(change.tree)}
    if rule.applies is not None:
        yield MutationKind.LOOSEN, "applies: it is gone", {"applies": None}
    lowered = LOWERED.get(rule.severity)
    if lowered is not None:
        what = f"severity: {rule.severity.value} became {lowered.value}"
        yield MutationKind.LOOSEN, what, {"severity": lowered, "obligation": None}
    yield from _elsewhere(rule)


def _elsewhere(rule: Rule) -> Iterator[tuple[MutationKind, str, dict[str, Any]]]:
    """The rule at one point less, and on one day more or less."""
    for point in rule.at if len(rule.at) > 1 else ():
        rest = tuple(other for other in rule.at if other != point)
        yield MutationKind.LOOSEN, f"at: {point} is gone", {"at": rest}
    days = {"effective_from": rule.effective_from, "effective_to": rule.effective_to}
    for name, day in days.items():
        if day is not None and ALWAYS < day < date.max:
            yield MutationKind.LOOSEN, f"{name}: a day later", {name: day + DAY}
            yield MutationKind.LOOSEN, f"{name}: a day earlier", {name: day - DAY}


def _variants(node: ast.expr, pack: RulePack) -> Iterator[_Change]:
    """The condition with one mistake, somewhere in it."""
    match node:
        case ast.BoolOp(op=op, values=values):
            yield from _without_operand(node)
            for place, value in enumerate(values):
                for change in (_inverted(value), *_variants(value, pack)):
                    replaced = [*values[:place], change.tree, *values[place + 1 :]]
                    yield _Change(kind=change.kind, what=change.what, tree=ast.BoolOp(op=op, values=replaced))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            for change in _variants(operand, pack):
                yield _Change(kind=change.kind, what=change.what, tree=_negated(change.tree))
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.List() | ast.Tuple() as many]):
            yield from _memberships(left, op, many)
        case ast.Compare():
            yield from _comparisons(node, pack)
        case _:
            return


def _without_operand(node: ast.BoolOp) -> Iterator[_Change]:
    word = "and" if isinstance(node.op, ast.And) else "or"
    for place, value in enumerate(node.values):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        tree = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
        yield _Change(kind=MutationKind.LOOSEN, what=f"`{word}` lost `{ast.unparse(value)}`", tree=tree)


def _inverted(node: ast.expr) -> _Change:
    return _Change(kind=MutationKind.INVERT, what=f"`{ast.unparse(node)}` is negated", tree=_negated(node))


def _negated(node: ast.expr) -> ast.expr:
    found = presence(node)
    match node:
        case ast.Call(args=arguments) if found is not None:
            name = "missing" if found[1] else "present"
            return ast.Call(func=ast.Name(id=name), args=arguments, keywords=[])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[op], comparators=comparators):
            return ast.Compare(left=left, ops=[NEGATED[type(op)]], comparators=comparators)
        case _:
            return ast.UnaryOp(op=ast.Not(), operand=node)


def _memberships(left: ast.expr, op: ast.cmpop, many: ast.List | ast.Tuple) -> Iterator[_Change]:
    """The list with an element less, and with one more: the empty text, or the next number."""
    values = [choice.value for choice in many.elts if isinstance(choice, ast.Constant)]

    def changed(what: str, elements: list[ast.expr]) -> _Change:
        tree = ast.Compare(left=left, ops=[op], comparators=[ast.List(elts=elements)])
        return _Change(kind=MutationKind.LOOSEN, what=what, tree=tree)

    for place, element in enumerate(many.elts if len(many.elts) > 1 else ()):
        yield changed(f"the list lost {ast.unparse(element)}", [*many.elts[:place], *many.elts[place + 1 :]])
    numbers = [value for value in values if type(value) is int]
    more = ast.Constant(value=max(numbers) + 1 if numbers else "")
    if more.value not in values:
        yield changed(f"the list gained {more.value!r}", [*many.elts, more])


def _comparisons(node: ast.Compare, pack: RulePack) -> Iterator[_Change]:
    left, op, right = node.left, node.ops[0], node.comparators[0]
    before = ast.unparse(node)
    other = STRICTNESS.get(type(op))

    def changed(tree: ast.Compare) -> _Change:
        return _Change(kind=MutationKind.LOOSEN, what=f"`{before}` became `{ast.unparse(tree)}`", tree=tree)

    if other is not None:
        yield changed(ast.Compare(left=left, ops=[other], comparators=[right]))
    for moved in _moved(left, pack):
        yield changed(ast.Compare(left=moved, ops=[op], comparators=[right]))
    for moved in _moved(right, pack):
        yield changed(ast.Compare(left=left, ops=[op], comparators=[moved]))


def _moved(node: ast.expr, pack: RulePack) -> Iterator[ast.expr]:
    """The term with one whole number or parameter in it one more and one less."""
    name = dotted(node)
    if name is not None:
        if name.startswith(PARAMETER_PREFIX) and pack.kinds.get(name) in (Kind.INT, Kind.DATE):
            yield ast.BinOp(left=node, op=ast.Add(), right=ast.Constant(value=1))
            yield ast.BinOp(left=node, op=ast.Sub(), right=ast.Constant(value=1))
        return
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            yield from (ast.Constant(value=value + 1), ast.Constant(value=value - 1))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            yield from (ast.Constant(value=1 - value), ast.Constant(value=-value - 1))
        case ast.BinOp(left=left, op=op, right=right):
            yield from (ast.BinOp(left=moved, op=op, right=right) for moved in _moved(left, pack))
            yield from (ast.BinOp(left=left, op=op, right=moved) for moved in _moved(right, pack))
        case _:
            return

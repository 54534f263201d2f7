"""One rule, answered by the shadow alone: for questions about the rule itself, of which there are very many."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policies.expression import (
    PARAMETER_PREFIX,
    Comparison,
    Condition,
    Facts,
    Junction,
    Kind,
    Value,
    condition,
    names_in,
)
from policies.fact import FactValue
from policies.field import ordinal
from policies.names import PointNames
from policies.pack import Outcome, Rule, RulePack
from policies.shadow import Predicate, predicate


class NotDecided(Exception):
    """A question about a rule has no sure answer; says why."""


@dataclass(frozen=True, kw_only=True)
class RuleShadow:
    """A rule with its conditions as predicates, and as comparisons joined by `and` and `or`."""

    rule: Rule
    when: Predicate
    applies: Predicate | None
    forms: tuple[Condition, ...]
    trees: Mapping[str, ast.expr]
    given: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, rule: Rule, pack: RulePack, point: str | None = None, *, given: frozenset[str] = frozenset()
    ) -> RuleShadow:
        """The rule as the shadow reads it at a point, with derived columns and thresholds replaced.

        Without a point it is the rule wherever it stands. `given` are outputs of decision tables whose values will
        stand beside the facts. Raises `ExpressionInvalid`, and `NotDecided` where the rule reads an output that is
        not given, or differs between its points.
        """
        trees = _trees(rule, pack, rule.at if point is None else (point,))
        reads = frozenset[str]().union(*map(names_in, trees.values()))
        known = pack.factual.keys() | given | {PARAMETER_PREFIX + name for name in pack.parameters}
        if strange := sorted(reads - known):
            raise NotDecided(f"it reads {', '.join(strange)}, which is neither a fact nor a parameter")
        try:
            when, applies = predicate(trees["when"]), predicate(trees["applies"]) if "applies" in trees else None
        except TypeError as error:
            raise NotDecided(str(error)) from error
        forms = tuple(condition(tree, names=pack.kinds, where=f"{rule.id}.{part}") for part, tree in trees.items())
        return cls(rule=rule, when=when, applies=applies, forms=forms, trees=trees, given=given)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that the conditions read, sorted."""
        return _fields({name for tree in self.trees.values() for name in names_in(tree)} - self.given)

    def fields_of(self, part: str) -> tuple[str, ...]:
        """The fields that `when` or `applies` reads, sorted."""
        return _fields(names_in(self.trees[part]) - self.given)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison of both conditions, in order."""
        return tuple(comparison for form in self.forms for comparison in _comparisons(form))

    def outcome(self, values: Facts) -> Outcome:
        """What the rule does on these values, which name every field and parameter. Raises `NotDecided`."""
        return combined(_answer(self.when, values), self.is_applicable(values))

    def is_applicable(self, values: Facts) -> bool | None:
        """Whether the rule applies to these values; None when unknown. Raises `NotDecided`."""
        return True if self.applies is None else _answer(self.applies, values)


def _trees(rule: Rule, pack: RulePack, points: Sequence[str]) -> dict[str, ast.expr]:
    found = [
        {part: names.resolved(tree, where=f"{rule.id}.{part}") for part, tree in rule.conditions.items()}
        for names in (PointNames(pack, point) for point in points)
    ]
    if len({tuple(map(ast.unparse, trees.values())) for trees in found}) > 1:
        raise NotDecided(f"its thresholds differ between {', '.join(points)}")
    return found[0]


def _answer(asked: Predicate, values: Facts) -> bool | None:
    try:
        return asked(values)
    except (LookupError, TypeError) as error:
        raise NotDecided(f"it asks for more than fields and parameters: {error}") from error


def combined(fires: bool | None, applies: bool | None) -> Outcome:
    """What a rule does whose conditions come out so; a rule that does not apply passes."""
    if fires is False or applies is False:
        return Outcome.PASSES
    return Outcome.INDETERMINATE if fires is None or applies is None else Outcome.FIRES


def parameter_values(pack: RulePack, changed: Mapping[str, FactValue] | None = None) -> dict[str, Value | None]:
    """The pack's parameters (`p.name`) as conditions compare them: dates as ordinals."""
    values: dict[str, FactValue] = {name: parameter.value for name, parameter in pack.parameters.items()}
    named = {PARAMETER_PREFIX + name: value for name, value in (values | dict(changed or {})).items()}
    return {name: compared(value, pack.kinds[name]) for name, value in named.items()}


def compared(value: FactValue, kind: Kind) -> Value | None:
    """A normalised value as conditions compare it: dates as ordinals."""
    return ordinal(value) if kind is Kind.DATE and value is not None else value


def _fields(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.startswith(PARAMETER_PREFIX)))


def _comparisons(form: Condition) -> tuple[Comparison, ...]:
    match form:
        case Comparison():
            return (form,)
        case Junction(parts=parts):
            return tuple(comparison for part in parts for comparison in _comparisons(part))

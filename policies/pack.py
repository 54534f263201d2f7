"""A rule pack: named, versioned, hashed compliance rules with their thresholds and boundary tables."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from string import Formatter
from typing import Annotated

from pydantic import Field, model_validator

from policies.canonical import canonical_json
from policies.errors import ExpressionInvalid, FactsInvalid
from policies.expression import PARAMETER_PREFIX, PROVENANCE, Kind, names_in, syntax
from policies.field import DottedName, Expression, FieldModel, FieldType, Name, Scalar, Strict, normaliser
from policies.resolution import Derived, Threshold
from policies.table import DecisionTable, Output
from policies.verdict import Severity, VerdictKind

COMPANIONS: Mapping[str, FieldModel] = {
    "source": FieldModel(type=FieldType.STR, description="Where the fact came from"),
    "integrity": FieldModel(type=FieldType.STR, description="Whether an attacker could have written it"),
    "confidence": FieldModel(type=FieldType.BPS, description="How sure it is"),
}
"""The facts about a fact."""


def _not_written(value: object) -> bool:
    return value is None


class Parameter(Strict):
    """A threshold that a tenant may set; `value` is the default."""

    type: FieldType
    value: Scalar
    description: Annotated[str, Field(min_length=1)]


class RuleSource(Strict):
    """The regulation or internal policy that a rule enforces."""

    regulation: Annotated[str, Field(min_length=1)]
    clause: Annotated[str, Field(min_length=1)]


class Outcome(StrEnum):
    """What a rule does on one example. A rule that does not apply passes."""

    FIRES = "fires"
    PASSES = "passes"
    INDETERMINATE = "indeterminate"


class Example(Strict):
    """One row of a boundary table: with these facts (and parameters), the rule does this.

    `verdict` is what the rule alone makes of it, `on` the day it is judged (else the rule's first day in force).
    Neither counts in the pack's digest where it is not written.
    """

    expect: Outcome
    given: dict[str, Scalar | None]
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    verdict: VerdictKind | None = Field(default=None, exclude_if=_not_written)
    on: date | None = Field(default=None, exclude_if=_not_written)


class Rule(Strict):
    """One rule: where it is judged, what it demands, when, and the table that proves it.

    `when` fires the rule; `applies` limits it (a rule that does not apply passes). `message` is for
    people, with `{field}` or `{p.parameter}` filled in. Effective dates are inclusive.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9_-]{2,40}$")]
    at: Annotated[tuple[Name, ...], Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    severity: Severity
    obligation: Name | None = None
    exception: Name | None = None
    when: Expression
    applies: Expression | None = None
    message: Annotated[str, Field(min_length=1, max_length=500)]
    source: RuleSource
    effective_from: date = date(1970, 1, 1)
    effective_to: date | None = None
    examples: tuple[Example, ...]

    @model_validator(mode="after")
    def _is_complete(self) -> Rule:
        if (self.severity is Severity.OBLIGATION) != (self.obligation is not None):
            raise ValueError(f"{self.id}: name an obligation if and only if the severity is obligation")
        for needed in (Outcome.FIRES, Outcome.PASSES):
            if all(example.expect is not needed for example in self.examples):
                raise ValueError(f"{self.id}: needs at least one example that {needed.value}")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError(f"{self.id}: effective_to lies before effective_from")
        return self

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """Names in the braces of the message."""
        try:
            parts = tuple(Formatter().parse(self.message))
        except ValueError as error:
            raise ValueError(f"{self.id}: the message is not a template: {error}") from error
        return tuple(name for _, name, _, _ in parts if name is not None)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Fields and parameters (`p.name`) that the conditions read. Raises `ExpressionInvalid`."""
        return frozenset[str]().union(*(names_in(tree) for tree in self.conditions.values()))

    @cached_property
    def conditions(self) -> dict[str, ast.expr]:
        """The syntax trees of `when` and, if there is one, of `applies`. Raises `ExpressionInvalid`."""
        texts = {"when": self.when} | ({"applies": self.applies} if self.applies else {})
        return {part: syntax(text, where=f"{self.id}.{part}") for part, text in texts.items()}

    def effective(self, on: date) -> bool:
        """Whether the rule is in force on this day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def _is_empty(section: object) -> bool:
    """Left out of the canonical form, so that packs without such a section keep the digests they had."""
    return not section


class RulePack(Strict):
    """Rules with the fields and parameters they speak about, derived columns, decision tables and thresholds."""

    pack: Name
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    fields: dict[DottedName, FieldModel]
    derived: dict[DottedName, Derived] = Field(default_factory=dict, exclude_if=_is_empty)
    tables: dict[Name, DecisionTable] = Field(default_factory=dict, exclude_if=_is_empty)
    thresholds: tuple[Threshold, ...] = Field(default=(), exclude_if=_is_empty)
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_consistent(self) -> RulePack:
        ids = [rule.id for rule in self.rules]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            raise ValueError(f"rule ids are used twice: {', '.join(twice)}")
        self._names_are_apart()
        for name, column in self.columns.items():
            if column.currency is not None and column.currency not in self.fields:
                raise ValueError(f"{name}: its currency field {column.currency} is not declared")
        self._expressions_know_their_names()
        self._thresholds_name_what_is_there()
        self._values_have_their_form("parameters", {name: item.value for name, item in self.parameters.items()})
        for rule in self.rules:
            if unknown := sorted(set(rule.placeholders) - self.kinds.keys()):
                raise ValueError(f"{rule.id}: the message names unknown {', '.join(unknown)}")
            for number, example in enumerate(rule.examples, start=1):
                where = f"{rule.id}: example {number}"
                self._values_have_their_form(where, example.parameters)
                self._values_have_their_form(where, example.given, prefix="")
        return self

    def _names_are_apart(self) -> None:
        outputs = [f"{name}.{output.name}" for name, table in self.tables.items() for output in table.outputs]
        names = [*self.fields, *self.derived, *outputs]
        if any(name.startswith(PARAMETER_PREFIX) for name in names):
            raise ValueError(f"a name may not start with {PARAMETER_PREFIX!r}: parameters do")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"declared twice as field, derived column or table output: {', '.join(twice)}")

    def _expressions_know_their_names(self) -> None:
        texts = {f"derived.{name}": item.value for name, item in self.derived.items()}
        for name, table in self.tables.items():
            texts |= {f"tables.{name}.inputs.{column.name}": column.value for column in table.inputs}
        for where, text in texts.items():
            try:
                unknown = sorted(names_in(syntax(text, where=where)) - self.kinds.keys())
            except ExpressionInvalid as error:
                raise ValueError(str(error)) from error
            if unknown:
                raise ValueError(f"{where} reads unknown {', '.join(unknown)}")

    def _thresholds_name_what_is_there(self) -> None:
        for threshold in self.thresholds:
            if threshold.field is not None and threshold.field not in self.fields:
                raise ValueError(f"a threshold speaks of the unknown field {threshold.field}")
            if threshold.at is not None and threshold.at not in self.points:
                raise ValueError(f"a threshold speaks of the point {threshold.at}, at which no rule stands")
            least = threshold.least
            if isinstance(least, str) and self.kinds.get(least) is not Kind.INT:
                raise ValueError(f"a threshold names {least}, which is no parameter of a number")

    def _values_have_their_form(
        self, where: str, values: Mapping[str, Scalar | None], *, prefix: str = PARAMETER_PREFIX
    ) -> None:
        for name, value in values.items():
            full_name = prefix + name
            if full_name not in self.kinds or (not prefix and name not in self.factual):
                raise ValueError(f"{where} names unknown {full_name}")
            try:
                _ = value is None or normaliser(self.kinds[full_name])(full_name, value)
            except FactsInvalid as error:
                raise ValueError(f"{where}: {error}") from error

    @cached_property
    def canonical(self) -> bytes:
        """The pack's canonical JSON: what its digest covers, and what an outsider needs to judge again."""
        return canonical_json(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pack's canonical form."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def points(self) -> tuple[str, ...]:
        """Decision points with at least one rule, in the pack's order."""
        return tuple(dict.fromkeys(point for rule in self.rules for point in rule.at))

    def rules_at(self, point: str) -> tuple[Rule, ...]:
        """The rules judged at `point`, in the pack's order."""
        return tuple(rule for rule in self.rules if point in rule.at)

    @cached_property
    def factual(self) -> dict[str, FieldModel]:
        """What facts may be given: the fields, and of each where it came from (`source(field)`, …)."""
        about = {f"{asked}({name})": COMPANIONS[asked] for name in self.fields for asked in PROVENANCE}
        return self.fields | about

    @cached_property
    def columns(self) -> dict[str, FieldModel]:
        """All that a message may show besides parameters: facts, derived columns and table outputs."""
        derived = {
            name: FieldModel(type=item.type, description=item.description, currency=item.currency)
            for name, item in self.derived.items()
        }
        outputs = {
            f"{name}.{output.name}": _output_column(table, output)
            for name, table in self.tables.items()
            for output in table.outputs
        }
        return self.factual | derived | outputs

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What each column and parameter (`p.name`) yields in an expression."""
        columns = {name: column.type.kind for name, column in self.columns.items()}
        parameters = {PARAMETER_PREFIX + name: item.type.kind for name, item in self.parameters.items()}
        return columns | parameters


def _output_column(table: DecisionTable, output: Output) -> FieldModel:
    description = output.description or f"{output.name}: {table.description}"
    return FieldModel(type=output.type, description=description, currency=output.currency)

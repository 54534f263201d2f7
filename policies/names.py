"""What the names in a pack's expressions mean at one decision point, and which of them its rules need."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property

from policies.errors import ExpressionInvalid
from policies.expression import NODE_LIMIT, PARAMETER_PREFIX, names_in, syntax
from policies.field import FieldModel
from policies.pack import Rule, RulePack
from policies.resolution import Resolver
from policies.table import Input


class PointNames:
    """The rules of a pack at one point, with derived columns and thresholds replaced by what they stand for."""

    def __init__(self, pack: RulePack, point: str) -> None:
        """Nothing is resolved yet; what cannot be is an `ExpressionInvalid` when it is asked for."""
        self.pack = pack
        self.point = point
        self.rules = pack.rules_at(point)

    def resolved(self, tree: ast.expr, *, where: str) -> ast.expr:
        """The tree over fields, their provenance, parameters and table outputs. Raises `ExpressionInvalid`."""
        resolver = Resolver(derived=self._derived, thresholds=self.pack.thresholds, point=self.point, where=where)
        found = resolver.resolved(tree)
        if sum(1 for _ in ast.walk(found)) > NODE_LIMIT:
            raise ExpressionInvalid(where=where, why=f"has more than {NODE_LIMIT} parts: split the rule")
        return found

    @cached_property
    def _derived(self) -> dict[str, ast.expr]:
        return {name: syntax(item.value, where=f"derived.{name}") for name, item in self.pack.derived.items()}

    @cached_property
    def conditions(self) -> dict[str, dict[str, ast.expr]]:
        """By rule id, the trees of `when` and, if there is one, of `applies`."""
        return {
            rule.id: {part: self.resolved(tree, where=f"{rule.id}.{part}") for part, tree in rule.conditions.items()}
            for rule in self.rules
        }

    def derived(self, name: str) -> ast.expr:
        """What a derived column stands for."""
        return self.resolved(self._derived[name], where=f"derived.{name}")

    def input(self, table: str, column: Input) -> ast.expr:
        """What a table's column tests."""
        where = f"tables.{table}.inputs.{column.name}"
        tree = self.resolved(syntax(column.value, where=where), where=where)
        above = list(self.pack.tables)
        for name in sorted(names_in(tree)):
            read = self.table_of(name)
            if read is not None and above.index(read) >= above.index(table):
                raise ExpressionInvalid(where=where, why=f"reads {name}, whose table does not stand above")
        return tree

    def reads(self, rule: Rule) -> frozenset[str]:
        """Facts, parameters (`p.name`) and table outputs that the rule decides on."""
        return frozenset(self._behind(name for tree in self.conditions[rule.id].values() for name in names_in(tree)))

    def shows(self, rule: Rule) -> frozenset[str]:
        """What the rule decides on or shows in its message."""
        derived = (names_in(self.derived(name)) for name in rule.placeholders if name in self.pack.derived)
        shown = frozenset(self._behind({*rule.placeholders, *frozenset[str]().union(*derived)}))
        return self.reads(rule) | shown

    def _behind(self, names: Iterable[str]) -> Iterator[str]:
        """The names, and behind each table output what its table tests."""
        for name in names:
            yield name
            table = self.table_of(name)
            if table is not None:
                tested = (names_in(self.input(table, column)) for column in self.pack.tables[table].inputs)
                yield from self._behind(frozenset[str]().union(*tested))

    def table_of(self, name: str) -> str | None:
        """The table that has this output."""
        table = name.partition(".")[0]
        is_output = name not in self.pack.factual and name not in self.pack.derived and "." in name
        return table if is_output and table in self.pack.tables else None

    @cached_property
    def asked(self) -> frozenset[str]:
        """Everything that the rules here decide on or show."""
        return frozenset[str]().union(*(self.shows(rule) for rule in self.rules))

    @cached_property
    def fields(self) -> dict[str, FieldModel]:
        """The facts that are asked for, in the pack's order, with the currencies of money."""
        currencies = {column.currency for name, column in self.pack.columns.items() if name in self.asked}
        return {name: field for name, field in self.pack.factual.items() if name in self.asked or name in currencies}

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that are asked for, in the pack's order."""
        return tuple(name for name in self.pack.parameters if PARAMETER_PREFIX + name in self.asked)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables that are asked, in the pack's order."""
        needed = {self.table_of(name) for name in self.asked}
        return tuple(name for name in self.pack.tables if name in needed)

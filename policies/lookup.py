"""A decision table, compiled: from the facts of a question to the table's outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from policies.errors import ExpressionInvalid, FactsInvalid
from policies.expression import INTEGER_LIMIT, Facts, Kind, Value, term
from policies.names import PointNames
from policies.shadow import predicate
from policies.table import DecisionTable, Input

Reading = Callable[[Facts], Value | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """`inputs` read what the rows test; `outputs` are the full names of what they give."""

    name: str
    table: DecisionTable
    inputs: tuple[Reading, ...]
    outputs: tuple[str, ...]

    def found(self, facts: Facts, on: date) -> Iterator[tuple[str, Value | None]]:
        """The table's outputs on that day, each None where it is unknown. Raises `FactsInvalid`."""
        inputs = [read(facts) for read in self.inputs]
        for name, value in zip(self.outputs, self.table.decide(inputs, on), strict=True):
            if type(value) is int and abs(value) >= INTEGER_LIMIT:
                raise FactsInvalid(name, "the result is out of range")
            yield name, value


def compile_lookup(names: PointNames, name: str) -> Lookup:
    """The table of that name. Raises `ExpressionInvalid`."""
    table = names.pack.tables[name]
    return Lookup(
        name=name,
        table=table,
        inputs=tuple(_reading(names, name, column) for column in table.inputs),
        outputs=tuple(f"{name}.{output.name}" for output in table.outputs),
    )


def _reading(names: PointNames, table: str, column: Input) -> Reading:
    where = f"tables.{table}.inputs.{column.name}"
    tree, kind = names.input(table, column), column.type.kind
    if kind is Kind.BOOL:
        return predicate(tree)
    read = term(tree, names=names.pack.kinds, where=where)
    if read.kind is not kind:
        raise ExpressionInvalid(where=where, why=f"{read.text} is {read.kind}, the column {kind}")
    return read.evaluate

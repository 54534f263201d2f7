"""A decision table: inputs, rows of tests, outputs; what DMN calls a decision, as data in a rule pack.

Its outputs are read by rules as `table.output`. Rows have effective dates, so that a matrix of authority, a
tolerance by category or a dunning level changes on a day, and not with a release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StrictStr, WithJsonSchema, model_validator

from policies.cell import Cell, CellInvalid, read_cell
from policies.errors import FactsInvalid
from policies.expression import Kind, Value
from policies.field import DottedName, Expression, FieldType, Name, Scalar, Strict, normaliser, ordinal

ROW_LIMIT = 1000


class Hit(StrEnum):
    """What counts where several rows may match, as DMN names it.

    `unique`: no two rows can match (checked when the pack is read); `first`: the first that does; `collect`: all
    that do, put together by the table's `aggregate`.
    """

    UNIQUE = "unique"
    FIRST = "first"
    COLLECT = "collect"


class Aggregate(StrEnum):
    """How collected outputs become one number; of no row, `sum` and `count` are 0, the others unknown."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


def _as_text(test: object) -> object:
    """YAML's numbers and booleans as a cell writes them, so that a table is the same however it was written."""
    match test:
        case bool():
            return str(test).lower()
        case int() | date():
            return str(test)
        case str():
            return test.strip()
        case _:
            return test


WRITTEN = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}
Test = Annotated[StrictStr, BeforeValidator(_as_text), WithJsonSchema(WRITTEN)]


class Input(Strict):
    """A column that rows test: an expression over fields, parameters, derived columns and tables above."""

    name: Name
    type: FieldType
    value: Expression


class Output(Strict):
    """A column that rows give; `currency` names the field with a money output's currency."""

    name: Name
    type: FieldType
    description: str = ""
    currency: DottedName | None = None


class Row(Strict):
    """A test for each input (`if`), a value for each output (`then`), and from which to which day it counts."""

    model_config = ConfigDict(populate_by_name=True)

    tests: tuple[Test, ...] = Field(alias="if")
    gives: tuple[Scalar, ...] = Field(alias="then")
    effective_from: date | None = Field(default=None, alias="from")
    effective_to: date | None = Field(default=None, alias="to")
    note: str = ""

    def effective(self, on: date) -> bool:
        """Whether the row counts on this day."""
        return (self.effective_from or date.min) <= on <= (self.effective_to or date.max)

    def meets(self, other: Row) -> bool:
        """Whether both count on some day."""
        starts = max(self.effective_from or date.min, other.effective_from or date.min)
        return starts <= min(self.effective_to or date.max, other.effective_to or date.max)


class DecisionTable(Strict):
    """Inputs, outputs and rows; `otherwise` is what counts where no row matches (without it: unknown)."""

    description: Annotated[str, Field(min_length=1)]
    hit: Hit = Hit.UNIQUE
    aggregate: Aggregate | None = None
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=ROW_LIMIT)]
    otherwise: tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> DecisionTable:
        self._columns_are_apart()
        self._is_collected_or_not()
        self._rows_are_whole()
        _ = self.cells, self.values
        for one, other in self.overlapping if self.hit is Hit.UNIQUE else ():
            raise ValueError(f"rows {one} and {other} can match together: make them apart, or the hit policy 'first'")
        return self

    def _columns_are_apart(self) -> None:
        for what, columns in (("inputs", self.inputs), ("outputs", self.outputs)):
            names = [column.name for column in columns]
            if len(set(names)) != len(names):
                raise ValueError(f"two {what} have the same name")

    def _is_collected_or_not(self) -> None:
        if (self.hit is Hit.COLLECT) != (self.aggregate is not None):
            raise ValueError("name an aggregate (sum, min, max, count) if and only if the hit policy is collect")
        if self.hit is Hit.COLLECT and any(output.type.kind is not Kind.INT for output in self.outputs):
            raise ValueError("only numbers can be collected")
        if self.hit is Hit.COLLECT and self.otherwise is not None:
            raise ValueError("a collecting table has no 'otherwise': of no row, its aggregate says what counts")

    def _rows_are_whole(self) -> None:
        for where, given in self._given():
            if len(given) != len(self.outputs):
                raise ValueError(f"{where} gives {len(given)} values for {len(self.outputs)} outputs")
        for number, row in enumerate(self.rows, start=1):
            if len(row.tests) != len(self.inputs):
                raise ValueError(f"row {number} has {len(row.tests)} tests for {len(self.inputs)} inputs")
            if row.effective_from and row.effective_to and row.effective_to < row.effective_from:
                raise ValueError(f"row {number} ends before it begins")

    def _given(self) -> Iterator[tuple[str, tuple[Scalar, ...]]]:
        yield from ((f"row {number}", row.gives) for number, row in enumerate(self.rows, start=1))
        if self.otherwise is not None:
            yield "otherwise", self.otherwise

    @cached_property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """The tests of each row. Raises `ValueError` with the row and the input."""
        return tuple(tuple(self._cells(number, row)) for number, row in enumerate(self.rows, start=1))

    def _cells(self, number: int, row: Row) -> Iterator[Cell]:
        for column, test in zip(self.inputs, row.tests, strict=True):
            try:
                yield read_cell(test, column.type.kind)
            except CellInvalid as error:
                raise ValueError(f"row {number}, {column.name}: {error}") from error

    @cached_property
    def values(self) -> tuple[tuple[Value, ...], ...]:
        """The outputs of each row, then those of `otherwise`, as the engine compares them."""
        return tuple(tuple(self._outputs(where, given)) for where, given in self._given())

    def _outputs(self, where: str, given: Sequence[Scalar]) -> Iterator[Value]:
        for column, value in zip(self.outputs, given, strict=True):
            kind = column.type.kind
            try:
                normal = normaliser(kind)(column.name, value)
            except FactsInvalid as error:
                raise ValueError(f"{where}: {error}") from error
            yield ordinal(normal) if kind is Kind.DATE else normal

    @property
    def overlapping(self) -> Iterable[tuple[int, int]]:
        """Numbers of the rows, from 1, that can match together on some day."""
        rows = enumerate(zip(self.rows, self.cells, strict=True), start=1)
        for (one, (row, cells)), (other, (row_, cells_)) in combinations(rows, 2):
            if row.meets(row_) and all(a.overlaps(b) for a, b in zip(cells, cells_, strict=True)):
                yield one, other

    def decide(self, inputs: Sequence[Value | None], on: date) -> tuple[Value | None, ...]:
        """The outputs for these inputs, each None where it is unknown: an unknown input could change it."""
        matching: list[int] = []
        for number, (row, cells) in enumerate(zip(self.rows, self.cells, strict=True)):
            found = matches(cells, inputs) if row.effective(on) else False
            if found is None:
                return self._unknown()
            if found and self.hit is Hit.COLLECT:
                matching.append(number)
            elif found:
                return self.values[number]
        if self.aggregate is not None:
            return self._collected(self.aggregate, [self.values[number] for number in matching])
        return self._unknown() if self.otherwise is None else self.values[len(self.rows)]

    def _unknown(self) -> tuple[None, ...]:
        return (None,) * len(self.outputs)

    def _collected(self, aggregate: Aggregate, rows: Sequence[tuple[Value, ...]]) -> tuple[Value | None, ...]:
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self.outputs)
        return tuple(collected(aggregate, [int(value) for value in column]) for column in columns)


def matches(cells: Sequence[Cell], inputs: Sequence[Value | None]) -> bool | None:
    """Whether a row's tests hold; None where that depends on an unknown input."""
    unknown = False
    for cell, value in zip(cells, inputs, strict=True):
        if cell.any:
            continue
        if value is None:
            unknown = True
        elif not cell.accepts(value):
            return False
    return None if unknown else True


def collected(aggregate: Aggregate, numbers: Sequence[int]) -> int | None:
    """One number of many."""
    match aggregate:
        case Aggregate.SUM:
            return sum(numbers)
        case Aggregate.COUNT:
            return len(numbers)
        case Aggregate.MIN:
            return min(numbers, default=None)
        case Aggregate.MAX:
            return max(numbers, default=None)

"""A decision table as CSV, for spreadsheets: the same table comes back, cell by cell.

The first line names the columns: each input as `if NAME`, each output as `then NAME`, then `from`, `to` and `note`.
The last line may be what counts otherwise: `(otherwise)` in its first cell, its outputs in their columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from policies.cell import BOOLEANS
from policies.errors import PackInvalid
from policies.expression import Kind
from policies.field import FieldType, Scalar
from policies.table import DecisionTable

OTHERWISE = "(otherwise)"
BESIDE = ("from", "to", "note")
SIZE_LIMIT = 2_000_000


def to_csv(table: DecisionTable) -> str:
    """The rows of the table as CSV (RFC 4180, with a header)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header(table))
    for row in table.rows:
        beside = (row.effective_from or "", row.effective_to or "", row.note)
        writer.writerow([*row.tests, *map(_written, row.gives), *beside])
    if table.otherwise is not None:
        before = [OTHERWISE, *[""] * (len(table.inputs) - 1)]
        writer.writerow([*before, *map(_written, table.otherwise), "", "", ""])
    return text.getvalue()


def header(table: DecisionTable) -> list[str]:
    """The names of the columns."""
    inputs = [f"if {column.name}" for column in table.inputs]
    return [*inputs, *(f"then {column.name}" for column in table.outputs), *BESIDE]


def from_csv(text: str, like: DecisionTable, *, name: str) -> DecisionTable:
    """The table with the rows that the CSV says; its columns and policy are those of `like`.

    `name` stands in the errors. Raises `PackInvalid` with the line and the column.
    """
    lines = _lines(text.removeprefix("\ufeff"), header(like), name)
    rows: list[dict[str, Any]] = []
    otherwise: list[Scalar] | None = None
    for number, line in lines:
        if otherwise is not None:
            raise PackInvalid(where=f"{name}, line {number}", why=f"nothing may stand behind {OTHERWISE}")
        if line[0].strip() == OTHERWISE:
            otherwise = _outputs(line, like, f"{name}, line {number}")
            continue
        rows.append(_row(line, like, f"{name}, line {number}"))
    data = like.model_dump(by_alias=True) | {"rows": rows, "otherwise": otherwise}
    try:
        return DecisionTable.model_validate(data)
    except ValidationError as error:
        raise PackInvalid(where=name, why=error.errors()[0]["msg"]) from error


def _lines(text: str, expected: Sequence[str], name: str) -> list[tuple[int, list[str]]]:
    if len(text) > SIZE_LIMIT:
        raise PackInvalid(where=name, why=f"is longer than {SIZE_LIMIT} characters")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(map(str.strip, line))]
    except csv.Error as error:
        raise PackInvalid(where=f"{name}, line {reader.line_num}", why=f"is not CSV: {error}") from error
    if not lines or lines[0][1] != list(expected):
        found = ", ".join(lines[0][1]) if lines else "nothing"
        raise PackInvalid(where=f"{name}, line 1", why=f"the columns must be {', '.join(expected)}; found {found}")
    for number, line in lines[1:]:
        if len(line) != len(expected):
            raise PackInvalid(where=f"{name}, line {number}", why=f"has {len(line)} cells for {len(expected)} columns")
    return lines[1:]


def _row(line: Sequence[str], like: DecisionTable, where: str) -> dict[str, Any]:
    beside = dict(zip(BESIDE, line[-len(BESIDE) :], strict=True))
    days: Mapping[str, str | None] = {day: beside[day].strip() or None for day in ("from", "to")}
    return {"if": line[: len(like.inputs)], "then": _outputs(line, like, where), **days, "note": beside["note"]}


def _outputs(line: Sequence[str], like: DecisionTable, where: str) -> list[Scalar]:
    cells = line[len(like.inputs) : len(like.inputs) + len(like.outputs)]
    columns = zip(like.outputs, cells, strict=True)
    return [read_value(cell, column.type, where=f"{where}, {column.name}") for column, cell in columns]


def read_value(cell: str, type_: FieldType, *, where: str) -> Scalar:
    """What a cell of CSV says, for a column of this type. Raises `PackInvalid`."""
    match type_.kind:
        case Kind.INT:
            try:
                return int(cell)
            except ValueError as error:
                raise PackInvalid(where=where, why=f"{cell!r} is not an exact integer") from error
        case Kind.BOOL:
            if cell.lower() not in BOOLEANS:
                raise PackInvalid(where=where, why=f"{cell!r} is neither true nor false")
            return BOOLEANS[cell.lower()]
        case _:
            return cell


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Line items of a printed invoice: a header row names the columns, numbers under it start the items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tools.document.amounts import CENT, PrintedAmount, parse_printed, plain, printed_amounts, two_places
from tools.document.labels import AMOUNT_DUE, NET_TOTAL, TAX_TOTAL, TOTAL
from tools.document.layout import Cell, Layout, row_text, union
from tools.document.reading import Line
from tools.document.table_columns import Column, Role, columns_of, joined_text

_MULTIPLIED = re.compile(r"\d[\d.,' ]*\s*[^\W\d]{0,6}\.?\s*[x×*@]\s*\D{0,4}\d")
_NEAR = 40.0
_OUTSIDE = 20.0
_AT_COLUMN = 0.4
"""Letter heights: a gap between words this close to where a column begins is the gap before it."""
_CONTINUATION_GAP = 1.3
CHECKED_LINE_CONFIDENCE: Final = 0.85
UNCHECKED_LINE_CONFIDENCE: Final = 0.5


@dataclass(slots=True, kw_only=True)
class _Item:
    """A line as it is gathered from one row or several."""

    cells: list[Cell] = field(default_factory=list)
    description: list[Cell] = field(default_factory=list)
    numbers: dict[Role, PrintedAmount] = field(default_factory=dict)

    def line(self) -> Line:
        quantity, price, amount = (self.numbers.get(role) for role in ("quantity", "unit_price", "amount"))
        checked = (
            quantity is not None
            and price is not None
            and amount is not None
            and abs(quantity.value * price.value - amount.value) <= CENT
        )
        return Line(
            description=_joined(self.description),
            quantity=plain(quantity.value) if quantity else None,
            unit_price=plain(price.value) if price else None,
            amount=two_places(amount.value) if amount else None,
            confidence=CHECKED_LINE_CONFIDENCE if checked else UNCHECKED_LINE_CONFIDENCE,
            page=self.cells[0].page,
            box=union(cell.box_of(0, len(cell.text)) for cell in self.cells),
        )


def read_lines(layout: Layout, net_total: str | None = None) -> tuple[Line, ...]:
    """The line items of the first table whose columns can be told apart; empty where there is none.

    Where the first lines alone sum up to `net_total`, what follows them is no line.
    """
    for row in layout.rows:
        columns, last_row = columns_of(layout, row)
        items = _items(layout.rows[last_row + 1 :], columns) if columns else []
        if items:
            return _summing_up(tuple(item.line() for item in items), net_total)
    return _summing_up(tuple(_multiplied(layout)), net_total)


def _multiplied(layout: Layout) -> Iterator[Line]:
    """Items of narrow pages without columns: `2 pcs x 4.50 | 9.00` under their description."""
    for above, row in pairwise(layout.rows):
        amount = parse_printed(row[-1].text) if row[1:] else None
        numbers = list(printed_amounts(row[0].text)) if _MULTIPLIED.match(row[0].text) else []
        if len(numbers) != 2 or amount is None:
            continue
        item = _Item(cells=[*above, *row], description=list(above[:1]))
        item.numbers = {"quantity": numbers[0], "unit_price": numbers[1], "amount": PrintedAmount(amount, 2, 0, 0)}
        yield item.line()


def _summing_up(lines: tuple[Line, ...], net_total: str | None) -> tuple[Line, ...]:
    if net_total is not None:
        for count in range(1, len(lines)):
            if sum_of_lines(lines[:count]) == Decimal(net_total):
                return lines[:count]
    return lines


def sum_of_lines(lines: Sequence[Line]) -> Decimal | None:
    """The sum of the line amounts, None where one is missing."""
    amounts = [line.amount for line in lines if line.amount is not None]
    return sum((Decimal(amount) for amount in amounts), Decimal(0)) if len(amounts) == len(lines) else None


def _joined(cells: Sequence[Cell]) -> str:
    joined = ""
    for cell in cells:
        joined = joined_text(joined, cell.text)
    return joined.rstrip(" :")


def _within(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> tuple[Cell, ...]:
    """The cells of `row` that lie in the table, cut where a column begins inside one of them."""
    left, right = columns[0].x0 - _OUTSIDE, columns[-1].x1 + _OUTSIDE
    starts = [column.x0 for column in columns[1:]]
    cut = [part for cell in row for part in _cut(cell, starts)]
    inside = tuple(cell for cell in cut if cell.x1 >= left and cell.x0 <= right)
    if any(_column_of(cell, columns).role == "description" for cell in inside):
        return inside
    # The header of a wide first column may stand right of short descriptions.
    return tuple(cell for cell in cut if cell.x0 <= right)


def _cut(cell: Cell, starts: Sequence[float]) -> Iterator[Cell]:
    first, near = 0, _AT_COLUMN * cell.height
    for at in range(1, len(cell.words)):
        numbers = [cell.words[first].text[0].isdigit(), cell.words[at].text[0].isdigit()]
        if numbers[0] != numbers[1] and any(
            cell.words[at - 1].x1 - near <= start <= cell.words[at].x0 + near for start in starts
        ):
            yield replace(cell, words=cell.words[first:at])
            first = at
    yield replace(cell, words=cell.words[first:])


def _items(rows: Sequence[tuple[Cell, ...]], columns: tuple[Column, ...]) -> list[_Item]:
    items: list[_Item] = []
    for whole_row in rows:
        row = _within(whole_row, columns)
        if not row:
            continue
        if _ends_table(row):
            if items:
                break
            continue
        numbers = dict(_numbers(row, columns))
        completes = bool(items) and _completes(items[-1], numbers)
        if completes:
            items[-1].numbers |= numbers
        elif _starts(numbers):
            items.append(_started(row, columns, numbers))
            continue
        if items and (continued := _continuation(items[-1], row, columns)):
            items[-1].description.append(continued)
            items[-1].cells.append(continued)
    return [item for item in items if "amount" in item.numbers and item.description]


def _ends_table(row: tuple[Cell, ...]) -> bool:
    """Whether `row` is a row of totals: its first cell is called one, and it shows money."""
    first = row[0].text
    labels = [label for words in (NET_TOTAL, TAX_TOTAL, TOTAL, AMOUNT_DUE) for label in words.labels]
    return any(label.pattern.match(first.strip()) for label in labels) and bool(
        [found for found in printed_amounts(row_text(row)) if found.places == 2]
    )


def _starts(numbers: dict[Role, PrintedAmount]) -> bool:
    return len(numbers) >= 2 or ("amount" in numbers and numbers["amount"].places == 2)


def _completes(item: _Item, numbers: dict[Role, PrintedAmount]) -> bool:
    """Whether `numbers` is the amount that the row before still lacks."""
    return set(numbers) == {"amount"} and "amount" not in item.numbers


def _started(row: tuple[Cell, ...], columns: tuple[Column, ...], numbers: dict[Role, PrintedAmount]) -> _Item:
    described = [cell for cell in row if _column_of(cell, columns).role == "description"]
    return _Item(cells=list(row), description=described, numbers=numbers)


def _numbers(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> Iterator[tuple[Role, PrintedAmount]]:
    for cell in row:
        role = _column_of(cell, columns).role
        if role in ("description", "other"):
            continue
        found = next(printed_amounts(cell.text), None)
        if found is not None and found.start <= 2:
            yield role, found


def _continuation(item: _Item, row: tuple[Cell, ...], columns: tuple[Column, ...]) -> Cell | None:
    """The cell that goes on with the description of `item`: same left edge, close below, no caption."""
    if not item.description:
        return next((cell for cell in row if _column_of(cell, columns).role == "description"), None)
    last = item.description[-1]
    for cell in row:
        close = cell.page == last.page and cell.y0 - last.y1 < _CONTINUATION_GAP * last.height
        if close and abs(cell.x0 - item.description[0].x0) < 4 and not re.search(r"\w\s?:\s|:$", cell.text):
            return cell
    return None


def _column_of(cell: Cell, columns: tuple[Column, ...]) -> Column:
    """The column whose header overlaps `cell` most; the nearest where none does."""

    def distance(column: Column) -> float:
        overlap = min(cell.x1, column.x1) - max(cell.x0, column.x0)
        nearest_edge = min(abs(cell.x0 - column.x0), abs(cell.x1 - column.x1))
        return nearest_edge * 0.01 - overlap if overlap > 0 else _NEAR + nearest_edge

    return min(columns, key=distance)

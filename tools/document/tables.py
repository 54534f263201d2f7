"""Line items of a printed invoice: a header row names the columns, numbers under it start the items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

from tools.document.amounts import CENT, PrintedAmount, parse_printed, plain, printed_amounts, two_places
from tools.document.labels import AMOUNT_DUE, NET_TOTAL, TAX_TOTAL, TOTAL
from tools.document.layout import Cell, Layout, row_text, union
from tools.document.reading import Line

Role = Literal["description", "quantity", "unit_price", "amount", "other"]

_ROLES: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = (
    (
        "quantity",
        re.compile(
            r"^(?:qty|quantity|units|hours|menge|anzahl|nombre|hoeveelheid|quantité|qt[ée]|aantal|cantidad|cant|uds|quantità|q\.?tà|qta|quantidade|qtd|ilość|liczba)(?!\w)",
            re.IGNORECASE,
        ),
    ),
    (
        "unit_price",
        re.compile(
            r"^(?:unit\s*(?:price|cost)|net\s+price|rate|price\b|nettopreis|einzelpreis|e-?preis|stückpreis|preis\b|prix\s+unitaire|p\.?\s?u\b|"
            r"prix\b(?!\s+(?:ht|total))|stuksprijs|(?:stuk|eenheids)?prijs\b|precio\b(?!\s+total)|prezzo\b(?!\s+totale)|preço\b(?!\s+total)|"
            r"cena\b)",
            re.IGNORECASE,
        ),
    ),
    (
        "amount",
        re.compile(
            r"^(?:(?:line\s+|net\s+)?(?:amount|total)|(?:netto|gesamt|positions-?)?betrag|gesamt(?:preis)?|summe|entgelt|nettowert|montant|prix\s+(?:ht|total)|"
            r"(?:sub)?totaa?le?|bedrag|regeltotaal|importe|importo|precio\s+total|prezzo\s+totale|extended|preço\s+total|valor(?:\s+total)?|montante|wartość(?:\s+(?:netto|brutto))?|kwota)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "description",
        re.compile(
            r"(?:description|product|service|details|title|bezeichnung|beschreibung|beschrijving|dettagli|détails|produkt|artikel(?:bezeichnung)?$|leistung|désignation|libellé|"
            r"omschrijving|descripción|concepto|descrizione|articolo|descrição|designação|artigo|nazwa|opis|towar|usługa|^item$|^article)",
            re.IGNORECASE,
        ),
    ),
)
_OTHER_HEADING: Final = re.compile(
    r"(?:unit|uom|unité|einheit|einh|eenheid|unidade?|unità|un|u\.m|jm|j\.m|tax|vat|ust|mwst|btw|iva|tva|pos|nr|no|n\.?\s?[º°]|n|lp|#)\.?$",
    re.IGNORECASE,
)
"""Unit, rate of tax and position: headings of columns that are not read."""
_TAX_HEADING: Final = re.compile(r"(?:tax|vat|ust|mwst|btw|iva|tva)\.?$", re.IGNORECASE)
_APART: Final = 0.5
"""Letter heights: `VAT  Amount` are two columns, `VAT amount` is one."""
_NAMED: Final = frozenset(role for role, _ in _ROLES)
_MULTIPLIED = re.compile(r"\d[\d.,' ]*\s*[^\W\d]{0,6}\.?\s*[x×*@]\s*\D{0,4}\d")
_NEAR = 40.0
_OUTSIDE = 20.0
_AT_COLUMN = 0.4
"""Letter heights: a gap between words this close to where a column begins is the gap before it."""
_CONTINUATION_GAP = 1.3
CHECKED_LINE_CONFIDENCE: Final = 0.85
UNCHECKED_LINE_CONFIDENCE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    role: Role
    x0: float
    x1: float


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
        columns, last_row = _columns(layout, row)
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
        joined = _joined_text(joined, cell.text)
    return joined.rstrip(" :")


def _joined_text(before: str, text: str) -> str:
    """The two texts as one; a word broken at the end of a line is put together."""
    broken = before.endswith("-") and not before.endswith(" -")
    if broken and text[:1].islower():
        return before[:-1] + text
    return before + text if broken else f"{before} {text}".strip()


def _columns(layout: Layout, row: tuple[Cell, ...]) -> tuple[tuple[_Column, ...], int]:
    """The columns that `row`, with the rows close around it, names, and the last row of that header.

    No columns where it is no header of items: that needs a description and two kinds of numbers.
    """
    if len({role for cell in row if (role := _role(cell.text)) != "other"}) < 2:
        return (), row[0].row
    header = [row, *_header_rows(layout, row, -1), *_header_rows(layout, row, +1)]
    header.sort(key=lambda cells: cells[0].row)
    columns = _with_roles(_merged(header))
    return columns, header[-1][0].row


def _header_rows(layout: Layout, row: tuple[Cell, ...], step: int) -> Iterator[tuple[Cell, ...]]:
    """Rows next to `row` that belong to the same header: close, and without numbers."""
    last = row
    for distance in (1, 2):
        at = row[0].row + step * distance
        if not 0 <= at < len(layout.rows):
            return
        other = layout.rows[at]
        upper, lower = (last, other) if step > 0 else (other, last)
        gap = lower[0].y0 - max(cell.y1 for cell in upper)
        if other[0].page != row[0].page or gap > 0.25 * row[0].height or re.search(r"\d", row_text(other)):
            return
        yield other
        last = other


def _within(row: tuple[Cell, ...], columns: tuple[_Column, ...]) -> tuple[Cell, ...]:
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


def _header_cells(cell: Cell) -> Iterator[Cell]:
    """`cell`, or its parts where it names several columns that stand close together."""
    for at in range(1, len(cell.words)):
        first, rest = replace(cell, words=cell.words[:at]), replace(cell, words=cell.words[at:])
        names = (_heading(first.text), _heading(rest.text))
        of_unit = names[0] == "unit_price" and names[1] not in _NAMED
        if _TAX_HEADING.match(first.text) and rest.x0 - first.x1 < _APART * cell.height:
            continue
        if "" not in names and names[0] != names[1] and not of_unit and _named_until(cell.text) <= len(first.text):
            yield first
            yield from _header_cells(rest)
            return
    yield cell


def _heading(text: str) -> str:
    """What a heading stands for: a role, or a column that is not read; empty where it is not known."""
    role = _role(text)
    if role != "other":
        return role
    return text if _OTHER_HEADING.match(text.strip()) else _first_heading(text)


def _first_heading(text: str) -> str:
    """The first word of `text` where it is a heading of its own, as in `Unit Description`."""
    first = text.split(" ", 1)[0]
    return first if _OTHER_HEADING.match(first) else ""


def _named_until(text: str) -> int:
    """Where the first heading in `text` ends: `Unit price` is one, `Unit` and `Description` are two."""
    return max((match.end() for _, pattern in _ROLES if (match := pattern.match(text))), default=0)


def _merged(header: Sequence[tuple[Cell, ...]]) -> list[tuple[str, float, float]]:
    """The header's cells as columns: text, left and right edge; cells above each other are one."""
    columns: list[tuple[str, float, float]] = []
    parts = [part for row in header for cell in row for part in _header_cells(cell)]
    for cell in parts:
        at = next((i for i, (_, x0, x1) in enumerate(columns) if _stand_over(cell, x0, x1)), None)
        if at is None:
            columns.append((cell.text, cell.x0, cell.x1))
        else:
            text, x0, x1 = columns[at]
            columns[at] = (_joined_text(text, cell.text), min(x0, cell.x0), max(x1, cell.x1))
    return sorted(columns, key=lambda column: column[1])


def _stand_over(cell: Cell, x0: float, x1: float) -> bool:
    """Whether `cell` and what reaches from `x0` to `x1` share a good part of the narrower one's width."""
    shared = min(cell.x1, x1) - max(cell.x0, x0)
    return shared > 0.25 * max(min(cell.x1 - cell.x0, x1 - x0), 0.0)


def _with_roles(merged: list[tuple[str, float, float]]) -> tuple[_Column, ...]:
    roles: list[Role] = [_role(text) for text, _, _ in merged]
    prices = [at for at, role in enumerate(roles) if role == "unit_price"]
    amounts = [at for at, role in enumerate(roles) if role == "amount"]
    if not amounts and len(prices) > 1:
        roles[prices[-1]] = "amount"
        amounts = [prices[-1]]
    for at in amounts[:-1]:
        # `Amount` left of the last amount column counts pieces, where nothing else does.
        roles[at] = "other" if "quantity" in roles else "quantity"
    for at in [at for at, role in enumerate(roles) if role == "description"][:-1]:
        # `Item | Details`: the first names a number or a code.
        roles[at] = "other"
    known = {role for role in roles if role != "other"}
    if "description" not in known or len(known) < 3:
        return ()
    return tuple(_Column(role=role, x0=x0, x1=x1) for role, (_, x0, x1) in zip(roles, merged, strict=True))


def _role(text: str) -> Role:
    for role, pattern in _ROLES:
        if pattern.search(text.strip()):
            return role
    return "other"


def _items(rows: Sequence[tuple[Cell, ...]], columns: tuple[_Column, ...]) -> list[_Item]:
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


def _started(row: tuple[Cell, ...], columns: tuple[_Column, ...], numbers: dict[Role, PrintedAmount]) -> _Item:
    described = [cell for cell in row if _column_of(cell, columns).role == "description"]
    return _Item(cells=list(row), description=described, numbers=numbers)


def _numbers(row: tuple[Cell, ...], columns: tuple[_Column, ...]) -> Iterator[tuple[Role, PrintedAmount]]:
    for cell in row:
        role = _column_of(cell, columns).role
        if role in ("description", "other"):
            continue
        found = next(printed_amounts(cell.text), None)
        if found is not None and found.start <= 2:
            yield role, found


def _continuation(item: _Item, row: tuple[Cell, ...], columns: tuple[_Column, ...]) -> Cell | None:
    """The cell that goes on with the description of `item`: same left edge, close below, no caption."""
    if not item.description:
        return next((cell for cell in row if _column_of(cell, columns).role == "description"), None)
    last = item.description[-1]
    for cell in row:
        close = cell.page == last.page and cell.y0 - last.y1 < _CONTINUATION_GAP * last.height
        if close and abs(cell.x0 - item.description[0].x0) < 4 and not re.search(r"\w\s?:\s|:$", cell.text):
            return cell
    return None


def _column_of(cell: Cell, columns: tuple[_Column, ...]) -> _Column:
    """The column whose header overlaps `cell` most; the nearest where none does."""

    def distance(column: _Column) -> float:
        overlap = min(cell.x1, column.x1) - max(cell.x0, column.x0)
        nearest_edge = min(abs(cell.x0 - column.x0), abs(cell.x1 - column.x1))
        return nearest_edge * 0.01 - overlap if overlap > 0 else _NEAR + nearest_edge

    return min(columns, key=distance)

"""The columns of a table of line items, told by the words at its head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from tools.document.layout import Cell, Layout, row_text

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table: what it holds, and its left and right edge."""

    role: Role
    x0: float
    x1: float


def joined_text(before: str, text: str) -> str:
    """The two texts as one; a word broken at the end of a line is put together."""
    broken = before.endswith("-") and not before.endswith(" -")
    if broken and text[:1].islower():
        return before[:-1] + text
    return before + text if broken else f"{before} {text}".strip()


def columns_of(layout: Layout, row: tuple[Cell, ...]) -> tuple[tuple[Column, ...], int]:
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
            columns[at] = (joined_text(text, cell.text), min(x0, cell.x0), max(x1, cell.x1))
    return sorted(columns, key=lambda column: column[1])


def _stand_over(cell: Cell, x0: float, x1: float) -> bool:
    """Whether `cell` and what reaches from `x0` to `x1` share a good part of the narrower one's width."""
    shared = min(cell.x1, x1) - max(cell.x0, x0)
    return shared > 0.25 * max(min(cell.x1 - cell.x0, x1 - x0), 0.0)


def _with_roles(merged: list[tuple[str, float, float]]) -> tuple[Column, ...]:
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
    return tuple(Column(role=role, x0=x0, x1=x1) for role, (_, x0, x1) in zip(roles, merged, strict=True))


def _role(text: str) -> Role:
    for role, pattern in _ROLES:
        if pattern.search(text.strip()):
            return role
    return "other"

"""Head data as a grid of cells, each label above its value."""

from __future__ import annotations

from collections.abc import Sequence

from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.entries import (
    Entry,
    address,
    bank_entries,
    closing_lines,
    currency_entry,
    head_entries,
    title,
    total_entries,
)
from tools.testing.invoices.language import Wording
from tools.testing.invoices.sheet import GREY, SANS, Sheet, Style, Typeface
from tools.testing.invoices.table import Column, Table, TableStyle, draw_entries, room_for

LEFT, RIGHT = 42, 553
CELL_WIDTH, CELL_HEIGHT = (RIGHT - LEFT) / 3, 36


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` with a grid of labelled cells."""
    sheet = Sheet(typeface=typeface or SANS, title=f"{title(document, wording)} {document.number}")
    sheet.text(LEFT, 60, title(document, wording), Style(size=20, bold=True))
    _parties(sheet, document, wording)
    y = _cells(sheet, head_entries(document, wording), 190)
    columns = (
        Column(name="position", width=36, align="centre"),
        Column(name="description", width=195),
        Column(name="quantity", width=60, align="right"),
        Column(name="tax_rate", width=60, align="right"),
        Column(name="unit_price", width=80, align="right"),
        Column(name="amount", width=80, align="right"),
    )
    style = TableStyle(head_fill="#dbeafe", stripes="#f3f4f6", bottom=720)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, y + 18)
    totals = total_entries(document, wording)
    bank = bank_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y, height=70 + 15 * (len(totals) + len(closing)) + CELL_HEIGHT, bottom=800, top=60)
    y = draw_entries(sheet, totals, y + 22, label_x=300, value_x=RIGHT - 4, size=9.5, value_align="right")
    if bank:
        y = _cells(sheet, bank, y + 6, width=(RIGHT - LEFT) / 2)
    y += 20
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=8.5, colour=GREY)) + 2
    return sheet


def _parties(sheet: Sheet, document: BusinessDocument, wording: Wording) -> None:
    for x, name, party in (
        (LEFT, "supplier", document.vendor),
        (LEFT + 260, "bill_to", document.buyer),
    ):
        label = wording.label("supplier") if name == "supplier" else wording.label("bill_to")
        sheet.text(x, 88, label, Style(size=7.5, colour=GREY))
        for index, line in enumerate(address(party)):
            sheet.text(x, 102 + index * 13, line, Style(size=10, bold=index == 0))


def _cells(sheet: Sheet, entries: Sequence[Entry], y: float, *, width: float = CELL_WIDTH) -> float:
    across = round((RIGHT - LEFT) / width)
    for index, entry in enumerate(entries):
        x, top = LEFT + index % across * width, y + index // across * CELL_HEIGHT
        sheet.box(x, top, width=width, height=CELL_HEIGHT, colour="#9ca3af")
        sheet.text(x + 6, top + 12, entry.label, Style(size=7, colour=GREY))
        sheet.text(x + 6, top + 27, entry.value, Style(size=10, bold=entry.strong))
    return y + -(-len(entries) // across) * CELL_HEIGHT

"""A coloured column on the left holds sender, recipient, head data and bank; the table stands on the right."""

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
    recipient_label,
    title,
    total_entries,
)
from tools.testing.invoices.language import Wording
from tools.testing.invoices.sheet import GREY, VERA, Sheet, Style, Typeface
from tools.testing.invoices.table import Column, Table, TableStyle, draw_entries, room_for

SIDE_LEFT, SIDE_WIDTH = 20, 180
LEFT, RIGHT = 218, 572


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` in two columns."""
    sheet = Sheet(typeface=typeface or VERA, title=f"{title(document, wording)} {document.number}")
    _side(sheet, document, wording)
    sheet.text(LEFT, 66, title(document, wording), Style(size=19, bold=True, colour="#14532d"))
    columns = (
        Column(name="quantity", width=52, align="right"),
        Column(name="description", width=158),
        Column(name="unit_price", width=72, align="right"),
        Column(name="amount", width=72, align="right"),
    )
    style = TableStyle(size=7.5, row_rules=True, bottom=720)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, 96)
    totals = total_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y, height=60 + 24 * len(closing) + 13 * len(totals), bottom=800, top=60)
    y = draw_entries(sheet, totals, y + 22, label_x=LEFT + 60, value_x=RIGHT - 4, size=8, gap=1.7, value_align="right")
    y += 18
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=7.5, colour=GREY)) + 3
    return sheet


def _side(sheet: Sheet, document: BusinessDocument, wording: Wording) -> None:
    sheet.fill(0, 0, width=SIDE_LEFT + SIDE_WIDTH, height=sheet.height, colour="#e7f3ea")
    y = 62.0
    for index, line in enumerate(address(document.issuer)):
        style = Style(size=10 if index == 0 else 8, bold=index == 0)
        y = sheet.paragraph(SIDE_LEFT, y, line, width=SIDE_WIDTH - 10, style=style)
    y += 16
    heading = recipient_label(document, wording)
    sheet.text(SIDE_LEFT, y, heading, Style(size=7, bold=True, colour="#14532d"))
    y += 12
    for line in address(document.recipient):
        y = sheet.paragraph(SIDE_LEFT, y, line, width=SIDE_WIDTH - 10, style=Style(size=8))
    y = _stack(sheet, head_entries(document, wording), y + 22)
    _stack(sheet, bank_entries(document, wording), y + 14)


def _stack(sheet: Sheet, entries: Sequence[Entry], y: float) -> float:
    for entry in entries:
        sheet.text(SIDE_LEFT, y, entry.label, Style(size=7, colour=GREY))
        sheet.text(SIDE_LEFT, y + 11, entry.value, Style(size=8.5 if len(entry.value) < 24 else 7.2, bold=True))
        y += 29
    return y

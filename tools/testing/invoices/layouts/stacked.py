"""Strips of boxes: each label stands over its value, at the head and again for the totals."""

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
from tools.testing.invoices.sheet import GREY, SANS, Sheet, Style, Typeface
from tools.testing.invoices.table import Column, Table, TableStyle, room_for

LEFT, RIGHT = 44, 552
STRIP = 32
A_ROW = 3


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` with its data in strips."""
    sheet = Sheet(typeface=typeface or SANS, title=f"{title(document, wording)} {document.number}")
    sheet.text(LEFT, 56, title(document, wording), Style(size=22, bold=True, colour="#0f5132"))
    for index, line in enumerate(address(document.issuer)):
        sheet.text(RIGHT, 48 + index * 12, line, Style(size=9, bold=index == 0, align="right"))
    y = _strips(sheet, head_entries(document, wording), 112)
    sheet.text(LEFT, y + 20, recipient_label(document, wording), Style(size=8, colour=GREY))
    for index, line in enumerate(address(document.recipient)):
        sheet.text(LEFT, y + 34 + index * 12, line, Style(size=10))
    columns = (
        Column(name="description", width=218),
        Column(name="quantity", width=62, align="right"),
        Column(name="unit", width=48),
        Column(name="unit_price", width=90, align="right"),
        Column(name="amount", width=90, align="right"),
    )
    style = TableStyle(size=9, head_fill="#d1e7dd", stripes="#f5f9f7", bottom=720)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, y + 100)
    _closing(sheet, document, wording, y + 16)
    return sheet


def _closing(sheet: Sheet, document: BusinessDocument, wording: Wording, y: float) -> None:
    totals, bank = total_entries(document, wording), bank_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    strips = -(-len(totals) // A_ROW) + -(-len(bank) // A_ROW)
    y = room_for(sheet, y, height=STRIP * strips + 14 * len(closing) + 30, bottom=800, top=60)
    y = _strips(sheet, totals, y)
    y = _strips(sheet, bank, y + 8) if bank else y
    for line in closing:
        y = sheet.paragraph(LEFT, y + 14, line, width=RIGHT - LEFT, style=Style(size=9))


def _strips(sheet: Sheet, entries: Sequence[Entry], y: float) -> float:
    """Boxes side by side, `A_ROW` a strip."""
    width = (RIGHT - LEFT) / A_ROW
    for start in range(0, len(entries), A_ROW):
        for index, entry in enumerate(entries[start : start + A_ROW]):
            x = LEFT + index * width
            sheet.box(x, y, width=width, height=STRIP)
            sheet.text(x + 5, y + 11, entry.label, Style(size=7, colour=GREY))
            value = Style(size=9.5, bold=entry.strong)
            sheet.text(x + 5, y + 25, entry.value, sheet.fitting(entry.value, width=width - 10, style=value))
        y += STRIP
    return y

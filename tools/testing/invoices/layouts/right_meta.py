"""Head data in a block on the right: labels left, values flush right; a shaded table head."""

from __future__ import annotations

from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.entries import (
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
from tools.testing.invoices.sheet import GREY, SERIF, Sheet, Style, Typeface
from tools.testing.invoices.table import Column, Table, TableStyle, draw_entries, room_for

LEFT, RIGHT = 48, 548
META_LEFT = 300


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` with its head data on the right."""
    sheet = Sheet(typeface=typeface or SERIF, title=f"{title(document, wording)} {document.number}")
    sheet.text(RIGHT, 50, title(document, wording), Style(size=24, bold=True, colour="#7a2e2e", align="right"))
    for index, line in enumerate(address(document.issuer)):
        sheet.text(LEFT, 78 + index * 14, line, Style(size=13 if index == 0 else 10, bold=index == 0))
    sheet.text(LEFT, 164, recipient_label(document, wording), Style(size=9, bold=True, colour=GREY))
    for index, line in enumerate(address(document.recipient)):
        sheet.text(LEFT, 180 + index * 13, line, Style(size=10.5))
    draw_entries(
        sheet, head_entries(document, wording), 100, label_x=META_LEFT, value_x=RIGHT, size=10,
        gap=1.7, value_align="right",
    )  # fmt: skip
    columns = (
        Column(name="item_code", width=92),
        Column(name="description", width=160),
        Column(name="quantity", width=48, align="right"),
        Column(name="unit", width=48),
        Column(name="unit_price", width=76, align="right"),
        Column(name="amount", width=76, align="right"),
    )
    style = TableStyle(size=9.5, head_fill="#ead9d9", row_rules=True, bottom=730)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, 262)
    _closing(sheet, document, wording, y)
    return sheet


def _closing(sheet: Sheet, document: BusinessDocument, wording: Wording, y: float) -> None:
    totals, bank = total_entries(document, wording), bank_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y, height=90 + 16 * (len(totals) + len(bank) + len(closing)), bottom=800, top=60)
    y = draw_entries(sheet, totals, y + 24, label_x=265, value_x=RIGHT - 4, size=10.5, gap=1.6, value_align="right")
    if bank:
        sheet.text(LEFT, y + 12, wording.label("bank"), Style(size=10, bold=True))
        y = draw_entries(sheet, bank, y + 27, label_x=LEFT, value_x=LEFT + 130, size=10)
    y += 14
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=10)) + 2
    sheet.text(RIGHT, 815, f"{wording.label('page')} {sheet.page}", Style(size=8, colour=GREY, align="right"))

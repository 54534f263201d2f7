"""The sender stands at the foot, in three blocks; the head holds only the addressee; totals stand left."""

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

LEFT, RIGHT = 62, 534
FOOT = 764


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` with its sender at the foot."""
    sheet = Sheet(typeface=typeface or SERIF, title=f"{title(document, wording)} {document.number}")
    sheet.text(RIGHT, 52, document.issuer.name, Style(size=18, bold=True, colour="#5b21b6", align="right"))
    sheet.text(LEFT, 108, f"{recipient_label(document, wording)}:", Style(size=8, colour=GREY))
    for index, line in enumerate(address(document.recipient)):
        sheet.text(LEFT, 122 + index * 13, line, Style(size=10.5))
    y = 214.0
    sheet.text(LEFT, y, title(document, wording), Style(size=15, bold=True))
    entries = head_entries(document, wording)
    half = -(-len(entries) // 2)
    low = draw_entries(sheet, entries[:half], y + 22, label_x=LEFT, value_x=LEFT + 112, size=9.5, colon=True)
    draw_entries(sheet, entries[half:], y + 22, label_x=LEFT + 250, value_x=LEFT + 362, size=9.5, colon=True)
    columns = (
        Column(name="position", width=30),
        Column(name="quantity", width=54, align="right"),
        Column(name="unit", width=46),
        Column(name="description", width=190),
        Column(name="unit_price", width=76, align="right"),
        Column(name="amount", width=76, align="right"),
    )
    style = TableStyle(size=9.5, row_rules=True, bottom=690)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, low + 14)
    totals = total_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y + 18, height=17 * (len(totals) + len(closing)), bottom=FOOT - 14, top=70)
    y = draw_entries(sheet, totals, y, label_x=LEFT, value_x=LEFT + 290, size=10, value_align="right", colon=True)
    for line in closing:
        y = sheet.paragraph(LEFT, y + 4, line, width=RIGHT - LEFT, style=Style(size=9.5))
    _foot(sheet, document, wording)
    return sheet


def _foot(sheet: Sheet, document: BusinessDocument, wording: Wording) -> None:
    small = Style(size=7.5, colour=GREY)
    sheet.rule(LEFT, FOOT, to=RIGHT, weight=0.4, colour=GREY)
    for index, line in enumerate(address(document.issuer)):
        sheet.text(LEFT, FOOT + 14 + index * 10, line, small)
    if bank := bank_entries(document, wording):
        sheet.text(LEFT + 150, FOOT + 14, wording.label("bank"), small)
        for index, entry in enumerate(bank, start=1):
            sheet.text(LEFT + 150, FOOT + 14 + index * 10, f"{entry.label} {entry.value}", small)
    sheet.text(LEFT + 370, FOOT + 14, document.issuer.email, small)

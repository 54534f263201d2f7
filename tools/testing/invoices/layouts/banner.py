"""A dark banner with title and number in white, then parties side by side and a big total."""

from __future__ import annotations

from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.entries import (
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

LEFT, RIGHT = 44, 551
DARK = "#1e293b"
WHITE = "#ffffff"


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` under a dark banner."""
    sheet = Sheet(typeface=typeface or SANS, title=f"{title(document, wording)} {document.number}")
    _banner(sheet, document, wording)
    parties = ((LEFT, wording.label("supplier"), document.vendor), (230, wording.label("bill_to"), document.buyer))
    for x, label, party in parties:
        sheet.text(x, 132, label.upper(), Style(size=7.5, bold=True, colour=GREY))
        y = 147.0
        for index, line in enumerate(address(party)):
            y = sheet.paragraph(x, y, line, width=172, style=Style(size=9.5, bold=index == 0))
    y = 132.0
    for entry in head_entries(document, wording)[1:]:
        sheet.text(418, y, entry.label, Style(size=7.5, colour=GREY))
        sheet.text(418, y + 11, entry.value, Style(size=9.5))
        y += 26
    columns = (
        Column(name="description", width=217),
        Column(name="quantity", width=60, align="right"),
        Column(name="unit", width=50),
        Column(name="unit_price", width=90, align="right"),
        Column(name="amount", width=90, align="right"),
    )
    style = TableStyle(head_fill=DARK, head_ink=WHITE, row_rules=True, bottom=720)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, max(y, 240) + 18)
    _closing(sheet, document, wording, y)
    return sheet


def _banner(sheet: Sheet, document: BusinessDocument, wording: Wording) -> None:
    number = head_entries(document, wording)[0]
    sheet.fill(0, 0, width=sheet.width, height=96, colour=DARK)
    sheet.text(LEFT, 56, title(document, wording), Style(size=24, bold=True, colour=WHITE))
    sheet.text(RIGHT, 48, number.label, Style(size=9, colour="#cbd5e1", align="right"))
    sheet.text(RIGHT, 64, number.value, Style(size=12, bold=True, colour=WHITE, align="right"))


def _closing(sheet: Sheet, document: BusinessDocument, wording: Wording, y: float) -> None:
    totals, bank = total_entries(document, wording), bank_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y, height=60 + 16 * (len(totals) + len(closing) + len(bank)), bottom=806, top=60)
    small = [entry for entry in totals if not entry.strong]
    y = draw_entries(sheet, small, y + 22, label_x=310, value_x=RIGHT - 4, value_align="right")
    for entry in totals:
        if entry.strong:
            sheet.fill(300, y - 4, width=RIGHT - 300, height=26, colour="#e2e8f0")
            sheet.text(310, y + 13, entry.label, Style(size=11, bold=True))
            sheet.text(RIGHT - 4, y + 13, entry.value, Style(size=12, bold=True, align="right"))
    y += 44
    for entry in bank:
        sheet.text(LEFT, y, f"{entry.label}: {entry.value}", Style(size=9))
        y += 13
    y += 6
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=8.5, colour=GREY)) + 2

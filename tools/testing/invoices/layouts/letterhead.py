"""A classic letter: sender on top, address window, head data in a block of lines, bank in the footer."""

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

LEFT, RIGHT = 57, 538


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` as a classic letter."""
    sheet = Sheet(typeface=typeface or SANS, title=f"{title(document, wording)} {document.number}")
    _letterhead(sheet, document)
    y = 268.0
    sheet.text(LEFT, y, title(document, wording), Style(size=17, bold=True))
    y = draw_entries(sheet, head_entries(document, wording), y + 24, label_x=LEFT, value_x=LEFT + 150, colon=True)
    columns = (
        Column(name="position", width=34),
        Column(name="description", width=207),
        Column(name="quantity", width=60, align="right"),
        Column(name="unit_price", width=90, align="right"),
        Column(name="amount", width=90, align="right"),
    )
    table = Table(sheet, wording, x=LEFT, columns=columns, style=TableStyle(bottom=700))
    y = table.draw(document, y + 12)
    totals = total_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    y = room_for(sheet, y, height=40 + 14 * (len(totals) + len(closing)), bottom=760, top=60)
    sheet.rule(LEFT, y + 4, to=RIGHT)
    y = draw_entries(sheet, totals, y + 20, label_x=300, value_x=RIGHT - 4, value_align="right")
    y += 14
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=9)) + 2
    _footer(sheet, document, wording)
    return sheet


def _letterhead(sheet: Sheet, document: BusinessDocument) -> None:
    issuer = document.issuer
    sheet.text(LEFT, 62, issuer.name, Style(size=16, bold=True, colour="#1f3a5f"))
    sheet.rule(LEFT, 72, to=RIGHT, weight=1.2, colour="#1f3a5f")
    sender = " · ".join(address(issuer))
    sheet.text(LEFT, 132, sender, Style(size=6.5, colour=GREY))
    for index, line in enumerate(address(document.recipient)):
        sheet.text(LEFT, 150 + index * 13, line, Style(size=10))


def _footer(sheet: Sheet, document: BusinessDocument, wording: Wording) -> None:
    small = Style(size=7.5, colour=GREY)
    sheet.rule(LEFT, 776, to=RIGHT, weight=0.4, colour=GREY)
    for index, line in enumerate(address(document.issuer)):
        sheet.text(LEFT, 788 + index * 10, line, small)
    for index, entry in enumerate(bank_entries(document, wording)):
        sheet.text(205, 788 + index * 10, f"{entry.label}: {entry.value}", small)
    sheet.text(415, 788, document.issuer.email, small)
    sheet.text(415, 798, f"{wording.label('page')} {sheet.page}", small)

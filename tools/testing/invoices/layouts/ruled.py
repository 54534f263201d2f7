"""A form: a framed head, a fully ruled table and the totals in a box of their own."""

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
from tools.testing.invoices.sheet import SANS, Sheet, Style, Typeface
from tools.testing.invoices.table import Column, Table, TableStyle, draw_entries, room_for

LEFT, RIGHT = 40, 555
ROW = 19
BOX_WIDTH = 270


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` as a ruled form."""
    sheet = Sheet(typeface=typeface or SANS, title=f"{title(document, wording)} {document.number}")
    middle = (LEFT + RIGHT) / 2
    sheet.text(middle, 54, title(document, wording).upper(), Style(size=15, bold=True, align="centre"))
    head = head_entries(document, wording)
    height = max(92, ROW * len(head))
    sheet.box(LEFT, 72, width=middle - LEFT, height=height)
    for index, line in enumerate(address(document.issuer)):
        sheet.text(LEFT + 8, 90 + index * 13, line, Style(size=10, bold=index == 0))
    _rows(sheet, head, x=middle, y=72, width=RIGHT - middle)
    top = 72 + height
    sheet.box(LEFT, top, width=RIGHT - LEFT, height=72)
    sheet.text(LEFT + 8, top + 13, f"{recipient_label(document, wording)}:", Style(size=8))
    for index, line in enumerate(address(document.recipient)):
        sheet.text(LEFT + 8, top + 27 + index * 12, line, Style(size=9.5, bold=index == 0))
    columns = (
        Column(name="position", width=34, align="centre"),
        Column(name="item_code", width=88),
        Column(name="description", width=150),
        Column(name="quantity", width=56, align="right"),
        Column(name="unit_price", width=75, align="right"),
        Column(name="tax_rate", width=42, align="right"),
        Column(name="amount", width=70, align="right"),
    )
    style = TableStyle(size=8.5, frame=True, head_fill="#eeeeee", bottom=740)
    y = Table(sheet, wording, x=LEFT, columns=columns, style=style).draw(document, top + 86)
    _closing(sheet, document, wording, y + 14)
    return sheet


def _rows(sheet: Sheet, entries: Sequence[Entry], *, x: float, y: float, width: float) -> None:
    split = 118
    for index, entry in enumerate(entries):
        top = y + index * ROW
        sheet.box(x, top, width=split, height=ROW)
        sheet.box(x + split, top, width=width - split, height=ROW)
        sheet.text(x + 5, top + 13, entry.label, Style(size=8))
        sheet.text(x + split + 5, top + 13, entry.value, Style(size=9, bold=entry.strong))


def _closing(sheet: Sheet, document: BusinessDocument, wording: Wording, y: float) -> None:
    totals, bank = total_entries(document, wording), bank_entries(document, wording)
    closing = [line for line in (currency_entry(document, wording), *closing_lines(document, wording)) if line]
    height = 16 * len(totals) + 8
    y = room_for(sheet, y, height=height + 30 + 26 * len(closing), bottom=806, top=60)
    x = RIGHT - BOX_WIDTH
    sheet.box(x, y, width=BOX_WIDTH, height=height)
    draw_entries(sheet, totals, y + 15, label_x=x + 8, value_x=RIGHT - 8, size=9, gap=1.75, value_align="right")
    if bank:
        sheet.text(LEFT, y + 12, f"{wording.label('bank')}:", Style(size=9, bold=True))
        for index, entry in enumerate(bank):
            sheet.text(LEFT, y + 27 + index * 13, f"{entry.label} {entry.value}", Style(size=9))
    y += height + 24
    for line in closing:
        y = sheet.paragraph(LEFT, y, line, width=RIGHT - LEFT, style=Style(size=9)) + 3

"""A narrow slip from a till printer: everything in one column, a line's sum under its description."""

from __future__ import annotations

from tools.testing.invoices.document import BusinessDocument, Line
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
from tools.testing.invoices.sheet import MONO, Sheet, Style, Typeface
from tools.testing.invoices.table import draw_entries

WIDTH = 284
LEFT, RIGHT = 16, WIDTH - 16
SIZE = 7.5
STEP = 10.5


def draw(document: BusinessDocument, wording: Wording, typeface: Typeface | None) -> Sheet:
    """Draw `document` as a slip just long enough for it."""
    sheet = Sheet(
        typeface=typeface or MONO,
        title=f"{title(document, wording)} {document.number}",
        width=WIDTH,
        height=360 + 3 * STEP * len(document.lines) + 60,
    )
    y = _head(sheet, document, wording)
    for line in document.lines:
        y = _line(sheet, line, wording, y)
    sheet.rule(LEFT, y - 4, to=RIGHT)
    y = draw_entries(
        sheet, total_entries(document, wording), y + 8, label_x=LEFT, value_x=RIGHT, size=SIZE,
        value_align="right",
    )  # fmt: skip
    sheet.rule(LEFT, y - 4, to=RIGHT)
    y += 8
    bank = [f"{entry.label}: {entry.value}" for entry in bank_entries(document, wording)]
    for text in (*bank, currency_entry(document, wording), *closing_lines(document, wording)):
        if text:
            y = sheet.paragraph(LEFT, y, text, width=RIGHT - LEFT, style=Style(size=SIZE)) + 1
    return sheet


def _head(sheet: Sheet, document: BusinessDocument, wording: Wording) -> float:
    y = 24.0
    for index, line in enumerate(address(document.issuer)):
        style = Style(size=9.5 if index == 0 else SIZE, bold=index == 0, align="centre")
        sheet.text(WIDTH / 2, y, line, style)
        y += 12
    sheet.text(WIDTH / 2, y + 10, title(document, wording), Style(size=11, bold=True, align="centre"))
    y += 28
    for entry in head_entries(document, wording):
        sheet.text(LEFT, y, f"{entry.label}: {entry.value}", Style(size=SIZE))
        y += STEP
    y += 4
    sheet.text(LEFT, y, f"{recipient_label(document, wording)}:", Style(size=SIZE))
    for line in address(document.recipient):
        y += STEP
        sheet.text(LEFT, y, line, Style(size=SIZE))
    sheet.rule(LEFT, y + 6, to=RIGHT)
    return y + 20


def _line(sheet: Sheet, line: Line, wording: Wording, y: float) -> float:
    y = sheet.paragraph(LEFT, y, line.description, width=RIGHT - LEFT, style=Style(size=SIZE))
    price = wording.number(line.unit_price, least_places=2)
    count = f"{wording.number(line.quantity)} {wording.unit(line.unit)} x {price}"
    sheet.text(LEFT + 10, y, count, Style(size=SIZE))
    sheet.text(RIGHT, y, wording.amount(line.amount), Style(size=SIZE, align="right"))
    return y + STEP + 3

"""A table of lines that breaks over pages and repeats its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.testing.invoices.document import BusinessDocument, Line
from tools.testing.invoices.entries import Entry, cell
from tools.testing.invoices.labels import LabelName
from tools.testing.invoices.language import Wording
from tools.testing.invoices.sheet import GREY, INK, LINE_SPACING, Align, Sheet, Style

PADDING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column `width` points wide."""

    name: LabelName
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStyle:
    """How a table looks; `bottom` is the lowest `y` of a row, `top` where it goes on on a next page."""

    size: float = 9
    head_fill: str = ""
    head_ink: str = INK
    row_rules: bool = False
    frame: bool = False
    stripes: str = ""
    bottom: float = 720
    top: float = 60


class Table:
    """Draws the lines of a document at `x` with `columns`."""

    def __init__(
        self, sheet: Sheet, wording: Wording, *, x: float, columns: Sequence[Column], style: TableStyle
    ) -> None:
        self._sheet = sheet
        self._wording = wording
        self._x = x
        self._columns = columns
        self._style = style
        self._width = sum(column.width for column in columns)

    def draw(self, document: BusinessDocument, y: float) -> float:
        """Draw head and rows from `y` down; return the `y` below the last row."""
        y = self._head(y)
        for position, line in enumerate(document.lines, start=1):
            height = self._row_height(line, position)
            if y + height > self._style.bottom:
                self._sheet.new_page()
                y = self._head(self._style.top)
            self._row(line, position, y, height)
            y += height
        return y

    def _head(self, y: float) -> float:
        style, sheet = self._style, self._sheet
        height = style.size * LINE_SPACING + 2 * PADDING
        if style.head_fill:
            sheet.fill(self._x, y, width=self._width, height=height, colour=style.head_fill)
        self._cells(
            [[self._wording.label(column.name)] for column in self._columns],
            y,
            bold=True,
            colour=style.head_ink,
        )
        if style.frame:
            self._frame(y, height)
        elif not style.head_fill:
            sheet.rule(self._x, y + height, to=self._x + self._width, weight=0.8)
        return y + height

    def _row(self, line: Line, position: int, y: float, height: float) -> None:
        style, sheet = self._style, self._sheet
        if style.stripes and position % 2 == 0:
            sheet.fill(self._x, y, width=self._width, height=height, colour=style.stripes)
        self._cells(self._row_texts(line, position), y, bold=False, colour=INK)
        if style.frame:
            self._frame(y, height)
        elif style.row_rules:
            sheet.rule(self._x, y + height, to=self._x + self._width, weight=0.3, colour=GREY)

    def _row_texts(self, line: Line, position: int) -> list[list[str]]:
        style = Style(size=self._style.size)
        return [
            self._sheet.wrapped(
                cell(line, position, column.name, self._wording),
                width=column.width - 2 * PADDING,
                style=style,
            )
            for column in self._columns
        ]

    def _row_height(self, line: Line, position: int) -> float:
        rows = max(len(texts) for texts in self._row_texts(line, position))
        return rows * self._style.size * LINE_SPACING + 2 * PADDING

    def _cells(self, texts: list[list[str]], y: float, *, bold: bool, colour: str) -> None:
        left = self._x
        for column, lines in zip(self._columns, texts, strict=True):
            x = {
                "left": left + PADDING,
                "right": left + column.width - PADDING,
                "centre": left + column.width / 2,
            }[column.align]
            style = Style(size=self._style.size, bold=bold, colour=colour, align=column.align)
            room = column.width - 2 * PADDING
            for index, text in enumerate(lines):
                baseline = y + PADDING + self._style.size * (0.95 + index * LINE_SPACING)
                self._sheet.text(x, baseline, text, self._sheet.fitting(text, width=room, style=style))
            left += column.width

    def _frame(self, y: float, height: float) -> None:
        left = self._x
        for column in self._columns:
            self._sheet.box(left, y, width=column.width, height=height)
            left += column.width


def room_for(sheet: Sheet, y: float, *, height: float, bottom: float, top: float) -> float:
    """`y` if `height` fits above `bottom`, else `top` of a new page."""
    if y + height <= bottom:
        return y
    sheet.new_page()
    return top


def draw_entries(
    sheet: Sheet, entries: Sequence[Entry], y: float, *, label_x: float, value_x: float, size: float = 9,
    gap: float = 1.5, value_align: Align = "left", colon: bool = False,
) -> float:  # fmt: skip
    """Labels at `label_x`, values beside them at `value_x`; return the baseline after the last."""
    for entry in entries:
        label = f"{entry.label}:" if colon else entry.label
        sheet.text(label_x, y, label, Style(size=size, bold=entry.strong))
        sheet.text(value_x, y, entry.value, Style(size=size, bold=entry.strong, align=value_align))
        y += size * gap
    return y

"""Rows and cells of a page: words that stand together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tools.document.pdf_text import Word
from tools.document.reading import Box

# A gap wider than this many letter heights separates cells of a row.
_CELL_GAP = 1.1
ALIGNED_POINTS: Final = 3
"""How far left edges may lie apart and still be one edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Neighbouring words of one row. `row` counts from 0 through the whole document."""

    words: tuple[Word, ...]
    row: int
    index: int

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def page(self) -> int:
        return self.words[0].page

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1

    @property
    def y0(self) -> float:
        return min(word.y0 for word in self.words)

    @property
    def y1(self) -> float:
        return max(word.y1 for word in self.words)

    @property
    def height(self) -> float:
        return max(word.height for word in self.words)

    def box_of(self, start: int, end: int) -> Box:
        """The box of the words that characters `start` to `end` of `text` touch."""
        touched, at = [], 0
        for word in self.words:
            if at < end and at + len(word.text) > start:
                touched.append(word)
            at += len(word.text) + 1
        return union(word.box for word in touched or self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The cells of a document, row by row from the top of the first page."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def cells(self) -> Iterator[Cell]:
        for row in self.rows:
            yield from row

    @property
    def text(self) -> str:
        """All rows as lines of text."""
        return "\n".join(row_text(row) for row in self.rows)

    def right_of(self, cell: Cell) -> tuple[Cell, ...]:
        """The cells after `cell` on its row, nearest first."""
        return self.rows[cell.row][cell.index + 1 :]

    def left_of(self, cell: Cell) -> Cell | None:
        """The nearest cell before `cell` on its row."""
        return self.rows[cell.row][cell.index - 1] if cell.index else None

    def over(self, cell: Cell) -> Cell | None:
        """The cell in the row straight over `cell` that is set to the same left edge."""
        above = self.rows[cell.row - 1] if cell.row else ()
        return next((one for one in above if one.page == cell.page and abs(one.x0 - cell.x0) <= ALIGNED_POINTS), None)

    def below(self, cell: Cell, *, reach: float = 2.6) -> Iterator[Cell]:
        """Cells under `cell`, overlapping its width, at most `reach` heights further down, nearest first."""
        for row in self.rows[cell.row + 1 :]:
            if row[0].page != cell.page or row[0].y0 - cell.y1 > reach * cell.height:
                return
            yield from (other for other in row if other.x0 < cell.x1 and other.x1 > cell.x0)

    def column_below(self, cell: Cell, *, reach: float = 2.6, rows: int = 14) -> Iterator[Cell]:
        """Cells under `cell` as long as each follows the one before within `reach` heights."""
        last = cell
        for row in self.rows[cell.row + 1 : cell.row + 1 + rows]:
            if row[0].page != cell.page or row[0].y0 - last.y1 > reach * cell.height:
                return
            for other in row:
                if other.x0 < cell.x1 and other.x1 > cell.x0:
                    last = other
                    yield other


def row_text(row: Iterable[Cell]) -> str:
    """The row as text, cells apart by two spaces."""
    return "  ".join(cell.text for cell in row)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of `boxes` (at least one)."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def lay_out(words: Iterable[Word]) -> Layout:
    """Group `words` into rows by their middles and into cells by the gaps between them."""
    rows: list[tuple[Cell, ...]] = []
    for group in _row_groups(words):
        rows.append(tuple(_cells(sorted(group, key=lambda word: word.x0), len(rows))))
    return Layout(rows=tuple(rows))


def _row_groups(words: Iterable[Word]) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in sorted(words, key=lambda word: (word.page, word.middle, word.x0)):
        if group and not _same_row(group[-1], word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _same_row(last: Word, word: Word) -> bool:
    return last.page == word.page and word.middle - last.middle < 0.35 * max(min(last.height, word.height), 1.0)


def _cells(words: list[Word], row: int) -> Iterator[Cell]:
    start, index = 0, 0
    for at in range(1, len(words) + 1):
        if at == len(words) or _apart(words[at - 1], words[at]):
            yield Cell(words=tuple(words[start:at]), row=row, index=index)
            start, index = at, index + 1


def _apart(left: Word, right: Word) -> bool:
    gap = right.x0 - left.x1
    height = max(left.height, right.height, 1.0)
    after_colon = bool(re.search(r":$", left.text)) and gap > 0.6 * height
    return gap > _CELL_GAP * height or after_colon

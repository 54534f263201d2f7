"""Values found by the label they stand beside: in the same cell, to its right, or under it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final, NamedTuple

from tools.document.labels import Label, Vocabulary, names_an_amount
from tools.document.layout import ALIGNED_POINTS, Cell, Layout
from tools.document.reading import Box

MAX_STRENGTH: Final = 4.0
_SAME_CELL, _RIGHT, _FAR_RIGHT, _BELOW = 1.0, 0.97, 0.7, 0.75
_ALIGNED_BELOW = 0.9
_FAR_HEIGHTS = 8
_WORDS_AFTER = 16


class Span(NamedTuple):
    """A value found in a text, and where."""

    value: str
    start: int
    end: int


Finder = Callable[[str], Iterator[Span]]
"""Finds the values of one type in a text, in reading order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value that may be the field's, with the strength of its label and place (0..4)."""

    value: str
    score: float
    page: int
    box: Box
    row: int


Admits = Callable[[Cell, Label, Candidate], bool]
"""Whether a value found beside a label, which a cell holds, is the label's."""


def _all_of_them(_cell: Cell, _label: Label, _found: Candidate) -> bool:
    return True


def anchored(
    layout: Layout,
    vocabulary: Vocabulary,
    finder: Finder,
    *,
    whole_row: bool = False,
    admits: Admits = _all_of_them,
) -> list[Candidate]:
    """Every value that `finder` sees beside a label of `vocabulary`, best first, earlier rows first.

    `whole_row` looks at all cells right of the label and likes the last one best, as in rows of totals. What `admits`
    denies is left out.
    """
    found: list[Candidate] = []
    for cell in layout.cells:
        for label in vocabulary.labels:
            match = label.pattern.search(cell.text)
            if match is None or _means_else(vocabulary, cell, match):
                continue
            places = _places(layout, cell, match.end(), finder, whole_row=whole_row)
            admitted = [place for place in places if admits(cell, label, place)]
            found.extend(replace(place, score=place.score * label.strength) for place in admitted)
            break
    return sorted(found, key=lambda candidate: (-candidate.score, candidate.row))


def _means_else(vocabulary: Vocabulary, cell: Cell, match: re.Match[str]) -> bool:
    """Whether the words around the label make it the name of something else."""
    if vocabulary.not_in is None:
        return False
    # Words at the end are known as the label's end only where no value follows them: so both are looked at.
    around = (cell.text[: match.end()], cell.text[: match.end() + _WORDS_AFTER])
    return any(vocabulary.not_in.search(text) for text in around)


def _places(layout: Layout, cell: Cell, label_end: int, finder: Finder, *, whole_row: bool) -> list[Candidate]:
    own = _candidates(cell, label_end, finder, _SAME_CELL)
    right = [other for other in layout.right_of(cell) if re.search(r"\w", other.text)]
    if whole_row:
        return _of_row(layout, cell, own, right, finder)
    if own:
        return own
    return [*_to_the_right(cell, right, finder), *_under(layout, cell, finder)]


def _of_row(layout: Layout, cell: Cell, own: list[Candidate], right: list[Cell], finder: Finder) -> list[Candidate]:
    """The values of the row up to the next label, and the one that stands straight under the label."""
    mine = list(takewhile(lambda other: not names_an_amount(other.text), right))
    row = own + [found for other in mine for found in _candidates(other, 0, finder, _RIGHT)]
    ranked = [replace(found, score=_RIGHT - 0.1 * rank) for rank, found in enumerate(reversed(row[-4:]))]
    under = [replace(found, score=_ALIGNED_BELOW) for found in _straight_under(layout, cell, finder)]
    return [*ranked, *under] if ranked or under else _column(layout, cell, finder)


def _straight_under(layout: Layout, cell: Cell, finder: Finder) -> list[Candidate]:
    """The value under the label that begins where the label does and has no label of its own."""
    for other in layout.below(cell):
        if abs(other.x0 - cell.x0) <= ALIGNED_POINTS and not names_an_amount(other.text):
            return _candidates(other, 0, finder, _ALIGNED_BELOW)[:1]
    return []


def _to_the_right(cell: Cell, right: list[Cell], finder: Finder) -> list[Candidate]:
    """The values of the first cell to the right that has any; a wide gap makes it less likely."""
    for distance, other in enumerate(right):
        near = distance == 0 and other.x0 - cell.x1 <= _FAR_HEIGHTS * cell.height
        near = near or (distance == 0 and cell.text.rstrip().endswith(":"))
        found = _candidates(other, 0, finder, _RIGHT if near else _FAR_RIGHT)
        if found:
            return found
    return []


def _under(layout: Layout, cell: Cell, finder: Finder) -> list[Candidate]:
    """The first value under the label; most likely where it starts at the label's own left edge."""
    for other in layout.below(cell):
        aligned = abs(other.x0 - cell.x0) <= ALIGNED_POINTS and not cell.text.rstrip().endswith(":")
        found = _candidates(other, 0, finder, _ALIGNED_BELOW if aligned else _BELOW)
        if found:
            return found[:1]
    return []


def _column(layout: Layout, cell: Cell, finder: Finder) -> list[Candidate]:
    """The values in the column under `cell`; the last one is best, for columns end in their total."""
    values = [found for other in layout.column_below(cell) for found in _candidates(other, 0, finder, _BELOW)]
    return [replace(found, score=_BELOW - 0.03 * rank) for rank, found in enumerate(reversed(values))]


def _candidates(cell: Cell, start: int, finder: Finder, factor: float) -> list[Candidate]:
    spans = list(finder(cell.text[start:]))
    return [
        Candidate(
            value=span.value,
            # What stands further from the label is less likely to be meant.
            score=factor * (1 - 0.05 * min(rank, 4)),
            page=cell.page,
            box=cell.box_of(start + span.start, start + span.end),
            row=cell.row,
        )
        for rank, span in enumerate(spans)
    ]

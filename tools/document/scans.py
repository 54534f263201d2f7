"""Scans and photos: recognised words as a layout, and the way of each box back to the page as it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Final

from tools.document.errors import NoTextLayer
from tools.document.layout import Layout, lay_out
from tools.document.pdf_text import Word, has_text_layer
from tools.document.pictures import PagePicture
from tools.document.reading import Box
from tools.document.recognised import Picture, Recognise, RecognisedPage, moved

_SHEET_WIDTH: Final = 595.0
_SHEET_SHAPES: Final = (1.2, 1.65)
"""Height by width of a sheet (A4 1.41, Letter 1.29, Legal 1.65); what is longer is a strip of paper."""
_LETTER_HEIGHT: Final = 11.0
"""Points: the usual height of a line of print, by which a page of unknown size is measured."""

_LIKENESS: Final[Mapping[str, str]] = MappingProxyType({"S.r.I.": "S.r.l.", "S.r.I": "S.r.l"})
"""Legal forms as they are recognised where two letters look alike; no firm has the form on the left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPage:
    """A recognised page; `scale` is how many points of an upright sheet one of its pixels is."""

    shown: PagePicture
    recognised: RecognisedPage
    scale: float

    @property
    def picture(self) -> Picture:
        return self.shown.picture

    def shown_box(self, box: Box) -> Box:
        """`box` (points of the upright sheet) where it stands on the page as it is shown."""
        x0, y0, x1, y1 = (edge / self.scale for edge in box)
        a, b, c, d = (edge * self.shown.unit for edge in moved((x0, y0, x1, y1), self.recognised.to_picture))
        return (a, b, c, d)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """All pages of a scan and their words as a layout."""

    pages: Mapping[int, ScannedPage]
    layout: Layout

    def shown_box(self, page: int | None, box: Box | None) -> Box | None:
        """The place of a value on the page as it is shown."""
        return None if page is None or box is None else self.pages[page].shown_box(box)


def read_scan(pages: Iterable[PagePicture], recognise: Recognise) -> Scan:
    """Recognise `pages` one by one. Raises what `recognise` raises, and `NoTextLayer` where nothing is read."""
    scanned = {page.picture.page: scanned_page(page, recognise) for page in pages}
    words = tuple(word for number, page in scanned.items() for word in page_words(number, page))
    if not has_text_layer(words):
        raise NoTextLayer("no text is recognised on the scan; send a sharper one")
    return Scan(pages=scanned, layout=lay_out(words))


def scanned_page(page: PagePicture, recognise: Recognise) -> ScannedPage:
    """The page with its words. Raises what `recognise` raises."""
    recognised = recognise(page.picture)
    return ScannedPage(shown=page, recognised=recognised, scale=_scale(recognised))


def _scale(page: RecognisedPage) -> float:
    """Points a pixel: from the width of a usual sheet, else from the height of the letters."""
    least, most = _SHEET_SHAPES
    if least <= page.height / page.width <= most:
        return _SHEET_WIDTH / page.width
    heights = [word.box[3] - word.box[1] for word in page.words]
    return _LETTER_HEIGHT / max(median(heights), 1.0) if heights else 1.0


def page_words(number: int, page: ScannedPage) -> Iterator[Word]:
    """The words of page `number`, in points of the upright sheet."""
    for word in page.recognised.words:
        x0, y0, x1, y1 = (edge * page.scale for edge in word.box)
        yield Word(text=_LIKENESS.get(word.text, word.text), page=number, x0=x0, y0=y0, x1=x1, y1=y1, score=word.score)

"""Which letters of a page a person can see: text may be there for programs alone."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from math import hypot, sqrt
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from tools.document.errors import DocumentTooLarge, TooManyPixels
from tools.document.limits import Limits

LEAST_HEIGHT: Final = 1.0
"""Text lower than this many points is not seen."""
LEAST_CONTRAST: Final = 24
"""So many of 255 grey levels text must differ from what is behind it."""
_LEAST_INK: Final = 0.25
"""A letter is drawn where some point has come at least this far from the background towards its colour."""
_SCALE: Final = 2.0
_MOST_RENDERED: Final = 8_000_000
_LONGEST_SIDE: Final = 14_400
_DRAWN_WITHOUT_FILL: Final = (pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP)
_DRAWN_NOT_AT_ALL: Final = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_NESTING: Final = 8


class Hidden(StrEnum):
    """Why a person does not see a letter."""

    INVISIBLE = "invisible"
    """Drawn with a mode, or an opacity, that leaves nothing on the page."""
    BACKGROUND_COLOUR = "background_colour"
    """As bright as what is behind it."""
    OUTSIDE = "outside"
    """Beyond the edge of the visible page."""
    TINY = "tiny"
    """Lower than a point."""
    COVERED = "covered"
    """Drawn, and then painted over or cut away."""


class PageVisibility:
    """Judges the letters of one page against the page as it is drawn."""

    def __init__(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, *, limits: Limits) -> None:
        """Draw the page. Raises `TooManyPixels` for a picture in it, and `DocumentTooLarge` for too many objects."""
        _check_objects(page, limits)
        self._page = page.raw
        self._text_page = text_page.raw
        self._quarters = page.get_rotation() // 90
        left, bottom, right, top = page.get_bbox()
        self._visible = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
        width, height = page.get_size()
        if max(width, height) > _LONGEST_SIDE:
            raise TooManyPixels(f"a page measures {width:g} by {height:g} points; at most {_LONGEST_SIDE} are drawn")
        scale = _scale(width, height)
        drawn: Any = page  # its annotation of `scale` is narrower than what it takes
        bitmap = drawn.render(scale=scale, grayscale=True, may_draw_forms=False)
        self._width, self._height, self._stride = bitmap.width, bitmap.height, bitmap.stride
        self._grey = bytes(bitmap.buffer)
        bitmap.close()

    def why_hidden(self, index: int, box: pdfium.FS_RECTF, quarter: int) -> Hidden | None:
        """Why nobody sees the letter `index` in this box, turned by `quarter` quarter turns; None where it is seen."""
        if box.top - box.bottom < LEAST_HEIGHT or self._font_size(index) < LEAST_HEIGHT:
            return Hidden.TINY
        left, bottom, right, top = self._visible
        if not (left <= (box.left + box.right) / 2 <= right and bottom <= (box.bottom + box.top) / 2 <= top):
            return Hidden.OUTSIDE
        mode = pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(self._text_page, index))
        if mode in _DRAWN_NOT_AT_ALL:
            return Hidden.INVISIBLE
        ink = self._ink(index, stroke=mode in _DRAWN_WITHOUT_FILL)
        if ink is None:
            return Hidden.INVISIBLE
        return self._drawn(ink, box, upright=(quarter + self._quarters) % 2 == 0)

    def _font_size(self, index: int) -> float:
        matrix = pdfium.FS_MATRIX()
        size = float(pdfium.FPDFText_GetFontSize(self._text_page, index))
        if not pdfium.FPDFText_GetMatrix(self._text_page, index, ctypes.byref(matrix)):
            return size
        return size * max(hypot(matrix.a, matrix.c), hypot(matrix.b, matrix.d))

    def _ink(self, index: int, *, stroke: bool) -> int | None:
        """How bright the letter's colour is, 0 to 255; None where it is transparent."""
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        ask = pdfium.FPDFText_GetStrokeColor if stroke else pdfium.FPDFText_GetFillColor
        ask(self._text_page, index, *(ctypes.byref(part) for part in (red, green, blue, alpha)))
        if alpha.value < LEAST_CONTRAST:
            return None
        return (30 * red.value + 59 * green.value + 11 * blue.value) // 100

    def _drawn(self, ink: int, box: pdfium.FS_RECTF, *, upright: bool) -> Hidden | None:
        x0, y0, x1, y1 = self._pixels(box)
        behind = [_usual(line) for line in self._edges(x0, y0, x1, y1, upright=upright)]
        if all(abs(ink - grey) < LEAST_CONTRAST for grey in behind):
            return Hidden.BACKGROUND_COLOUR
        ground = max(behind, key=lambda grey: abs(ink - grey))
        rows = [self._grey[y * self._stride + x0 : y * self._stride + x1] for y in range(y0, y1)]
        reached = min(map(min, rows)) if ink < ground else max(map(max, rows))
        far_enough = abs(reached - ground) >= max(abs(ink - ground) * _LEAST_INK, LEAST_CONTRAST / 2)
        return None if far_enough else Hidden.COVERED

    def _pixels(self, box: pdfium.FS_RECTF) -> tuple[int, int, int, int]:
        across, down = [], []
        x, y = ctypes.c_int(), ctypes.c_int()
        for left, top in ((box.left, box.top), (box.right, box.bottom)):
            pdfium.FPDF_PageToDevice(
                self._page, 0, 0, self._width, self._height, 0, left, top, ctypes.byref(x), ctypes.byref(y)
            )
            across.append(min(max(x.value, 0), self._width - 1))
            down.append(min(max(y.value, 0), self._height - 1))
        return min(across), min(down), max(across) + 1, max(down) + 1

    def _edges(self, x0: int, y0: int, x1: int, y1: int, *, upright: bool) -> Iterator[bytes]:
        """The two lines above and below the letter, where its neighbours leave no ink."""
        if upright:
            for y in (y0, y1 - 1):
                yield self._grey[y * self._stride + x0 : y * self._stride + x1]
        else:
            for x in (x0, x1 - 1):
                yield self._grey[y0 * self._stride + x : y1 * self._stride + x : self._stride]


def _usual(line: bytes) -> int:
    return Counter(line).most_common(1)[0][0] if line else 255


def _scale(width: float, height: float) -> float:
    """Two pixels a point, fewer on a page so large that it would be too many."""
    return min(_SCALE, sqrt(_MOST_RENDERED / max(width * height, 1.0)))


def _check_objects(page: pypdfium2.PdfPage, limits: Limits) -> None:
    for count, one in enumerate(page.get_objects(max_depth=_NESTING), start=1):
        if count > limits.max_page_objects:
            raise DocumentTooLarge(f"a page has more than {limits.max_page_objects} objects")
        if pdfium.FPDFPageObj_GetType(one.raw) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        width, height = ctypes.c_uint(), ctypes.c_uint()
        pdfium.FPDFImageObj_GetImagePixelSize(one.raw, ctypes.byref(width), ctypes.byref(height))
        if width.value * height.value > limits.max_pixels:
            size = f"{width.value} by {height.value}"
            raise TooManyPixels(f"a picture in the PDF has {size} pixels; at most {limits.max_pixels} are read")

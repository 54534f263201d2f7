"""A second reader for single values of a scan: their place is cut out for it, and it agrees or it does not."""

from __future__ import annotations

import re
from typing import Final

from PIL import Image

from tools.document.amounts import printed_amounts, two_places
from tools.document.dates import printed_dates
from tools.document.reading import Box
from tools.document.recognised import MOST_LINE_PIXELS, Picture, ReadLine
from tools.document.scans import Scan

_LINE_HEIGHT: Final = 44
"""Pixels: letters of this height are what Tesseract reads best."""
_MARGIN: Final = 0.25


def second_look(scan: Scan, page: int, box: Box, *, read_line: ReadLine) -> str | None:
    """What the second reader reads in `box` (of the upright page); None where it has no opinion."""
    crop = _cut_out(scan, page, box)
    return read_line(Picture(page=page, width=crop.width, height=crop.height, grey=crop.tobytes()))


def agrees(value: str, text: str) -> bool:
    """Whether `text` shows `value`: the same day, the same amount, or the same letters."""
    days = {day.isoformat() for found in printed_dates(text) for day in (found.value, found.swapped) if day}
    amounts = {two_places(found.value) for found in printed_amounts(text)}
    return value in days or value in amounts or _letters(value) in _letters(text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _cut_out(scan: Scan, number: int, box: Box) -> Image.Image:
    """The part of the picture, set upright and enlarged to a good height for reading."""
    page = scan.pages[number]
    x0, y0, x1, y1 = (edge / page.scale for edge in box)
    margin = _MARGIN * (y1 - y0)
    x0, y0, x1, y1 = x0 - margin, y0 - margin, x1 + margin, y1 + margin
    factor = min(_LINE_HEIGHT / (y1 - y0), (MOST_LINE_PIXELS / ((x1 - x0) * (y1 - y0))) ** 0.5)
    size = (max(round((x1 - x0) * factor), 1), max(round((y1 - y0) * factor), 1))
    a, b, c, d, e, f = page.recognised.to_picture
    way = (a / factor, b / factor, a * x0 + b * y0 + c, d / factor, e / factor, d * x0 + e * y0 + f)
    picture = Image.frombytes("L", (page.picture.width, page.picture.height), page.picture.grey)
    return picture.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BICUBIC, fillcolor=255)

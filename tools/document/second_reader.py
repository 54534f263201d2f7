"""A second reader for single values of a scan: Tesseract, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from typing import Final

from PIL import Image

from tools.document.amounts import printed_amounts, two_places
from tools.document.dates import printed_dates
from tools.document.reading import Box
from tools.document.scans import Scan

_LINE_HEIGHT: Final = 44
"""Pixels: letters of this height are what Tesseract reads best."""
_MARGIN: Final = 0.25
_MOST_PIXELS: Final = 2_000_000
_SECONDS: Final = 10.0
_COMMAND: Final = ("stdin", "stdout", "--psm", "7")
"""`--psm 7`: the picture is one line of text."""


@cache
def tesseract() -> str | None:
    """The program, None where it is not installed."""
    return shutil.which("tesseract")


def second_look(scan: Scan, page: int, box: Box, *, program: str | None) -> str | None:
    """What Tesseract (`program`) reads in `box` (of the upright page); None without it or without its answer."""
    if program is None:
        return None
    crop = _cut_out(scan, page, box)
    picture = f"P5 {crop.width} {crop.height} 255\n".encode() + crop.tobytes()
    environment = {"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command; the picture goes to its standard input)
            [program, *_COMMAND], input=picture, capture_output=True, timeout=_SECONDS, env=environment, check=True
        )
    except (subprocess.SubprocessError, OSError):
        # The second opinion is a signal, nothing hangs on it.
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None


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
    factor = min(_LINE_HEIGHT / (y1 - y0), (_MOST_PIXELS / ((x1 - x0) * (y1 - y0))) ** 0.5)
    size = (max(round((x1 - x0) * factor), 1), max(round((y1 - y0) * factor), 1))
    a, b, c, d, e, f = page.recognised.to_picture
    way = (a / factor, b / factor, a * x0 + b * y0 + c, d / factor, e / factor, d * x0 + e * y0 + f)
    picture = Image.frombytes("L", (page.picture.width, page.picture.height), page.picture.grey)
    return picture.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BICUBIC, fillcolor=255)

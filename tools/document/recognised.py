"""What is recognised on the picture of a page: words with their places, and how the page had to be turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field

from tools.document.reading import Box

Affine = tuple[float, float, float, float, float, float]
"""`(a, b, c, d, e, f)`: the point `(x, y)` lies at `(a·x + b·y + c, d·x + e·y + f)`."""

MOST_LINE_PIXELS = 2_000_000
"""So many pixels a picture of one line holds at most."""
UNTURNED: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One page as 8-bit grey pixels, row by row. Raises `ValueError` where size and pixels do not fit."""

    page: int
    width: int
    height: int
    grey: bytes

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.grey) != self.width * self.height:
            raise ValueError(f"{len(self.grey)} pixels are no picture of {self.width} x {self.height}")


class RecognisedWord(BaseModel):
    """A word, its box in pixels of the upright page, and how sure the recogniser was of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    box: Box
    score: float = Field(ge=0, le=1, allow_inf_nan=False)


class RecognisedPage(BaseModel):
    """The words of one page set upright.

    `quarters` (clockwise) and then `skew` (degrees, clockwise) are what the picture was turned back by;
    `to_picture` leads from the upright page back to the picture as it came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[RecognisedWord, ...]
    width: float
    height: float
    quarters: int = Field(default=0, ge=0, le=3)
    skew: float = Field(default=0.0, allow_inf_nan=False)
    to_picture: Affine = UNTURNED


Recognise = Callable[[Picture], RecognisedPage]
"""Recognises the words of a picture. Raises `DocumentRefused` where that fails."""
ReadLine = Callable[[Picture], str | None]
"""What a second reader reads on a picture that is one line of text; None where it has no opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """How pixels become text: whole pages, and single lines by a second reader."""

    page: Recognise
    line: ReadLine

    def remembering(self) -> Recognition:
        """The same, which recognises a page only once: earlier revisions of a document mostly show the same pages."""
        known: dict[tuple[int, int, bytes], RecognisedPage] = {}

        def page(picture: Picture) -> RecognisedPage:
            shown = (picture.width, picture.height, sha256(picture.grey).digest())
            if shown not in known:
                known[shown] = self.page(picture)
            return known[shown]

        return Recognition(page=page, line=self.line)


def moved(box: Box, way: Affine) -> Box:
    """The smallest upright box around the four corners of `box` led along `way`."""
    a, b, c, d, e, f = way
    x0, y0, x1, y1 = box
    corners = [(x, y) for x in (x0, x1) for y in (y0, y1)]
    xs = [a * x + b * y + c for x, y in corners]
    ys = [d * x + e * y + f for x, y in corners]
    return (min(xs), min(ys), max(xs), max(ys))

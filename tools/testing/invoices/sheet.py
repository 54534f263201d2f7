"""Drawing on pages measured in points from the top left corner, with the same bytes for the same calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Align = Literal["left", "right", "centre"]
INK = "#1a1a1a"
GREY = "#6b7280"
PAGE_WIDTH, PAGE_HEIGHT = A4
LINE_SPACING = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    """A regular and a bold font. Only an embedded one is in the file itself, as PDF/A asks."""

    regular: str
    bold: str
    embedded: bool = False


SANS = Typeface(regular="Helvetica", bold="Helvetica-Bold")
SERIF = Typeface(regular="Times-Roman", bold="Times-Bold")
MONO = Typeface(regular="Courier", bold="Courier-Bold")
VERA = Typeface(regular="Vera", bold="VeraBd", embedded=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text looks: `size` in points, `colour` as #rrggbb."""

    size: float = 9
    bold: bool = False
    colour: str = INK
    align: Align = "left"


class Sheet:
    """A growing PDF; `y` counts downwards from the top of the current page."""

    def __init__(
        self, *, typeface: Typeface, title: str, width: float = PAGE_WIDTH, height: float = PAGE_HEIGHT
    ) -> None:
        if typeface.embedded:
            _embed(typeface)
        self._buffer = BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=(width, height), invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._typeface = typeface
        self.width = width
        self.height = height
        self.page = 1

    def text(self, x: float, y: float, text: str, style: Style = Style()) -> None:
        """Write `text` with its baseline at `y`; `x` is its left, right or middle by `style.align`."""
        self._canvas.setFont(self._font(style), style.size)
        self._canvas.setFillColor(HexColor(style.colour))
        match style.align:
            case "left":
                self._canvas.drawString(x, self.height - y, text)
            case "right":
                self._canvas.drawRightString(x, self.height - y, text)
            case "centre":
                self._canvas.drawCentredString(x, self.height - y, text)

    def text_width(self, text: str, style: Style) -> float:
        """How wide `text` gets, in points."""
        return float(pdfmetrics.stringWidth(text, self._font(style), style.size))

    def fitting(self, text: str, *, width: float, style: Style) -> Style:
        """`style`, in a smaller size if `text` would get wider than `width`."""
        actual = self.text_width(text, style)
        return style if actual <= width else replace(style, size=style.size * width / actual)

    def wrapped(self, text: str, *, width: float, style: Style) -> list[str]:
        """`text` as lines of at most `width` points; a word longer than that stands alone."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.text_width(longer, style) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def paragraph(self, x: float, y: float, text: str, *, width: float, style: Style) -> float:
        """Write `text` wrapped; return the baseline after its last line."""
        for line in self.wrapped(text, width=width, style=style):
            self.text(x, y, line, style)
            y += style.size * LINE_SPACING
        return y

    def rule(self, x: float, y: float, *, to: float, weight: float = 0.5, colour: str = INK) -> None:
        """A horizontal line from `x` to `to`."""
        self._stroke(weight, colour)
        self._canvas.line(x, self.height - y, to, self.height - y)

    def upright(self, x: float, y: float, *, to: float, weight: float = 0.5, colour: str = INK) -> None:
        """A vertical line from `y` down to `to`."""
        self._stroke(weight, colour)
        self._canvas.line(x, self.height - y, x, self.height - to)

    def box(self, x: float, y: float, *, width: float, height: float, colour: str = INK) -> None:
        """An empty rectangle with its top left corner at `x`, `y`."""
        self._stroke(0.6, colour)
        self._canvas.rect(x, self.height - y - height, width, height, stroke=1, fill=0)

    def fill(self, x: float, y: float, *, width: float, height: float, colour: str) -> None:
        """A filled rectangle with its top left corner at `x`, `y`."""
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.rect(x, self.height - y - height, width, height, stroke=0, fill=1)

    def new_page(self) -> None:
        """End this page and start the next."""
        self._canvas.showPage()
        self.page += 1

    def finish(self) -> bytes:
        """End the last page and return the PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()

    def _font(self, style: Style) -> str:
        return self._typeface.bold if style.bold else self._typeface.regular

    def _stroke(self, weight: float, colour: str) -> None:
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(colour))


def _embed(typeface: Typeface) -> None:
    fonts = Path(str(files(reportlab))) / "fonts"
    for name in (typeface.regular, typeface.bold):
        pdfmetrics.registerFont(TTFont(name, fonts / f"{name}.ttf"))

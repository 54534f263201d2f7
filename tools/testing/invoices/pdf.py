"""Digital PDFs: a document drawn in one of the layouts, with a text layer."""

from __future__ import annotations

from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.language import wording
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.seed import pick
from tools.testing.invoices.sheet import PAGE_WIDTH, Sheet, Style, Typeface

HIDDEN = Style(size=4, colour="#ffffff")
MARGIN = 18
BESIDE_SIDE_COLUMN = 210


class UnknownLayout(ValueError):
    """There is no page layout of this name."""


def choose_layout(seed: int) -> str:
    """The name of the layout that `seed` chooses."""
    return pick(seed, "layout", tuple(LAYOUTS))


def digital_pdf(
    document: BusinessDocument, *, seed: int, layout: str | None = None, typeface: Typeface | None = None
) -> bytes:
    """`document` as a PDF in `layout` (chosen by `seed` if there is none). Same arguments, same bytes.

    Raises:
        UnknownLayout: no layout has this name.
    """
    name = layout or choose_layout(seed)
    if name not in LAYOUTS:
        raise UnknownLayout(f"no layout is called {name!r}; take one of {', '.join(LAYOUTS)}")
    sheet = LAYOUTS[name](document, wording(document.language, seed), typeface)
    _hide(sheet, document.hidden_text)
    return sheet.finish()


def _hide(sheet: Sheet, text: str) -> None:
    """Write `text` at the foot of the last page, where every layout is white."""
    if text:
        left = BESIDE_SIDE_COLUMN if sheet.width >= PAGE_WIDTH else MARGIN
        sheet.paragraph(left, sheet.height - 11, text, width=sheet.width - left - MARGIN, style=HIDDEN)

"""The page layouts, one a module, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.language import Wording
from tools.testing.invoices.layouts import (
    banner,
    columns,
    footed,
    grid,
    letterhead,
    receipt,
    right_meta,
    ruled,
    stacked,
)
from tools.testing.invoices.sheet import Sheet, Typeface

Layout = Callable[[BusinessDocument, Wording, Typeface | None], Sheet]
"""Draws a document; the typeface replaces the layout's own one."""

LAYOUTS: Mapping[str, Layout] = {
    "letterhead": letterhead.draw,
    "right_meta": right_meta.draw,
    "grid": grid.draw,
    "columns": columns.draw,
    "receipt": receipt.draw,
    "ruled": ruled.draw,
    "banner": banner.draw,
    "stacked": stacked.draw,
    "footed": footed.draw,
}

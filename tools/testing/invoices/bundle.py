"""PDFs put together from others: a letter before a scanned invoice, an empty back behind a digital one."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def bundled(*pdfs: bytes) -> bytes:
    """All pages of `pdfs`, one after the other, in one PDF."""
    target = io.BytesIO()
    bundle = pypdfium2.PdfDocument.new()
    try:
        for pdf in pdfs:
            part = pypdfium2.PdfDocument(pdf)
            try:
                bundle.import_pages(part)
            finally:
                part.close()
        bundle.save(target)
    finally:
        bundle.close()
    return target.getvalue()


def letter(lines: Sequence[str]) -> bytes:
    """A PDF of one page with these lines of text; with none, an empty page."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    for number, line in enumerate(lines):
        canvas.drawString(72, A4[1] - 90 - 16 * number, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()

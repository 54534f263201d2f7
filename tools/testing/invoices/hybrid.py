"""Hybrid invoices (Factur-X, ZUGFeRD): a PDF for people with the CII inside for machines."""

from __future__ import annotations

import re
from datetime import date

import facturx

from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.document import BusinessDocument, DocumentKind
from tools.testing.invoices.pdf import choose_layout, digital_pdf
from tools.testing.invoices.sheet import VERA

ATTACHMENT = "factur-x.xml"
_PDF_TIME = re.compile(rb"(\(D(?::|\\072))\d{14}")  # the colon may be escaped
_XMP_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


class NotAnInvoice(ValueError):
    """Only invoices and credit notes can be hybrid."""


def hybrid_pdf(
    document: BusinessDocument,
    *,
    seed: int,
    layout: str | None = None,
    attached: BusinessDocument | None = None,
) -> bytes:
    """`document` on the pages and `attached` (the same, if there is none) as `factur-x.xml`.

    The attachment is checked against the EN 16931 schema of Factur-X. Same arguments, same bytes: the
    times that the library takes from the clock are replaced by the date of issue.

    Raises:
        NotAnInvoice: `document` is a purchase order.
    """
    if document.kind is DocumentKind.PURCHASE_ORDER:
        raise NotAnInvoice("a purchase order has no hybrid form; make it a UBL, CII or digital PDF")
    pages = digital_pdf(document, seed=seed, layout=layout or choose_layout(seed), typeface=VERA)
    made: bytes = facturx.generate_from_binary(
        pages,
        cii_xml(attached or document),
        flavor="factur-x",
        level="en16931",
        lang=document.language,
        xmp_compression=False,
    )
    return _without_clock(made, document.issue_date)


def _without_clock(pdf: bytes, day: date) -> bytes:
    """Replace times by others of the same length, so that every offset in the file stays right."""
    pdf = _PDF_TIME.sub(rb"\g<1>" + f"{day:%Y%m%d}000000".encode(), pdf)
    return _XMP_TIME.sub(f"{day.isoformat()}T00:00:00+00:00".encode(), pdf)

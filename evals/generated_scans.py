"""The project's own invoices as scans and receipts as photos: a data set for the calibration of what is recognised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evals.dataset import Dataset, EvalDocument
from tools.testing.invoices.collection import DEFAULT_DAY
from tools.testing.invoices.document import DocumentKind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.language import LANGUAGES
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.scans import Scanner, pdf_of_pictures, photographed, scanned_pages
from tools.testing.invoices.till import fictional_receipt, receipt_pdf
from tools.testing.invoices.truth import expected_fields, visible_fields

GENERATED_SCANS: Final = "generated_scans"
SEED: Final = 501
SCANS: Final = 27
RECEIPTS: Final = 36
_SCANNERS: Final = (
    Scanner(),
    Scanner(dpi=120, slant=-1.3, noise=9.0, blur=0.8, quality=45),
    Scanner(dpi=200, slant=2.0),
)


def generated_scans(*, seed: int = SEED, scans: int = SCANS, receipts: int = RECEIPTS) -> Dataset:
    """`scans` invoices and `receipts` photos, good and bad; same arguments, same documents.

    Scans of one layout share a group, and so do receipts of one till.
    """
    return Dataset(name=GENERATED_SCANS, documents=(*_scans(seed, scans), *_receipts(seed, receipts)))


def _scans(seed: int, count: int) -> Iterator[EvalDocument]:
    for index in range(count):
        layout = tuple(LAYOUTS)[index % len(LAYOUTS)]
        language = LANGUAGES[index % len(LANGUAGES)]
        document = fictional_document(seed + index, today=DEFAULT_DAY, kind=DocumentKind.INVOICE, language=language)
        scanner = _SCANNERS[index % len(_SCANNERS)]
        pages = scanned_pages(digital_pdf(document, seed=seed + index, layout=layout), scanner, seed=index)
        file = f"scan-{index:03}.pdf"
        yield EvalDocument(
            file=file,
            path=Path(file),
            content=pdf_of_pictures(pages, dpi=scanner.dpi),
            kind="scan_generated",
            group=f"scan {layout}",
            fields={name: value for name, value in expected_fields(document).items() if isinstance(value, str)},
            lines=None,
            visible=dict(visible_fields(document)),
        )


def _receipts(seed: int, count: int) -> Iterator[EvalDocument]:
    for index in range(count):
        receipt = fictional_receipt(seed + index, today=DEFAULT_DAY)
        content = photographed(receipt_pdf(receipt), seed=index, dpi=(200, 120, 90)[index % 3], slant=index % 7 - 3.0)
        fields = dict(receipt.expected())
        file = f"receipt-{index:03}.jpg"
        yield EvalDocument(
            file=file,
            path=Path(file),
            content=content,
            kind="receipt_photo",
            group=f"receipt {receipt.name}",
            fields=fields,
            lines=None,
            visible=dict.fromkeys(fields, True),
        )

"""Scans and photos, really recognised: turned, slanted, of several pages. Few pages, for each costs seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from policies.fact import Integrity
from tools.document.isolation import read_document_isolated
from tools.document.limits import MEBIBYTE
from tools.document.ocr import OcrLimits, OcrProcess
from tools.document.reader import read_document
from tools.document.reading import Box, DocumentKind, Reading
from tools.document.recognised import Picture, RecognisedPage
from tools.testing.invoices.bundle import bundled, letter
from tools.testing.invoices.document import BusinessDocument
from tools.testing.invoices.document import DocumentKind as Kind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.scans import (
    CLEAN,
    Scanner,
    pdf_of_pictures,
    photographed,
    scanned_jpeg,
    scanned_pages,
    scanned_pdf,
)
from tools.testing.invoices.till import Receipt, fictional_receipt, receipt_pdf
from tools.testing.invoices.truth import expected_fields, visible_fields

TODAY = date(2026, 6, 15)
SEED = 8
RESIDENT_LIMIT = OcrLimits().resident_limit


@pytest.fixture(scope="module")
def ocr() -> Iterator[OcrProcess]:
    made = OcrProcess()
    yield made
    made.close()


def invoice() -> BusinessDocument:
    return fictional_document(SEED, today=TODAY, kind=Kind.INVOICE, language="de")


def invoice_pdf() -> bytes:
    return digital_pdf(invoice(), seed=SEED, layout="letterhead")


@cache
def receipt() -> Receipt:
    return fictional_receipt(5, today=TODAY)


@pytest.fixture(scope="module")
def slanted(ocr: OcrProcess) -> Reading:
    """An invoice laid on the glass sideways and crookedly."""
    content = scanned_jpeg(invoice_pdf(), Scanner(quarters=1, slant=-8.0), seed=SEED)
    return read_document(content, name="scan.jpg", recognise=ocr.recognise)


def centre(box: Box | None) -> tuple[float, float]:
    assert box is not None
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def test_a_page_that_lies_sideways_and_slanted_is_read(slanted: Reading) -> None:
    document = invoice()
    expected, visible = expected_fields(document), visible_fields(document)
    wanted = {name: value for name, value in expected.items() if visible.get(name)}
    read = {name: slanted.value(name) for name in wanted}
    assert read == wanted
    assert (slanted.kind, slanted.media_type) == (DocumentKind.SCAN, "image/jpeg")


def test_its_lines_are_read_by_their_columns(slanted: Reading) -> None:
    read = [(line.description, line.amount) for line in slanted.lines]
    assert read == [(line.description, f"{line.amount:.2f}") for line in invoice().lines]


def test_its_facts_come_from_ocr_and_are_not_trusted(slanted: Reading) -> None:
    fact = slanted.fields["total"]
    assert (fact.source.reader, fact.source.page, fact.integrity) == ("ocr", 1, Integrity.UNTRUSTED)
    assert 0.8 < slanted.signals["total"]["ocr"] <= 1.0
    assert fact.confidence <= slanted.signals["total"]["ocr"]


def test_its_boxes_lie_on_the_picture_as_it_was_sent(slanted: Reading, ocr: OcrProcess) -> None:
    upright = read_document(invoice_pdf(), name="digital.pdf")
    width, height = scanned_pages(invoice_pdf(), Scanner(quarters=1, slant=-8.0), seed=SEED)[0].size
    total, number = (centre(slanted.fields[name].source.box) for name in ("total", "invoice_number"))
    for x, y in (total, number):
        assert 0 < x < width
        assert 0 < y < height
    # A quarter turn clockwise: what stands lower on the page lies further left, what stands right lies lower.
    of_total, of_number = (centre(upright.fields[name].source.box) for name in ("total", "invoice_number"))
    assert (total[0] < number[0]) == (of_total[1] > of_number[1])


async def test_a_photo_goes_through_the_confined_child_and_back(ocr: OcrProcess) -> None:
    content = photographed(receipt_pdf(receipt()), seed=1, slant=4.0, orientation=6)
    reading = await read_document_isolated(content, name="photo.jpg", recognise=ocr.recognise)
    assert reading.kind is DocumentKind.RECEIPT_PHOTO
    assert {name: reading.value(name) for name in receipt().expected()} == receipt().expected()


@pytest.mark.chaos
async def test_a_scanned_invoice_behind_a_typed_letter_is_really_recognised(ocr: OcrProcess) -> None:
    cover = letter(["Sehr geehrte Damen und Herren,", "anbei unsere Rechnung im Original."])
    content = bundled(cover, scanned_pdf(invoice_pdf(), CLEAN, seed=SEED))
    reading = await read_document_isolated(content, name="mixed.pdf", recognise=ocr.recognise)
    document = invoice()
    wanted = {name: value for name, value in expected_fields(document).items() if visible_fields(document).get(name)}
    assert {name: reading.value(name) for name in wanted} == wanted
    assert {fact.source.reader for fact in reading.fields.values() if fact.source.page == 2} == {"ocr"}


def test_a_pdf_of_pictures_is_read_page_by_page_upside_down_too(ocr: OcrProcess) -> None:
    first, second = (receipt_pdf(fictional_receipt(seed, today=TODAY)) for seed in (5, 6))
    pages = [
        *scanned_pages(first, CLEAN, seed=1),
        *scanned_pages(second, Scanner(quarters=2), seed=2),
    ]
    seen: list[RecognisedPage] = []

    def noted(picture: Picture) -> RecognisedPage:
        seen.append(ocr.recognise(picture))
        return seen[-1]

    reading = read_document(pdf_of_pictures(pages, dpi=150), name="scan.pdf", recognise=noted)
    assert reading.media_type == "application/pdf"
    assert [page.quarters for page in seen] == [0, 2]
    texts = [" ".join(word.text for word in page.words) for page in seen]
    assert fictional_receipt(5, today=TODAY).name.split()[0] in texts[0]
    assert fictional_receipt(6, today=TODAY).name.split()[0] in texts[1]
    box = reading.fields["vendor_name"].source.box
    assert box is not None
    assert box[2] < 226 + 1, "the box is in points of the PDF's page"


def test_after_all_these_pages_the_process_holds_less_than_its_limit(ocr: OcrProcess) -> None:
    assert ocr.pid is not None
    resident = int(Path(f"/proc/{ocr.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert 50 * MEBIBYTE < resident < RESIDENT_LIMIT

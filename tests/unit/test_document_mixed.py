"""PDFs with and without text on their pages: nothing that a person sees is passed over in silence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import pytest

from tools.document.errors import DocumentRefused, RecognitionUnavailable, TextNotRecognised
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.mixed import is_blank
from tools.document.pdf_text import read_pdf
from tools.document.reader import read_structured_too
from tools.document.reading import DocumentKind, Reading
from tools.document.recognised import Picture, RecognisedPage, RecognisedWord, Recognition
from tools.testing.invoices.bundle import bundled, letter
from tools.testing.invoices.document import DocumentKind as Kind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.scans import CLEAN, scanned_pdf

COVER = letter(["Dear customer,", "please find our invoice on the next page.", "With kind regards"])
EMPTY = letter([])


@cache
def invoice() -> bytes:
    document = fictional_document(8, today=date(2026, 6, 15), kind=Kind.INVOICE, language="en")
    return digital_pdf(document, seed=8, layout="letterhead")


@cache
def scanned_invoice() -> bytes:
    return scanned_pdf(invoice(), CLEAN, seed=8)


@dataclass
class Twin:
    """Recognises the scanned invoice as its digital original says, and remembers what it was shown."""

    score: float = 0.97
    refusal: DocumentRefused | None = None
    asked: list[int] = field(default_factory=list)

    def __call__(self, picture: Picture) -> RecognisedPage:
        self.asked.append(picture.page)
        if self.refusal is not None:
            raise self.refusal
        scale = picture.width / 595.0
        words = tuple(
            RecognisedWord(text=word.text, box=tuple(edge * scale for edge in word.box), score=self.score)
            for word in read_pdf(invoice(), limits=DEFAULT_LIMITS).words
        )
        return RecognisedPage(words=words, width=picture.width, height=picture.height)


def read(content: bytes, twin: Twin, limits: Limits = DEFAULT_LIMITS) -> Reading:
    recognition = Recognition(page=twin, line=lambda _: None)
    return read_structured_too(content, name="bundle.pdf", limits=limits, recognition=recognition).reading


@cache
def digital() -> Reading:
    return read(invoice(), Twin())


@cache
def mixed() -> Reading:
    return read(bundled(COVER, scanned_invoice()), Twin())


def values(reading: Reading) -> dict[str, object]:
    return {name: fact.value for name, fact in reading.fields.items()}


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


def test_a_scanned_invoice_behind_a_typed_letter_is_read_from_its_page() -> None:
    reading = mixed()
    assert values(reading) == values(digital())
    assert reading.kind is DocumentKind.DIGITAL_PDF
    assert (reading.fields["total"].source.reader, reading.fields["total"].source.page) == ("ocr", 2)
    assert [finding.values for finding in reading.findings if finding.code == "recognised_pages"] == [{"pages": "2"}]


def test_a_value_of_a_recognised_page_is_no_surer_than_one_of_a_scan() -> None:
    doubtful = read(bundled(COVER, scanned_invoice()), Twin(score=0.6)).fields["total"]
    scan = read(scanned_invoice(), Twin(score=0.6)).fields["total"]
    assert doubtful.confidence == pytest.approx(scan.confidence, abs=0.05)
    assert doubtful.confidence < digital().fields["total"].confidence


def test_a_place_on_a_recognised_page_is_where_it_stands_on_the_page_as_shown() -> None:
    shown, printed = (reading.fields["total"].source.box for reading in (mixed(), digital()))
    assert shown == pytest.approx(printed, abs=1.5)


def test_an_empty_back_is_neither_recognised_nor_mentioned() -> None:
    twin = Twin()
    reading = read(bundled(invoice(), EMPTY), twin)
    assert (twin.asked, values(reading)) == ([], values(digital()))
    assert not codes(reading) & {"recognised_pages", "page_not_read"}


def test_a_page_that_cannot_be_recognised_is_told_and_leaves_every_field_to_a_person() -> None:
    reading = read(bundled(invoice(), scanned_invoice()), Twin(refusal=TextNotRecognised("it died")))
    assert "page_not_read" in codes(reading)
    assert max(fact.confidence for fact in reading.fields.values()) <= 0.5


def test_pages_beyond_the_limit_of_scans_are_told_and_not_recognised() -> None:
    twin = Twin()
    few = replace(DEFAULT_LIMITS, max_scanned_pages=1)
    content = bundled(COVER, scanned_invoice(), scanned_invoice())
    reading = read(content, twin, few)
    assert twin.asked == [2]
    assert [finding.values for finding in reading.findings if finding.code == "page_not_read"] == [{"page": "3"}]


def test_a_busy_recognition_is_for_another_try_and_no_reading_without_the_page() -> None:
    with pytest.raises(RecognitionUnavailable):
        read(bundled(invoice(), scanned_invoice()), Twin(refusal=RecognitionUnavailable("busy")))


def test_the_same_page_is_recognised_once() -> None:
    twin = Twin()
    remembering = Recognition(page=twin, line=lambda _: None).remembering()
    first, again = (Picture(page=page, width=2, height=1, grey=b"\x00\xff") for page in (1, 2))
    assert remembering.page(first) == remembering.page(again)
    remembering.page(Picture(page=3, width=1, height=2, grey=b"\x00\xff"))
    assert twin.asked == [1, 3]


@pytest.mark.parametrize(("ink", "blank"), [(0, True), (19, True), (20, False)])
def test_a_page_is_blank_below_one_point_of_ink_in_five_thousand(ink: int, blank: bool) -> None:
    grey = b"\x20" * ink + b"\xf0" * (100_000 - ink)
    assert is_blank(Picture(page=1, width=1000, height=100, grey=grey)) is blank

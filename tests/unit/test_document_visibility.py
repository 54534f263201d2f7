"""Text that nobody sees is marked, told, and never believed."""

from __future__ import annotations

import pytest

from tests.support.raw_pdf import INVOICE, at, invoice_pdf, one_page, raw_pdf, stream, text_stream
from tools.document.confidence import INVISIBLE_LAYER_CAP
from tools.document.errors import DocumentTooLarge, RecognitionUnavailable, TextNotRecognised, TooManyPixels
from tools.document.limits import Limits
from tools.document.pdf_text import read_pdf
from tools.document.reader import read_document
from tools.document.reading import DocumentKind, Reading
from tools.document.recognised import Picture, Recognise, RecognisedPage, RecognisedWord

OTHER_TOTAL = "Total amount: 919.00 EUR"
PLACE = (60, 560)
WHITE = "1 1 1 rg"


def read(content: bytes) -> Reading:
    return read_document(content, name="a.pdf")


def reasons(reading: Reading) -> str:
    return next((finding.values["reasons"] for finding in reading.findings if finding.code == "hidden_text"), "")


def test_a_page_without_hidden_text_has_no_such_finding() -> None:
    reading = read(invoice_pdf())
    assert reading.value("total") == "119.00"
    assert "hidden_text" not in [finding.code for finding in reading.findings]


@pytest.mark.parametrize(
    ("reason", "drawn"),
    [
        ("invisible", at(*PLACE, OTHER_TOTAL, set_up="3 Tr")),
        ("invisible", at(*PLACE, OTHER_TOTAL, set_up="7 Tr")),
        ("background_colour", at(*PLACE, OTHER_TOTAL, set_up=WHITE)),
        ("background_colour", at(*PLACE, OTHER_TOTAL, set_up="0.96 g")),
        ("background_colour", at(*PLACE, OTHER_TOTAL, set_up=f"1 Tr {WHITE.upper()}")),
        ("outside", at(60, -40, OTHER_TOTAL)),
        ("outside", at(700, 560, OTHER_TOTAL)),
        ("tiny", at(*PLACE, OTHER_TOTAL, size=0.9)),
        ("tiny", at(*PLACE, OTHER_TOTAL, size=90, set_up="0.01 0 0 0.01 59.4 554.4 cm")),
        ("covered", at(*PLACE, OTHER_TOTAL) + "1 1 1 rg 40 540 400 40 re f\n"),
        ("covered", "q 40 700 10 10 re W n " + at(*PLACE, OTHER_TOTAL) + "Q\n"),
    ],
)
def test_hidden_text_is_left_out_and_told_with_the_reason(reason: str, drawn: str) -> None:
    reading = read(invoice_pdf(after=drawn))
    assert reading.value("total") == "119.00"
    assert reasons(reading) == reason
    assert all(fact.value != "919.00" for fact in reading.fields.values())


def test_text_beyond_the_crop_box_is_outside() -> None:
    shown = at(60, 100, OTHER_TOTAL)
    assert reasons(read(invoice_pdf(after=shown))) == ""
    assert reasons(read(invoice_pdf(after=shown, page="/CropBox [0 300 595 842]"))) == "outside"


def test_a_crop_box_that_does_not_begin_at_zero_hides_nothing_inside_it() -> None:
    reading = read(invoice_pdf(media="-100 -200 595 842", page="/CropBox [-50 -100 595 842]"))
    assert reasons(reading) == ""
    assert reading.value("total") == "119.00"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_hides_nothing_by_being_turned(turn: int) -> None:
    assert reasons(read(invoice_pdf(page=f"/Rotate {turn}"))) == ""


def test_white_text_on_a_dark_bar_is_seen() -> None:
    bar = "0.1 0.1 0.4 rg 40 540 400 40 re f\n" + at(*PLACE, "Terms of payment 30 days", set_up=WHITE)
    assert reasons(read(invoice_pdf(after=bar))) == ""


def test_pale_grey_text_that_can_be_read_is_seen() -> None:
    assert reasons(read(invoice_pdf(after=at(*PLACE, "Page 1", set_up="0.85 g")))) == ""


def test_small_print_that_can_be_read_is_seen() -> None:
    assert reasons(read(invoice_pdf(after=at(*PLACE, "Registered at Leeds", size=4)))) == ""


def test_a_white_digit_glued_to_a_visible_amount_does_not_change_it() -> None:
    lines = [line for line in INVOICE if not line.startswith("Total")]
    total = "q BT /F1 11 Tf 60 600 Td (Total amount: ) Tj 1 g (9) Tj 0 g (119.00 EUR) Tj ET Q"
    reading = read(raw_pdf(one_page(text_stream(lines, after=total))))
    assert reading.value("total") == "119.00"
    assert reasons(reading) == "background_colour"


def nothing(picture: Picture) -> RecognisedPage:
    return RecognisedPage(words=(), width=picture.width, height=picture.height)


def out_of_order(_: Picture) -> RecognisedPage:
    raise RecognitionUnavailable("not installed")


def too_hard(_: Picture) -> RecognisedPage:
    raise TextNotRecognised("died over the page")


def other_invoice(picture: Picture) -> RecognisedPage:
    texts = ("Invoice", "number", "RE-2026-117", "of", "2026-04-03")
    words = [
        RecognisedWord(text=text, box=(90 * at, 10, 90 * at + 80, 24), score=0.95) for at, text in enumerate(texts)
    ]
    return RecognisedPage(words=tuple(words), width=picture.width, height=picture.height)


@pytest.mark.parametrize("recognise", [nothing, out_of_order, too_hard])
def test_an_invisible_text_layer_is_read_with_little_confidence_where_the_page_gives_nothing(
    recognise: Recognise,
) -> None:
    reading = read_document(invoice_pdf(before="3 Tr"), name="a.pdf", recognise=recognise)
    assert reading.kind is DocumentKind.DIGITAL_PDF
    assert reading.value("total") == "119.00"
    assert max(fact.confidence for fact in reading.fields.values()) <= INVISIBLE_LAYER_CAP
    assert reasons(reading) == "invisible"


def test_what_is_recognised_on_the_page_goes_before_its_invisible_text_layer() -> None:
    reading = read_document(invoice_pdf(before="3 Tr"), name="a.pdf", recognise=other_invoice)
    assert reading.kind is DocumentKind.SCAN
    assert reading.value("invoice_number") == "RE-2026-117"
    assert reading.value("total") is None
    assert reasons(reading) == "invisible"


@pytest.mark.parametrize("recognise", [out_of_order, too_hard])
def test_a_scan_without_any_text_layer_is_refused_for_what_kept_it_from_being_recognised(recognise: Recognise) -> None:
    with pytest.raises((RecognitionUnavailable, TextNotRecognised)):
        read_document(raw_pdf(one_page(text_stream([]))), name="a.pdf", recognise=recognise)


def test_the_page_of_a_hybrid_is_what_a_person_sees() -> None:
    words = read_pdf(invoice_pdf(after=at(*PLACE, OTHER_TOTAL, set_up="3 Tr")), limits=Limits()).words
    assert {word.text for word in words if word.hidden} == {"Total", "amount:", "919.00", "EUR"}


def test_pixels_of_a_picture_are_allowed_up_to_the_limit() -> None:
    def with_picture(width: int, height: int) -> bytes:
        objects = one_page(text_stream(after="q 9 0 0 9 0 0 cm /P Do Q"), resources="/XObject << /P 6 0 R >>")
        size = f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
        return raw_pdf([*objects, stream(b"\0" * 200, f"{size} /ColorSpace /DeviceGray /BitsPerComponent 1")])

    limits = Limits(max_pixels=900)
    assert read_document(with_picture(30, 30), name="a.pdf", limits=limits).value("total") == "119.00"
    with pytest.raises(TooManyPixels):
        read_document(with_picture(31, 30), name="a.pdf", limits=limits)


def test_objects_of_a_page_are_allowed_up_to_the_limit() -> None:
    assert read_document(invoice_pdf(), name="a.pdf", limits=Limits(max_page_objects=7)).value("total") == "119.00"
    with pytest.raises(DocumentTooLarge):
        read_document(invoice_pdf(), name="a.pdf", limits=Limits(max_page_objects=6))

"""PDFs of the generator: every layout in every language, readable, nothing on top of anything else."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pypdfium2
import pytest
from facturx import get_xml_from_pdf

from tools.testing.invoices.__main__ import main
from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.collection import make_collection
from tools.testing.invoices.defects import INJECTION, hidden_instruction
from tools.testing.invoices.document import DocumentKind
from tools.testing.invoices.entries import grouped_iban
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.hybrid import ATTACHMENT, NotAnInvoice, hybrid_pdf
from tools.testing.invoices.labels import LABELS, UNITS
from tools.testing.invoices.language import LANGUAGES, LOCALES, wording
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.pdf import UnknownLayout, digital_pdf

TODAY = date(2026, 6, 15)
Rectangle = tuple[float, float, float, float]


def text_of(pdf: bytes) -> str:
    pages = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))
    return spaced("\n".join(pages))


def spaced(text: str) -> str:
    """PDFium gives a no-break space as a space."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def pictures_of(pdf: bytes) -> list[bytes]:
    return [page.render().to_pil().tobytes() for page in pypdfium2.PdfDocument(pdf)]


def rectangles(page: pypdfium2.PdfPage) -> list[Rectangle]:
    text = page.get_textpage()
    return [text.get_rect(index) for index in range(text.count_rects())]


def overlap(one: Rectangle, other: Rectangle) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0.5 and high > 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_prints_the_values_in_the_form_of_the_language(layout: str, language: str) -> None:
    seed = 100 + 10 * list(LAYOUTS).index(layout) + LANGUAGES.index(language)
    document = fictional_document(seed, today=TODAY, language=language)
    words = wording(language, seed)

    text = text_of(digital_pdf(document, seed=seed, layout=layout))

    assert document.number in text
    assert spaced(words.amount(document.total)) in text
    assert spaced(words.amount(document.net_total)) in text
    assert words.date(document.issue_date) in text
    assert document.vendor.vat_id in text
    assert grouped_iban(document.vendor.iban) in text
    assert words.label("total") in text


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_text_lies_on_another_or_off_the_page(layout: str, kind: DocumentKind) -> None:
    document = fictional_document(len(layout), today=TODAY, kind=kind, language=LANGUAGES[len(layout) % 6])

    for page in pypdfium2.PdfDocument(digital_pdf(document, seed=5, layout=layout)):
        found = rectangles(page)
        width, height = page.get_size()
        assert not [pair for pair in combinations(found, 2) if overlap(*pair)]
        assert all(box[0] > 5 and box[2] < width - 5 for box in found)
        assert all(box[1] > 5 and box[3] < height - 5 for box in found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_look_different(layout: str) -> None:
    document = fictional_document(4, today=TODAY, language="en")
    others = [digital_pdf(document, seed=4, layout=other) for other in LAYOUTS if other != layout]

    assert digital_pdf(document, seed=4, layout=layout) not in others


def test_the_same_arguments_give_the_same_bytes() -> None:
    document = fictional_document(4, today=TODAY)

    assert digital_pdf(document, seed=4) == digital_pdf(document, seed=4)
    assert hybrid_pdf(document, seed=4) == hybrid_pdf(document, seed=4)


def test_another_seed_chooses_other_words() -> None:
    chosen = {wording("de", seed).label("invoice_number") for seed in range(40)}

    assert chosen == set(LABELS["de"]["invoice_number"])


@pytest.mark.parametrize(
    ("language", "number", "day"),
    [
        ("de", "1.234.567,80", {"09.03.2026", "9. März 2026"}),
        ("en", "1,234,567.80", {"9 March 2026", "09/03/2026", "March 9, 2026", "2026-03-09"}),
        ("fr", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,80", {"09/03/2026", "9 mars 2026"}),
        ("nl", "1.234.567,80", {"09-03-2026", "9 maart 2026"}),
        ("es", "1.234.567,80", {"09/03/2026", "9 de marzo de 2026"}),
        ("it", "1.234.567,80", {"09/03/2026", "9 marzo 2026"}),
    ],
)
def test_numbers_and_dates_have_the_form_of_the_language(language: str, number: str, day: set[str]) -> None:
    assert wording(language, 1).amount(Decimal("1234567.8")) == number
    assert {wording(language, seed).date(date(2026, 3, 9)) for seed in range(60)} == day


def test_every_language_has_every_label_unit_and_month() -> None:
    assert all(LABELS[language].keys() == LABELS["de"].keys() for language in LANGUAGES)
    assert all(UNITS[language].keys() == UNITS["de"].keys() for language in LANGUAGES)
    assert all(len(LOCALES[language].months.split()) == 12 for language in LANGUAGES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_hybrid_carries_the_cii_of_its_pages(layout: str) -> None:
    document = fictional_document(9, today=TODAY, language="fr")

    pdf = hybrid_pdf(document, seed=9, layout=layout)

    name, xml = get_xml_from_pdf(pdf, check_xsd=True)
    assert name == ATTACHMENT
    assert xml == cii_xml(document)
    assert document.number in text_of(pdf)
    assert pypdfium2.PdfDocument(pdf).count_attachments() == 1


def test_an_order_has_no_hybrid_form() -> None:
    order = fictional_document(9, today=TODAY, kind=DocumentKind.PURCHASE_ORDER)

    with pytest.raises(NotAnInvoice, match="purchase order"):
        hybrid_pdf(order, seed=9)


def test_an_unknown_layout_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownLayout, match=r"'papyrus'.*letterhead"):
        digital_pdf(fictional_document(1, today=TODAY), seed=1, layout="papyrus")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_hidden_text_is_in_the_text_layer_but_not_to_be_seen(layout: str) -> None:
    document = fictional_document(6, today=TODAY, language="en")
    plain = digital_pdf(document, seed=6, layout=layout)
    told = digital_pdf(hidden_instruction(document), seed=6, layout=layout)

    assert INJECTION in " ".join(text_of(told).split())
    assert pictures_of(told) == pictures_of(plain)


def test_a_collection_covers_forms_languages_and_layouts() -> None:
    items = list(make_collection(1, today=TODAY, count=60))

    assert {item.form for item in items} == {"xml_ubl", "xml_cii", "hybrid_pdf", "digital_pdf"}
    assert {item.language for item in items} == set(LANGUAGES)
    assert {item.layout for item in items} == {"", *LAYOUTS}
    assert {item.truth["doc_type"] for item in items} == set(DocumentKind)
    assert len({item.file_name for item in items}) == 60


def test_a_larger_collection_begins_with_the_smaller_one() -> None:
    assert list(make_collection(2, today=TODAY, count=8))[:5] == list(make_collection(2, today=TODAY, count=5))


def test_the_command_writes_documents_and_truth(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path / "set"), "--count", "5", "--truth"]) == 0

    index = json.loads((tmp_path / "set" / "truth.json").read_text(encoding="utf-8"))
    assert len(index["documents"]) == 5
    assert all((tmp_path / "set" / record["file"]).stat().st_size == record["bytes"] for record in index["documents"])
    assert all(record["expected"]["lines"] for record in index["documents"])

"""What a document does not state is unknown: no number, date or amount of something else takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from tools.document.anchored_fields import read_fields
from tools.document.layout import Layout, lay_out
from tools.document.limits import DEFAULT_LIMITS
from tools.document.pdf_text import Word, read_pdf
from tools.document.reader import read_document
from tools.document.totals import FAILED_ARITHMETIC_CAP
from tools.testing.invoices.document import DocumentKind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.language import wording
from tools.testing.invoices.pdf import digital_pdf

Text = tuple[float, float, str]
TODAY = date(2026, 6, 15)
SEED = 7
PAGES = (
    ("letterhead", "fr"),
    ("right_meta", "de"),
    ("grid", "pt"),
    ("columns", "it"),
    ("ruled", "nl"),
    ("banner", "en"),
    ("stacked", "es"),
    ("footed", "fr"),
)
"""Every layout of a sheet, and every language once."""
TABLE: tuple[Text, ...] = (
    (60, 300, "Nr."),
    (90, 300, "Description"),
    (300, 300, "Quantity"),
    (370, 300, "Unit price"),
    (470, 300, "Amount"),
    (60, 316, "4711"),
    (90, 316, "Office chair"),
    (300, 316, "4"),
    (370, 316, "250.00"),
    (470, 316, "1000.00"),
)


def layout_of(texts: Sequence[Text]) -> Layout:
    words = []
    for x, y, text in texts:
        for part in text.split():
            words.append(Word(text=part, page=1, x0=x, y0=y, x1=x + 4.8 * len(part), y1=y + 10))
            x += 4.8 * len(part) + 3
    return lay_out(words)


def read(name: str, *texts: Text) -> str | None:
    field = read_fields(layout_of(texts)).fields.get(name)
    return field.value if field else None


@pytest.mark.parametrize(("layout", "language"), PAGES)
@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_a_page_without_a_number_has_none_in_any_layout(layout: str, language: str, kind: DocumentKind) -> None:
    stated = fictional_document(SEED, today=TODAY, kind=kind, language=language)
    reading = read_document(digital_pdf(replace(stated, number=""), seed=SEED, layout=layout), name="a.pdf")
    assert reading.value("invoice_number") is None
    assert reading.value("po_number") == stated.po_number


@pytest.mark.parametrize(("layout", "language"), PAGES)
def test_a_page_without_a_date_of_issue_does_not_take_the_due_date(layout: str, language: str) -> None:
    stated = fictional_document(SEED, today=TODAY, language=language)
    spelled = wording(language, SEED).date(stated.issue_date)
    page = lay_out(read_pdf(digital_pdf(stated, seed=SEED, layout=layout), limits=DEFAULT_LIMITS).words)
    undated = [word for cell in page.cells if not cell.text.endswith(spelled) for word in cell.words]
    fields = read_fields(lay_out(undated)).fields
    assert len(undated) < sum(len(cell.words) for cell in page.cells)
    assert "issue_date" not in fields
    assert stated.due_date is not None
    assert fields["due_date"].value == stated.due_date.isoformat()


@pytest.mark.parametrize(("layout", "language"), PAGES)
def test_the_net_amount_is_never_believed_for_a_total_that_is_missing(layout: str, language: str) -> None:
    stated = fictional_document(SEED, today=TODAY, language=language)
    spelled = "".join(wording(language, SEED).amount(stated.total).split())
    page = lay_out(read_pdf(digital_pdf(stated, seed=SEED, layout=layout), limits=DEFAULT_LIMITS).words)
    without = [word for cell in page.cells if spelled not in "".join(cell.text.split()) for word in cell.words]
    total = read_fields(lay_out(without)).fields.get("total")
    assert len(without) < sum(len(cell.words) for cell in page.cells)
    assert total is None or total.confidence <= FAILED_ARITHMETIC_CAP


@pytest.mark.parametrize(
    "beside",
    [
        ((60, 54, "Customer no."), (200, 54, "90411")),
        ((60, 54, "Customer no.: 90411"),),
        ((60, 54, "Order number"), (200, 54, "90411")),
        ((60, 54, "Order number"), (60, 66, "90411")),
        ((60, 54, "Your purchase order:"), (200, 54, "90411")),
        ((60, 54, "VAT ID:"), (200, 54, "DE136695976")),
        ((60, 54, "DE136695976"),),
        ((60, 54, "N° TVA"), (200, 54, "FR38344627849")),
        ((60, 54, "Relates to invoice"), (200, 54, "90411")),
        ((60, 54, "Facture d'origine"), (200, 54, "90411")),
        ((60, 54, "Fattura di riferimento"), (200, 54, "90411")),
        ((60, 54, "Harbour Street 84"),),
        ((60, 54, "Harbour Street 1184"),),
        ((60, 54, "12 April 2026"),),
        ((60, 54, "Page 1"),),
        ((60, 54, "52"),),
        ((200, 40, "52"),),
        ((200, 40, "Project: 90411"),),
    ],
    ids=lambda texts: " ".join(text for _, _, text in texts),
)
def test_under_or_beside_a_title_what_is_something_else_is_no_number(beside: tuple[Text, ...]) -> None:
    assert read("invoice_number", (60, 40, "Invoice"), *beside) is None


def test_no_title_or_label_reaches_into_the_table_of_lines() -> None:
    assert read("invoice_number", (60, 286, "Invoice"), *TABLE) is None
    assert read("invoice_number", (60, 286, "Invoice number"), *TABLE) is None


def test_an_empty_label_does_not_take_the_value_of_the_next() -> None:
    form = ((60, 40, "Invoice number:"), (60, 54, "Order number:"), (200, 54, "90411"))
    assert read("invoice_number", *form) is None
    assert read("po_number", *form) == "90411"
    assert read("po_number", (60, 40, "Order number:"), (60, 54, "Invoice number:"), (200, 54, "90411")) is None


@pytest.mark.parametrize(
    "texts",
    [
        ((60, 40, "Invoice no."), (200, 40, "7")),
        ((60, 40, "Invoice number"), (60, 54, "7")),
        ((60, 40, "Invoice no. 7"),),
    ],
    ids=["beside", "below", "in one"],
)
def test_a_label_that_names_the_number_gives_even_a_single_digit(texts: tuple[Text, ...]) -> None:
    assert read("invoice_number", *texts) == "7"


@pytest.mark.parametrize(("under", "number"), [("NT-2026-0815", "NT-2026-0815"), ("1234", "1234"), ("123", None)])
def test_a_title_gives_what_stands_alone_under_it_and_is_more_than_three_digits(under: str, number: str | None) -> None:
    assert read("invoice_number", (60, 40, "Invoice"), (60, 54, under)) == number


@pytest.mark.parametrize("label", ["Due date", "Delivery date", "Order date:", "Fällig am"])
def test_the_first_date_is_not_that_of_issue_where_it_is_called_something_else(label: str) -> None:
    assert read("issue_date", (60, 40, "Invoice"), (60, 54, label), (200, 54, "25 April 2026")) is None
    assert read("issue_date", (60, 40, "Invoice"), (60, 54, f"{label} 25 April 2026")) is None


def test_a_date_that_nothing_names_is_read() -> None:
    assert read("issue_date", (60, 40, "Invoice"), (60, 80, "25 April 2026")) == "2026-04-25"

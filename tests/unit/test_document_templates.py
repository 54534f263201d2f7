"""A correction teaches where a vendor prints a field; its next invoice is read there, and nobody else's is."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from tools.document.confidence import TEMPLATE_CONFIDENCE
from tools.document.isolation import read_document_isolated, take_lesson_isolated
from tools.document.limits import DEFAULT_LIMITS
from tools.document.pdf_text import Word, read_pdf
from tools.document.reader import read_document
from tools.document.reading import Reader
from tools.document.template import Template, TemplateRefused, apply, learn, vendor_key
from tools.document.template_reading import OVERRULED, Lesson, take_lesson
from tools.testing.invoices.document import BusinessDocument, DocumentKind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.hybrid import hybrid_pdf
from tools.testing.invoices.language import LANGUAGES
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.truth import expected_fields, visible_fields

TODAY = date(2026, 6, 15)
VENDOR = "SE556677889901"
FIRST = {
    "Säljare:": "Norrsken Trä AB",
    "Momsnr:": VENDOR,
    "Fakturanr:": "NT-10441",
    "Utfärdad:": "2026-05-04",
    "Förfaller:": "2026-06-03",
    "Exkl. moms:": "8 000,00",
    "Moms:": "2 000,00",
    "Slutbelopp:": "10 000,00 SEK",
}
SECOND = FIRST | {
    "Fakturanr:": "NT-10502",
    "Utfärdad:": "2026-06-01",
    "Förfaller:": "2026-07-01",
    "Exkl. moms:": "1 200,00",
    "Moms:": "300,00",
    "Slutbelopp:": "1 500,00 SEK",
}


def page(rows: Mapping[str, str], *, x: float = 72, title: str = "Faktura") -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    canvas.drawString(x, 780, title)
    for row, (label, value) in enumerate(rows.items()):
        canvas.drawString(x, 740 - 20 * row, label)
        canvas.drawString(x + 160, 740 - 20 * row, value)
    canvas.save()
    return target.getvalue()


def words(content: bytes) -> tuple[Word, ...]:
    return read_pdf(content, limits=DEFAULT_LIMITS).words


def taught(field: str, value: str, *, rows: Mapping[str, str] = FIRST, vendor: str = VENDOR) -> Template:
    template = learn(words(page(rows)), vendor=vendor, field=field, value=value)
    assert template is not None
    return template


def found(template: Template, rows: Mapping[str, str]) -> str | None:
    seen = apply(template, words(page(rows)))
    return None if seen is None else seen.value


@pytest.mark.parametrize(
    ("field", "value", "then"),
    [
        ("invoice_number", "NT-10441", "NT-10502"),
        ("issue_date", "2026-05-04", "2026-06-01"),
        ("due_date", "2026-06-03", "2026-07-01"),
        ("net_total", "8000.00", "1200.00"),
        ("total", "10000.00", "1500.00"),
        ("vendor_name", "Norrsken Trä AB", "Norrsken Trä AB"),
    ],
)
def test_after_one_correction_the_next_invoice_is_read_at_that_place(field: str, value: str, then: str) -> None:
    assert found(taught(field, value), SECOND) == then


def test_the_place_of_what_is_found_is_evidence() -> None:
    seen = apply(taught("invoice_number", "NT-10441"), words(page(SECOND)))
    assert seen is not None
    assert (seen.page, seen.box is not None, seen.confidence) == (1, True, 0.0)


@pytest.mark.parametrize("value", ["NT-10442", "NT-1044", "", "10441"])
def test_a_value_that_is_not_on_the_page_teaches_nothing(value: str) -> None:
    assert learn(words(page(FIRST)), vendor=VENDOR, field="invoice_number", value=value) is None


@pytest.mark.parametrize("value", ["10000.01", "ten", "NaN", "1e400"])
def test_an_amount_that_is_not_on_the_page_teaches_nothing(value: str) -> None:
    assert learn(words(page(FIRST)), vendor=VENDOR, field="total", value=value) is None


@pytest.mark.parametrize("vendor", ["DE136695976", "", "AB", "  "])
def test_a_vendor_that_the_page_does_not_name_is_taught_nothing(vendor: str) -> None:
    assert learn(words(page(FIRST)), vendor=vendor, field="invoice_number", value="NT-10441") is None


@pytest.mark.parametrize("field", ["iban", "payee.iban", "supplier_id", "payee", "bank_account", "IBAN"])
def test_no_template_says_whose_account_is_paid(field: str) -> None:
    with pytest.raises(TemplateRefused, match="vendor master"):
        learn(words(page(FIRST)), vendor=VENDOR, field=field, value="NT-10441")


def test_another_vendors_page_in_the_same_layout_is_left_alone() -> None:
    other = SECOND | {"Säljare:": "Söderskog AB", "Momsnr:": "SE111122223301"}
    assert found(taught("invoice_number", "NT-10441"), other) is None


def test_the_same_vendors_other_layout_is_left_alone() -> None:
    other = {"Från:": "Norrsken Trä AB", "Org:": VENDOR, "Nr:": "NT-10502", "Summa:": "1 500,00", "Dag:": "2026-06-01"}
    assert found(taught("invoice_number", "NT-10441"), other) is None


def test_a_number_of_another_form_is_not_taken() -> None:
    template = taught("invoice_number", "NT-10441")
    assert found(template, SECOND | {"Fakturanr:": "se nästa sida"}) is None
    assert found(template, SECOND | {"Fakturanr:": "NT-10502-B"}) is None
    assert found(template, SECOND | {"Fakturanr:": "NT-1050298"}) == "NT-1050298"


def test_day_and_month_are_exchanged_where_the_correction_showed_it() -> None:
    us = FIRST | {"Utfärdad:": "04/05/2026"}
    assert found(taught("issue_date", "2026-05-04", rows=us), SECOND | {"Utfärdad:": "06/07/2026"}) == "2026-07-06"
    assert found(taught("issue_date", "2026-04-05", rows=us), SECOND | {"Utfärdad:": "06/07/2026"}) == "2026-06-07"


def test_a_template_proven_wrong_twice_is_retired() -> None:
    template = taught("invoice_number", "NT-10441")
    once, twice = template.proven_wrong(), template.proven_wrong().proven_wrong()
    assert (once.retired, twice.retired) == (False, True)
    assert (found(once, SECOND), found(twice, SECOND)) == ("NT-10502", None)


def test_keys_and_fingerprints_are_the_same_for_other_values() -> None:
    assert vendor_key("SE 5566-7788 9901") == vendor_key(VENDOR.lower())
    first, second = (taught("vendor_name", "Norrsken Trä AB", rows=rows).fingerprint for rows in (FIRST, SECOND))
    assert first == second
    assert first


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    layout=st.sampled_from(sorted(LAYOUTS)),
    language=st.sampled_from(LANGUAGES),
    field=st.sampled_from(["invoice_number", "issue_date", "due_date", "net_total", "total", "vendor_name"]),
)
def test_what_one_invoice_taught_is_never_wrong_on_the_vendors_next(
    seed: int, layout: str, language: str, field: str
) -> None:
    first = fictional_document(seed, today=TODAY, kind=DocumentKind.INVOICE, language=language)
    later = fictional_document(
        seed + 20_000, today=TODAY - timedelta(days=30), kind=DocumentKind.INVOICE, language=language
    )
    second = replace(later, vendor=first.vendor, number=f"{first.number[:-2]}99")
    template = learn(_words(first, seed, layout), vendor=first.vendor.vat_id, field=field, value=_text(first, field))
    assert template is not None
    seen = apply(template, _words(second, seed, layout))
    assert seen is None or seen.value == _text(second, field)


def _words(document: BusinessDocument, seed: int, layout: str) -> tuple[Word, ...]:
    assert visible_fields(document)["total"]
    return words(digital_pdf(document, seed=seed, layout=layout))


def _text(document: BusinessDocument, field: str) -> str:
    return str(expected_fields(document).get(field, ""))


def test_a_lesson_teaches_each_field_it_can_and_names_those_it_cannot() -> None:
    values = {"invoice_number": "NT-10441", "total": "99.00", "iban": "NT-10441"}
    learned = take_lesson(words(page(FIRST)), Lesson(vendors=("unknown", VENDOR), values=values), [])
    assert [template.field for template in learned.new] == ["invoice_number"]
    assert learned.untaught == ("total", "iban")


def test_what_is_known_is_not_learned_twice() -> None:
    known = taught("invoice_number", "NT-10441")
    lesson = Lesson(vendors=(VENDOR,), values={"invoice_number": "NT-10502"})
    learned = take_lesson(words(page(SECOND)), lesson, [known])
    assert (learned.new, learned.wrong) == ((), ())


def test_a_correction_of_what_a_template_found_proves_it_wrong() -> None:
    known = taught("invoice_number", "NT-10441")
    rows = SECOND | {"OCR:": "NT-10777"}
    learned = take_lesson(words(page(rows)), Lesson(vendors=(VENDOR,), values={"invoice_number": "NT-10777"}), [known])
    assert learned.wrong == (0,)
    assert [template.anchor for template in learned.new] == ["ocr"]


def test_a_reading_with_templates_says_where_each_value_is_from() -> None:
    template = taught("total", "10000.00")
    total = read_document(page(SECOND), name="second.pdf", templates=[template]).fields["total"]
    assert (total.value, total.source.reader, total.integrity) == ("1500.00", Reader.TEMPLATE, "untrusted")
    assert total.confidence == TEMPLATE_CONFIDENCE


def test_two_templates_that_contradict_each_other_say_nothing() -> None:
    one = taught("due_date", "2026-06-03")
    other = one.model_copy(update={"anchor": "utfärdad"})
    bare = read_document(page(SECOND), name="second.pdf")
    assert read_document(page(SECOND), name="second.pdf", templates=[one, other]).fields == bare.fields


def test_where_reader_and_template_differ_a_finding_shows_both() -> None:
    wrong = taught("total", "10000.00").model_copy(update={"anchor": "exkl moms"})
    rows = SECOND | {"Total:": "1 500,00"}
    read = read_document(page(rows), name="second.pdf", templates=[wrong])
    (finding,) = [finding for finding in read.findings if finding.code == OVERRULED]
    assert finding.values == {"template": "1200.00", "page": "1500.00"}
    assert read.fields["total"].confidence == TEMPLATE_CONFIDENCE


def test_a_template_never_overrules_the_xml_of_a_hybrid() -> None:
    invoice = fictional_document(7, today=TODAY, kind=DocumentKind.INVOICE, language="en")
    content = hybrid_pdf(invoice, seed=7, layout="columns")
    template = learn(words(content), vendor=invoice.vendor.vat_id, field="total", value=_text(invoice, "net_total"))
    read = read_document(content, name="hybrid.pdf", templates=[template] if template else [])
    assert template is not None
    assert (read.value("total"), read.fields["total"].source.reader) == (_text(invoice, "total"), Reader.XML)


async def test_the_child_learns_and_reads_with_what_it_learned() -> None:
    lesson = Lesson(vendors=(VENDOR,), values={"invoice_number": "NT-10441"})
    learned = await take_lesson_isolated(page(FIRST), lesson, [], name="first.pdf")
    assert learned == take_lesson(words(page(FIRST)), lesson, [])
    read = await read_document_isolated(page(SECOND), name="second.pdf", templates=learned.new)
    assert read.value("invoice_number") == "NT-10502"


@settings(max_examples=30)
@given(
    text=st.text(min_size=1, max_size=40),
    value=st.text(min_size=1, max_size=20),
    field=st.sampled_from(["total", "po_number"]),
)
def test_no_text_is_too_strange_to_learn_from(text: str, value: str, field: str) -> None:
    word = Word(text=text, page=1, x0=10, y0=10, x1=90, y1=20)
    template = learn([word], vendor=text, field=field, value=value)
    assert template is None or template.field == field


UNSEEN = {
    "sv": ("Fakturanr:", "Utfärdad:", "Förfaller:", "Exkl. moms:", "Varav moms:", "Slutbelopp:"),
    "hu": ("Sorszám:", "Kelt:", "Esedékes:", "Adóalap:", "Áfa:", "Fizetendő:"),
    "da": ("Bilagsnr:", "Udstedt:", "Forfalder:", "Uden moms:", "Heraf moms:", "I alt:"),
    "tr": ("Belge no:", "Düzenleme:", "Vade:", "Matrah:", "KDV:", "Ödenecek:"),
    "fi": ("Laskun tunnus:", "Päiväys:", "Eräpäivä:", "Veroton:", "Vero:", "Loppusumma:"),
    "cs": ("Doklad:", "Vystaveno:", "Splatno:", "Zaklad:", "Dan:", "Celkem k uhrade:"),
}
"""Labels of languages that the reader has no words for, each a vendor with a layout of its own."""
PRINTED = ("invoice_number", "issue_date", "due_date", "net_total", "tax_total", "total")
ONE = ("NT-10441", "2026-05-04", "2026-06-03", "8000.00", "2000.00", "10000.00")
TWO = ("NT-10502", "2026-06-01", "2026-07-01", "1200.00", "300.00", "1500.00")


def unseen(labels: tuple[str, ...], values: tuple[str, ...]) -> bytes:
    rows = dict(zip(labels, values, strict=True))
    return page({"Seller:": "Norrsken Tra AB", "VAT:": VENDOR, **rows}, title="Invoice")


def right(content: bytes, values: tuple[str, ...], templates: tuple[Template, ...] = ()) -> int:
    read = read_document(content, name="invoice.pdf", templates=templates)
    return sum(read.value(name) == value for name, value in zip(PRINTED, values, strict=True))


def test_one_correction_makes_an_unseen_layout_readable() -> None:
    before = after = 0
    for labels in UNSEEN.values():
        lesson = Lesson(vendors=(VENDOR,), values=dict(zip(PRINTED, ONE, strict=True)))
        learned = take_lesson(words(unseen(labels, ONE)), lesson, [])
        before += right(unseen(labels, TWO), TWO)
        after += right(unseen(labels, TWO), TWO, learned.new)
    assert (before, after) == (7, 36)

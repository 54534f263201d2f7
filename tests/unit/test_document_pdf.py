"""Printed invoices: labels, positions, arithmetic, lines, and the comparison with attached XML."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from policies.fact import Integrity
from tools.document.anchored_fields import BAD_IBAN_CAP, BAD_VAT_ID_CAP, margin_confidence
from tools.document.anchors import Candidate
from tools.document.errors import DoctypeRefused, MalformedXml
from tools.document.hybrid import MISMATCH_CAP, NOT_COMPARED_CAP
from tools.document.reader import read_document
from tools.document.reading import DocumentKind, Reading
from tools.document.totals import AMBIGUOUS_AMOUNT_CAP
from tools.testing.invoices.collection import make_collection

TOP = A4[1]
GOOD_IBAN = "DE02120300000000202051"

Text = tuple[float, float, str]
"""Left edge, distance of the base line from the top, and what is printed there."""

ENGLISH: tuple[Text, ...] = (
    (60, 60, "Northwind Traders Ltd"),
    (60, 75, "12 Harbour Road"),
    (60, 90, "Leeds LS1 4AP"),
    (60, 105, "VAT No. GB980780684"),
    (380, 60, "INVOICE"),
    (380, 80, "Invoice number:"),
    (480, 80, "NT-2026-0815"),
    (380, 95, "Invoice date:"),
    (480, 95, "25/04/2026"),
    (380, 110, "Due date:"),
    (480, 110, "09/05/2026"),
    (380, 125, "Your order:"),
    (480, 125, "PO-7731"),
    (60, 160, "Bill to:"),
    (60, 175, "Fabrikam Manufacturing plc"),
    (60, 190, "5 Mill Lane"),
    (60, 205, "York YO1 7HH"),
    (60, 260, "Description"),
    (300, 260, "Quantity"),
    (380, 260, "Unit price"),
    (480, 260, "Amount"),
    (60, 280, "Steel bracket, galvanised"),
    (300, 280, "40"),
    (380, 280, "12.50"),
    (480, 280, "500.00"),
    (60, 295, "Delivery"),
    (300, 295, "1"),
    (380, 295, "25.00"),
    (480, 295, "25.00"),
    (380, 340, "Subtotal"),
    (480, 340, "£525.00"),
    (380, 355, "VAT 20%"),
    (480, 355, "£105.00"),
    (380, 370, "Total"),
    (480, 370, "£630.00"),
    (60, 420, "IBAN: GB33BUKB20201555555555"),
)
GERMAN: tuple[Text, ...] = (
    (60, 120, "Muster Werkzeuge GmbH · Hafenweg 3 · 20457 Hamburg"),
    (60, 140, "Beispiel Maschinenbau AG"),
    (60, 155, "Industriestraße 9"),
    (60, 170, "70565 Stuttgart"),
    (60, 230, "Rechnung Nr. 2026-117"),
    (400, 230, "Rechnungsdatum 03.04.2026"),
    (60, 245, "Ihre Bestellnummer 4500012"),
    (60, 400, "Nettobetrag"),
    (480, 400, "1.000,00 €"),
    (60, 415, "zzgl. 19 % USt."),
    (480, 415, "190,00 €"),
    (60, 430, "Gesamtbetrag"),
    (480, 430, "1.190,00 €"),
    (60, 460, "Zahlbar bis 03.05.2026"),
    (60, 475, f"IBAN {GOOD_IBAN}"),
    (60, 490, "USt-IdNr. DE136695976"),
)


def page(texts: Sequence[Text]) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    canvas.setFont("Helvetica", 10)
    for x, y, text in texts:
        canvas.drawString(x, TOP - y, text)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def read(texts: Sequence[Text]) -> Reading:
    return read_document(page(texts), name="invoice.pdf")


def swapped(texts: Sequence[Text], old: str, new: str) -> tuple[Text, ...]:
    assert any(old in text for _, _, text in texts)
    return tuple((x, y, text.replace(old, new)) for x, y, text in texts)


def with_attachment(content: bytes, xml: str, name: str = "factur-x.xml") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.add_attachment(name, xml.encode())
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


def cii(*, total: str = "1190.00", iban: str = GOOD_IBAN) -> str:
    agreement = (
        "<r:SellerTradeParty><r:Name>Muster Werkzeuge GmbH</r:Name></r:SellerTradeParty>"
        "<r:BuyerTradeParty><r:Name>Beispiel Maschinenbau AG</r:Name></r:BuyerTradeParty>"
    )
    means = f"<r:PayeePartyCreditorFinancialAccount><r:IBANID>{iban}</r:IBANID></r:PayeePartyCreditorFinancialAccount>"
    amounts = (
        "<r:TaxBasisTotalAmount>1000.00</r:TaxBasisTotalAmount>"
        '<r:TaxTotalAmount currencyID="EUR">190.00</r:TaxTotalAmount>'
        f"<r:GrandTotalAmount>{total}</r:GrandTotalAmount><r:DuePayableAmount>{total}</r:DuePayableAmount>"
    )
    return (
        '<c:CrossIndustryInvoice xmlns:c="urn:c" xmlns:r="urn:r"><c:ExchangedDocument><r:ID>2026-117</r:ID>'
        "<r:IssueDateTime><r:DateTimeString>20260403</r:DateTimeString></r:IssueDateTime></c:ExchangedDocument>"
        f"<c:SupplyChainTradeTransaction><r:ApplicableHeaderTradeAgreement>{agreement}</r:ApplicableHeaderTradeAgreement>"
        "<r:ApplicableHeaderTradeSettlement><r:InvoiceCurrencyCode>EUR</r:InvoiceCurrencyCode>"
        f"<r:SpecifiedTradeSettlementPaymentMeans>{means}</r:SpecifiedTradeSettlementPaymentMeans>"
        f"<r:SpecifiedTradeSettlementHeaderMonetarySummation>{amounts}</r:SpecifiedTradeSettlementHeaderMonetarySummation>"
        "</r:ApplicableHeaderTradeSettlement></c:SupplyChainTradeTransaction></c:CrossIndustryInvoice>"
    )


def test_an_english_invoice_yields_every_field() -> None:
    reading = read(ENGLISH)
    assert reading.kind is DocumentKind.DIGITAL_PDF
    assert {name: fact.value for name, fact in reading.fields.items()} == {
        "doc_type": "invoice",
        "invoice_number": "NT-2026-0815",
        "issue_date": "2026-04-25",
        "due_date": "2026-05-09",
        "po_number": "PO-7731",
        "vendor_name": "Northwind Traders Ltd",
        "buyer_name": "Fabrikam Manufacturing plc",
        "vendor_vat_id": "GB980780684",
        "iban": "GB33BUKB20201555555555",
        "currency": "GBP",
        "net_total": "525.00",
        "tax_total": "105.00",
        "total": "630.00",
        "amount_due": "630.00",
    }


def test_a_german_letter_yields_every_field() -> None:
    reading = read(GERMAN)
    assert reading.value("vendor_name") == "Muster Werkzeuge GmbH"
    assert reading.value("buyer_name") == "Beispiel Maschinenbau AG"
    assert reading.value("invoice_number") == "2026-117"
    assert reading.value("po_number") == "4500012"
    assert (reading.value("issue_date"), reading.value("due_date")) == ("2026-04-03", "2026-05-03")
    assert [reading.value(name) for name in ("net_total", "tax_total", "total")] == ["1000.00", "190.00", "1190.00"]
    assert reading.value("iban") == GOOD_IBAN


def test_a_printed_value_comes_with_its_page_and_box() -> None:
    fact = read(ENGLISH).fields["invoice_number"]
    assert (fact.integrity, fact.source.reader, fact.source.page) == (Integrity.UNTRUSTED, "pdf_text", 1)
    assert fact.source.box is not None
    x0, y0, x1, y1 = fact.source.box
    assert 479 < x0 < 482 < x1 < 570
    assert 65 < y0 < 80 < y1 < 90


def test_line_items_are_read_by_their_columns() -> None:
    lines = [(line.description, line.quantity, line.unit_price, line.amount) for line in read(ENGLISH).lines]
    assert lines == [("Steel bracket, galvanised", "40", "12.5", "500.00"), ("Delivery", "1", "25", "25.00")]


def test_lines_that_do_not_sum_up_are_a_finding() -> None:
    assert "lines_do_not_add_up" in codes(read(swapped(ENGLISH, "500.00", "510.00")))


def test_arithmetic_makes_totals_surer_and_failed_arithmetic_caps_them() -> None:
    sound, broken = read(ENGLISH), read(swapped(ENGLISH, "£630.00", "£633.00"))
    assert sound.fields["total"].confidence > 0.85
    assert broken.fields["total"].confidence <= 0.5
    assert "totals_do_not_add_up" in codes(broken)


def test_a_total_without_a_label_is_found_by_arithmetic() -> None:
    reading = read(swapped(GERMAN, "Gesamtbetrag", "Wir bitten um"))
    assert reading.value("total") == "1190.00"


SLASHED = swapped(swapped(ENGLISH, "25/04/2026", "03/04/2026"), "09/05/2026", "04/05/2026")
GERMAN_WORDS = "Rechnung, Datum, Betrag, Menge, Kunde, Seite, Summe, netto, brutto, zahlbar, der, die, und, von"
NO_COUNTRY = tuple(
    (x, y, text.replace("£", "").replace("VAT 20%", "Tax 20%"))
    for x, y, text in SLASHED
    if not text.startswith(("VAT No.", "IBAN"))
)


def test_a_slash_date_that_nothing_settles_is_no_fact_but_a_finding_with_both_days() -> None:
    reading = read(NO_COUNTRY)
    assert "issue_date" not in reading.fields
    found = {finding.field: finding.values for finding in reading.findings if finding.code == "ambiguous_date"}
    assert found["issue_date"] == {"day_first": "2026-04-03", "month_first": "2026-03-04"}


@pytest.mark.parametrize(
    "evidence",
    [
        "IBAN: GB33BUKB20201555555555",
        "VAT No. GB980780684",
        "All prices in GBP",
        GERMAN_WORDS,
    ],
)
def test_the_country_or_the_language_settles_the_day_before_the_month(evidence: str) -> None:
    reading = read((*NO_COUNTRY, (60, 500, evidence)))
    assert reading.value("issue_date") == "2026-04-03"
    assert "ambiguous_date" not in codes(reading)


@pytest.mark.parametrize("evidence", ["Springfield, IL 62701", "plus sales tax", "EIN 12-3456789"])
def test_an_american_document_puts_the_month_first(evidence: str) -> None:
    reading = read((*NO_COUNTRY, (60, 500, evidence)))
    assert reading.value("issue_date") == "2026-03-04"


def test_evidence_that_contradicts_itself_settles_nothing() -> None:
    assert "issue_date" not in read((*SLASHED, (60, 500, "Springfield, IL 62701"))).fields


def test_a_total_that_may_have_thousands_or_decimals_is_hardly_believed() -> None:
    texts = ((60, 60, "Invoice 4711 of the third of April 2026"), (60, 90, "Total due"), (300, 90, "EUR 1.234"))
    reading = read(texts)
    assert "ambiguous_amount" in codes(reading)
    assert reading.fields["total"].confidence <= AMBIGUOUS_AMOUNT_CAP
    settled = read((*texts, (60, 120, "Deposit"), (300, 120, "12,50")))
    assert "ambiguous_amount" not in codes(settled)
    assert settled.value("total") == "1234.00"


def test_signals_say_what_speaks_for_a_field() -> None:
    signals = read(ENGLISH).signals
    assert signals["total"]["arithmetic"] == 1.0
    assert signals["iban"]["check_digit"] == 1.0
    assert signals["invoice_number"]["anchor"] > 0.9
    assert {one["ocr"] for one in signals.values()} == {1.0}
    assert "check_digit" not in signals["invoice_number"]
    wrong = read(swapped(ENGLISH, "GB33BUKB20201555555555", "GB34BUKB20201555555555"))
    assert wrong.signals["iban"]["check_digit"] == 0.0
    assert read(swapped(ENGLISH, "£630.00", "£633.00")).signals["total"]["arithmetic"] == 0.0


def test_another_date_of_the_document_settles_month_before_day() -> None:
    reading = read(swapped(swapped(ENGLISH, "25/04/2026", "03/04/2026"), "09/05/2026", "05/25/2026"))
    assert reading.value("issue_date") == "2026-03-04"
    assert "ambiguous_date" not in codes(reading)


def test_a_wrong_iban_is_kept_but_hardly_believed() -> None:
    reading = read(swapped(GERMAN, GOOD_IBAN, "DE03120300000000202051"))
    assert reading.value("iban") == "DE03120300000000202051"
    assert reading.fields["iban"].confidence <= BAD_IBAN_CAP
    assert "iban_check_failed" in codes(reading)


def test_a_dummy_vat_id_is_kept_with_less_confidence() -> None:
    reading = read(swapped(GERMAN, "DE136695976", "DE123456789"))
    assert reading.value("vendor_vat_id") == "DE123456789"
    assert reading.fields["vendor_vat_id"].confidence <= BAD_VAT_ID_CAP


def test_two_bank_accounts_are_a_finding() -> None:
    assert "several_ibans" in codes(read((*GERMAN, (60, 505, "IBAN DE75512108001245126199"))))


@pytest.mark.parametrize(
    ("title", "doc_type"),
    [
        ("CREDIT NOTE", "credit_note"),
        ("Gutschrift", "credit_note"),
        ("Rechnungskorrektur", "corrected_invoice"),
        ("Purchase Order", "purchase_order"),
    ],
)
def test_the_title_tells_the_kind_of_document(title: str, doc_type: str) -> None:
    texts = ((60, 60, title), (60, 90, "No. 4711"), (60, 120, "Acme Ltd and all the rest of the text"))
    assert read(texts).value("doc_type") == doc_type


def test_a_close_rival_costs_confidence() -> None:
    def candidate(value: str, score: float) -> Candidate:
        return Candidate(value=value, score=score, page=1, box=(0, 0, 1, 1), row=0)

    alone = margin_confidence([candidate("a", 4.0)])
    agreed = margin_confidence([candidate("a", 4.0), candidate("a", 4.0)])
    rivalled = margin_confidence([candidate("a", 4.0), candidate("b", 3.9)])
    assert alone == agreed > rivalled


@pytest.mark.parametrize(("turn", "shift"), [(90, (A4[1], 0)), (270, (0, A4[0])), (180, A4)])
def test_a_page_printed_sideways_is_read_upright(turn: int, shift: tuple[float, float]) -> None:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4 if turn == 180 else (A4[1], A4[0]))
    canvas.translate(*shift)
    canvas.rotate(turn)
    canvas.setFont("Helvetica", 10)
    for x, y, text in ENGLISH:
        canvas.drawString(x, TOP - y, text)
    canvas.showPage()
    canvas.save()
    reading = read_document(target.getvalue(), name="sideways.pdf")
    assert reading.value("invoice_number") == "NT-2026-0815"
    assert reading.value("total") == "630.00"


def test_a_hybrid_pdf_takes_the_xml_and_shows_where_the_page_agrees() -> None:
    reading = read_document(with_attachment(page(GERMAN), cii()), name="hybrid.pdf")
    assert reading.kind is DocumentKind.HYBRID_PDF
    assert reading.findings == ()
    assert reading.fields["total"].source.reader == "xml"
    assert reading.fields["total"].source.page == 1
    assert reading.fields["total"].confidence == 0.99


@pytest.mark.parametrize(
    ("xml", "field", "of_xml", "of_page"),
    [
        (cii(iban="DE75512108001245126199"), "iban", "DE75512108001245126199", GOOD_IBAN),
        (cii(total="1900.00"), "total", "1900.00", "1190.00"),
        (cii(total="190.00"), "total", "190.00", "1190.00"),
    ],
)
def test_xml_that_contradicts_the_page_is_a_finding_and_loses_confidence(
    xml: str, field: str, of_xml: str, of_page: str
) -> None:
    reading = read_document(with_attachment(page(GERMAN), xml), name="hybrid.pdf")
    found = [finding for finding in reading.findings if finding.code == "xml_page_mismatch" and finding.field == field]
    assert [finding.values for finding in found] == [{"xml": of_xml, "page": of_page}]
    assert reading.value(field) == of_xml
    assert reading.fields[field].confidence <= MISMATCH_CAP


def test_a_hybrid_pdf_without_text_says_that_nothing_was_compared() -> None:
    reading = read_document(with_attachment(page(()), cii()), name="hybrid.pdf")
    assert codes(reading) == {"page_not_compared"}
    assert max(fact.confidence for fact in reading.fields.values()) <= NOT_COMPARED_CAP


def test_what_only_the_page_says_is_read_from_the_page() -> None:
    reading = read_document(with_attachment(page(GERMAN), cii()), name="hybrid.pdf")
    assert reading.value("po_number") == "4500012"
    assert reading.fields["po_number"].source.reader == "pdf_text"


def test_a_broken_e_invoice_inside_a_pdf_is_refused_not_skipped() -> None:
    with pytest.raises(MalformedXml):
        read_document(with_attachment(page(GERMAN), "<broken"), name="hybrid.pdf")


def test_a_doctype_inside_a_pdf_is_refused_whatever_the_file_is_called() -> None:
    content = with_attachment(page(GERMAN), "<!DOCTYPE x><x/>", name="notes.xml")
    with pytest.raises(DoctypeRefused):
        read_document(content, name="hybrid.pdf")


def test_another_attachment_is_ignored_with_a_finding() -> None:
    reading = read_document(with_attachment(page(GERMAN), "<notes/>", name="notes.xml"), name="invoice.pdf")
    assert reading.kind is DocumentKind.DIGITAL_PDF
    assert "attachment_ignored" in codes(reading)


def test_generated_pages_in_all_layouts_and_languages_are_read() -> None:
    collection = make_collection(72, today=date(2026, 6, 15), count=60)
    items = [item for item in collection if item.form == "digital_pdf"]
    readings = [(item, read_document(item.content, name=item.file_name)) for item in items]
    outcomes = [
        reading.value(name) == item.truth[name]
        for item, reading in readings
        for name, visible in item.visible.items()
        if visible and name in item.truth and name != "lines"
    ]
    assert sum(outcomes) / len(outcomes) >= 0.9

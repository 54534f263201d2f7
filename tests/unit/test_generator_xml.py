"""XML documents of the generator: valid, adding up, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import facturx
import pytest
from lxml import etree

from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, cents
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.truth import expected_fields
from tools.testing.invoices.ubl import ubl_xml

TODAY = date(2026, 6, 15)
SEEDS = range(12)
UBL_FLAVOURS = {DocumentKind.INVOICE: "ubl-2.1-invoice", DocumentKind.CREDIT_NOTE: "ubl-2.1-creditnote"}
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def decimals(xml: bytes, path: str) -> list[Decimal]:
    return [Decimal(str(text)) for text in etree.fromstring(xml).xpath(path, namespaces=UBL)]


def local(xml: bytes, name: str) -> list[str]:
    return [str(text) for text in etree.fromstring(xml).xpath(f"//*[local-name()='{name}']/text()")]


@pytest.mark.parametrize("kind", UBL_FLAVOURS)
@pytest.mark.parametrize("seed", SEEDS)
def test_ubl_invoices_and_credit_notes_follow_the_official_schema(kind: DocumentKind, seed: int) -> None:
    document = fictional_document(seed, today=TODAY, kind=kind)

    assert facturx.xml_check_xsd(ubl_xml(document), flavor=UBL_FLAVOURS[kind])


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("seed", SEEDS)
def test_cii_and_order_x_follow_the_schema_of_their_profile(kind: DocumentKind, seed: int) -> None:
    document = fictional_document(seed, today=TODAY, kind=kind)

    assert facturx.xml_check_xsd(cii_xml(document))


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("seed", SEEDS)
def test_ubl_amounts_add_up(kind: DocumentKind, seed: int) -> None:
    xml = ubl_xml(fictional_document(seed, today=TODAY, kind=kind))

    lines = decimals(xml, "//cbc:LineExtensionAmount[ancestor::*[cbc:ID][cac:Item]]/text()")
    bases = decimals(xml, "//cac:TaxSubtotal/cbc:TaxableAmount/text()")
    taxes = decimals(xml, "//cac:TaxSubtotal/cbc:TaxAmount/text()")
    rates = decimals(xml, "//cac:TaxSubtotal/cac:TaxCategory/cbc:Percent/text()")
    (net,) = decimals(xml, "//cbc:TaxExclusiveAmount/text()")
    (tax,) = decimals(xml, "/*/cac:TaxTotal/cbc:TaxAmount/text()")
    (total,) = decimals(xml, "//cbc:TaxInclusiveAmount/text()")

    assert sum(lines) == net == sum(bases)
    assert [cents(base * rate / 100) for base, rate in zip(bases, rates, strict=True)] == taxes
    assert sum(taxes) == tax
    assert net + tax == total == decimals(xml, "//cbc:PayableAmount/text()")[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_cii_says_the_same_amounts_as_the_document(seed: int) -> None:
    document = fictional_document(seed, today=TODAY)
    xml = cii_xml(document)

    (grand_total,) = local(xml, "GrandTotalAmount")
    (tax_total,) = local(xml, "TaxTotalAmount")
    assert Decimal(grand_total) == document.net_total + Decimal(tax_total)
    assert sum(Decimal(tax) for tax in local(xml, "CalculatedAmount")) == Decimal(tax_total)
    assert sum(map(Decimal, local(xml, "LineTotalAmount")[:-1])) == document.net_total


@pytest.mark.parametrize("writer", [ubl_xml, cii_xml])
def test_the_same_seed_and_date_give_the_same_bytes(writer) -> None:
    first = writer(fictional_document(7, today=TODAY))

    assert writer(fictional_document(7, today=TODAY)) == first
    assert writer(fictional_document(8, today=TODAY)) != first


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("1", "0.004", "0.00"), ("1", "0.005", "0.01"), ("3", "0.335", "1.01"), ("0.5", "0.03", "0.02")],
)
def test_a_line_rounds_half_a_cent_up(quantity: str, price: str, amount: str) -> None:
    line = Line(description="Screw", quantity=Decimal(quantity), unit_price=Decimal(price), tax_rate=Decimal(19))

    assert line.amount == Decimal(amount)


def test_tax_is_rounded_once_a_rate_not_once_a_line() -> None:
    document = fictional_document(1, today=TODAY)
    line = Line(description="Screw", quantity=Decimal(1), unit_price=Decimal("0.13"), tax_rate=Decimal(19))

    assert replace(document, lines=(line, line)).tax_total == Decimal("0.05")
    assert replace(document, lines=(line,)).tax_total == Decimal("0.02")


def test_markup_characters_in_names_are_escaped() -> None:
    document = fictional_document(3, today=TODAY)
    named = replace(document, vendor=replace(document.vendor, name='Möller & "Söhne" <KG>'))

    assert 'Möller & "Söhne" <KG>' in local(ubl_xml(named), "RegistrationName")
    assert 'Möller & "Söhne" <KG>' in local(cii_xml(named), "Name")


def test_truth_has_the_value_forms_of_the_document_evals() -> None:
    document: BusinessDocument = replace(
        fictional_document(3, today=TODAY, language="de"),
        issue_date=date(2026, 6, 1),
        due_date=date(2026, 7, 1),
        po_number="PO-1",
        currency="EUR",
        lines=(Line(description="Lampe", quantity=Decimal(2), unit_price=Decimal("500.50"), tax_rate=Decimal(19)),),
    )

    truth = expected_fields(document)

    assert truth == {
        "doc_type": "invoice",
        "invoice_number": document.number,
        "issue_date": "2026-06-01",
        "due_date": "2026-07-01",
        "vendor_name": document.vendor.name,
        "buyer_name": document.buyer.name,
        "vendor_vat_id": document.vendor.vat_id,
        "currency": "EUR",
        "po_number": "PO-1",
        "iban": document.vendor.iban,
        "net_total": "1001.00",
        "tax_total": "190.19",
        "total": "1191.19",
        "amount_due": "1191.19",
        "lines": [{"description": "Lampe", "quantity": "2", "unit_price": "500.50", "amount": "1001.00"}],
    }

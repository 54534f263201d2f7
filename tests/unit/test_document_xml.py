# ruff: noqa: E501  (element names of the standards are long)
"""E-invoices and orders in XML, read field by field."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest

from policies.fact import Integrity, SourceKind
from tools.document.errors import AmountNotANumber, DateNotADate, NotAnInvoiceOrOrder
from tools.document.reader import read_document
from tools.document.reading import DocumentKind, Reading, to_json_line
from tools.testing.invoices.collection import make_collection

UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <b:ID>2026-017</b:ID><b:IssueDate>2026-04-03</b:IssueDate><b:DueDate>2026-05-03</b:DueDate>
 <b:InvoiceTypeCode>380</b:InvoiceTypeCode><b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>
 <a:OrderReference><b:ID>PO-9</b:ID></a:OrderReference>
 <a:AccountingSupplierParty><a:Party><a:PartyName><b:Name>Trade name</b:Name></a:PartyName>
  <a:PartyTaxScheme><b:CompanyID>201/113/40209</b:CompanyID><a:TaxScheme><b:ID>FC</b:ID></a:TaxScheme></a:PartyTaxScheme>
  <a:PartyTaxScheme><b:CompanyID>DE136695976</b:CompanyID><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme>
  <a:PartyLegalEntity><b:RegistrationName>Seller GmbH</b:RegistrationName></a:PartyLegalEntity></a:Party>
 </a:AccountingSupplierParty>
 <a:AccountingCustomerParty><a:Party><a:PartyName><b:Name>Buyer AG</b:Name></a:PartyName></a:Party></a:AccountingCustomerParty>
 <a:PaymentMeans><a:PayeeFinancialAccount><b:ID>DE02120300000000202051</b:ID></a:PayeeFinancialAccount></a:PaymentMeans>
 <a:TaxTotal><b:TaxAmount currencyID="DKK">141.55</b:TaxAmount></a:TaxTotal>
 <a:TaxTotal><b:TaxAmount currencyID="EUR">19</b:TaxAmount></a:TaxTotal>
 <a:LegalMonetaryTotal><b:TaxExclusiveAmount currencyID="EUR">100</b:TaxExclusiveAmount>
  <b:TaxInclusiveAmount currencyID="EUR">119.0</b:TaxInclusiveAmount><b:PayableAmount currencyID="EUR">119.00</b:PayableAmount>
 </a:LegalMonetaryTotal>
 <a:InvoiceLine><b:InvoicedQuantity unitCode="C62">4</b:InvoicedQuantity><b:LineExtensionAmount currencyID="EUR">100</b:LineExtensionAmount>
  <a:Item><b:Name>Chair</b:Name></a:Item><a:Price><b:PriceAmount currencyID="EUR">25.00</b:PriceAmount></a:Price></a:InvoiceLine>
</Invoice>"""

ZUGFERD_1 = """<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0" xmlns:r="urn:r" xmlns:u="urn:u">
 <rsm:HeaderExchangedDocument><r:ID>471102</r:ID><r:TypeCode>381</r:TypeCode>
  <r:IssueDateTime><u:DateTimeString format="102">20260403</u:DateTimeString></r:IssueDateTime></rsm:HeaderExchangedDocument>
 <rsm:SpecifiedSupplyChainTradeTransaction>
  <r:ApplicableSupplyChainTradeAgreement>
   <r:SellerTradeParty><r:Name>Seller</r:Name><r:SpecifiedTaxRegistration><r:ID schemeID="FC">201/1</r:ID></r:SpecifiedTaxRegistration>
    <r:SpecifiedTaxRegistration><r:ID schemeID="VA">DE136695976</r:ID></r:SpecifiedTaxRegistration></r:SellerTradeParty>
   <r:BuyerTradeParty><r:Name>Buyer</r:Name></r:BuyerTradeParty>
   <r:BuyerOrderReferencedDocument><r:ID>B1</r:ID></r:BuyerOrderReferencedDocument>
  </r:ApplicableSupplyChainTradeAgreement>
  <r:ApplicableSupplyChainTradeSettlement><r:InvoiceCurrencyCode>EUR</r:InvoiceCurrencyCode>
   <r:SpecifiedTradeSettlementMonetarySummation><r:TaxBasisTotalAmount>10</r:TaxBasisTotalAmount>
    <r:TaxTotalAmount currencyID="EUR">1.9</r:TaxTotalAmount><r:GrandTotalAmount>12</r:GrandTotalAmount>
    <r:DuePayableAmount>12</r:DuePayableAmount></r:SpecifiedTradeSettlementMonetarySummation>
  </r:ApplicableSupplyChainTradeSettlement>
  <r:IncludedSupplyChainTradeLineItem><r:SpecifiedTradeProduct><r:Name>A heading, without an amount</r:Name></r:SpecifiedTradeProduct></r:IncludedSupplyChainTradeLineItem>
  <r:IncludedSupplyChainTradeLineItem>
   <r:SpecifiedSupplyChainTradeAgreement><r:NetPriceProductTradePrice><r:ChargeAmount>5</r:ChargeAmount></r:NetPriceProductTradePrice></r:SpecifiedSupplyChainTradeAgreement>
   <r:SpecifiedSupplyChainTradeDelivery><r:BilledQuantity unitCode="C62">2.0000</r:BilledQuantity></r:SpecifiedSupplyChainTradeDelivery>
   <r:SpecifiedSupplyChainTradeSettlement><r:SpecifiedTradeSettlementMonetarySummation><r:LineTotalAmount>10</r:LineTotalAmount></r:SpecifiedTradeSettlementMonetarySummation></r:SpecifiedSupplyChainTradeSettlement>
   <r:SpecifiedTradeProduct><r:Name>Pen</r:Name></r:SpecifiedTradeProduct>
  </r:IncludedSupplyChainTradeLineItem>
 </rsm:SpecifiedSupplyChainTradeTransaction>
</rsm:CrossIndustryDocument>"""


def read(text: str) -> Reading:
    return read_document(text.encode(), name="invoice.xml")


def values(reading: Reading) -> dict[str, object]:
    return {name: fact.value for name, fact in reading.fields.items()}


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def test_a_ubl_invoice_yields_every_field() -> None:
    reading = read(UBL)
    assert reading.kind is DocumentKind.XML_UBL
    assert values(reading) == {
        "doc_type": "invoice",
        "invoice_number": "2026-017",
        "issue_date": "2026-04-03",
        "due_date": "2026-05-03",
        "currency": "EUR",
        "po_number": "PO-9",
        "iban": "DE02120300000000202051",
        "vendor_name": "Seller GmbH",
        "buyer_name": "Buyer AG",
        "vendor_vat_id": "DE136695976",
        "net_total": "100.00",
        "total": "119.00",
        "amount_due": "119.00",
        "tax_total": "19.00",
    }
    (line,) = reading.lines
    assert (line.description, line.quantity, line.unit_price, line.amount) == ("Chair", "4", "25.00", "100.00")
    assert reading.findings == ()


def test_every_value_is_an_untrusted_fact_of_the_document() -> None:
    reading = read(UBL)
    assert {fact.integrity for fact in reading.fields.values()} == {Integrity.UNTRUSTED}
    assert {fact.source.kind for fact in reading.fields.values()} == {SourceKind.DOCUMENT}
    assert {fact.source.ref for fact in reading.fields.values()} == {hashlib.sha256(UBL.encode()).hexdigest()}
    assert {fact.source.reader for fact in reading.fields.values()} == {"xml"}


def test_a_zugferd_1_credit_note_yields_every_field_and_no_line_without_an_amount() -> None:
    reading = read(ZUGFERD_1)
    assert reading.kind is DocumentKind.XML_CII
    assert reading.value("doc_type") == "credit_note"
    assert reading.value("invoice_number") == "471102"
    assert reading.value("issue_date") == "2026-04-03"
    assert reading.value("vendor_vat_id") == "DE136695976"
    assert reading.value("po_number") == "B1"
    assert [line.description for line in reading.lines] == ["Pen"]


def test_totals_that_do_not_add_up_are_a_finding_with_all_three() -> None:
    reading = read(ZUGFERD_1)
    (finding,) = reading.findings
    assert finding.code == "totals_do_not_add_up"
    assert finding.values == {"net_total": "10.00", "tax_total": "1.90", "total": "12.00"}


def test_a_corrected_invoice_is_told_by_its_type_code() -> None:
    assert read(UBL.replace(">380<", ">384<")).value("doc_type") == "corrected_invoice"


def test_an_absent_field_is_absent_and_never_empty() -> None:
    reading = read(UBL.replace("<b:DueDate>2026-05-03</b:DueDate>", "<b:DueDate> </b:DueDate>"))
    assert "due_date" not in reading.fields


def test_an_amount_finer_than_a_cent_is_rounded_with_a_finding() -> None:
    reading = read(UBL.replace(">119.0<", ">119.004<"))
    assert reading.value("total") == "119.00"
    assert codes(reading) == ["amount_rounded"]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e400", "1,5", "9" * 30])
def test_an_absurd_amount_refuses_the_document(amount: str) -> None:
    with pytest.raises(AmountNotANumber, match="total"):
        read(UBL.replace(">119.0<", f">{amount}<"))


def test_an_absurd_quantity_refuses_the_document() -> None:
    with pytest.raises(AmountNotANumber, match="quantity"):
        read(UBL.replace(">4<", ">1e400<"))


def test_an_impossible_date_refuses_the_document() -> None:
    with pytest.raises(DateNotADate, match="issue_date"):
        read(UBL.replace("2026-04-03", "2026-02-30"))


@pytest.mark.parametrize("text", ["<html/>", "<Invoice/>", '<Invoice xmlns="urn:other"/>', "<CrossIndustryInvoice/>"])
def test_other_xml_is_refused(text: str) -> None:
    with pytest.raises(NotAnInvoiceOrOrder):
        read(text)


def test_utf_16_is_read_like_utf_8() -> None:
    text = UBL.replace("UTF-8", "UTF-16")
    assert values(read_document(text.encode("utf-16"), name="invoice.xml")) == values(read(UBL))


def test_the_json_line_has_the_documented_form() -> None:
    line = json.loads(to_json_line("a.xml", read(UBL)))
    assert set(line) == {"file", "kind", "fields", "lines", "findings", "validated_against", "error"}
    assert line["fields"]["total"] == {
        "value": "119.00",
        "confidence": 0.99,
        "page": None,
        "box": None,
        "source": "xml",
    }
    assert line["lines"] == [{"description": "Chair", "quantity": "4", "unit_price": "25.00", "amount": "100.00"}]
    assert line["error"] is None


def test_the_json_line_of_a_refusal_names_code_and_message() -> None:
    line = json.loads(to_json_line("a.xml", NotAnInvoiceOrOrder("no invoice")))
    assert line["error"] == {"code": "not_an_invoice_or_order", "message": "no invoice"}
    assert (line["kind"], line["fields"], line["lines"]) == (None, {}, [])


def test_generated_documents_in_xml_are_read_without_an_error() -> None:
    collection = make_collection(71, today=date(2026, 6, 15), count=60)
    items = [item for item in collection if item.form.startswith("xml")]
    readings = [(item, read_document(item.content, name=item.file_name)) for item in items]
    wrong = [
        (item.file_name, name)
        for item, reading in readings
        for name, expected in item.truth.items()
        if name != "lines" and reading.value(name) != expected
    ]
    assert wrong == []

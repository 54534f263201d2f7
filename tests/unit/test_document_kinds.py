# ruff: noqa: E501  (element names of the standards are long)
"""What is read besides invoices and orders: confirmations, deliveries, corrections, clinical documents."""

from __future__ import annotations

import pytest

from tools.document.errors import AmountNotANumber, DateNotADate, NotAnInvoiceOrOrder
from tools.document.kinds import STRUCTURED_KINDS
from tools.document.reader import read_document
from tools.document.reading import DocumentKind, Reading

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SELLER = "<SellerSupplierParty><Party><PartyName><Name>Seller GmbH</Name></PartyName></Party></SellerSupplierParty>"
BUYER = "<BuyerCustomerParty><Party><PartyName><Name>Buyer AG</Name></PartyName></Party></BuyerCustomerParty>"
RESPONSE = f"""<OrderResponse xmlns="{UBL}OrderResponse-2"><ID>OC-7</ID><IssueDate>2026-04-03</IssueDate>
<OrderResponseCode>CA</OrderResponseCode><DocumentCurrencyCode>EUR</DocumentCurrencyCode>
<OrderReference><ID>PO-9</ID></OrderReference>{SELLER}{BUYER}
<Delivery><PromisedDeliveryPeriod><EndDate>2026-04-20</EndDate></PromisedDeliveryPeriod></Delivery>
<LegalMonetaryTotal><TaxInclusiveAmount>119</TaxInclusiveAmount></LegalMonetaryTotal>
<OrderLine><LineItem><Quantity>4</Quantity><LineExtensionAmount>100</LineExtensionAmount><Price><PriceAmount>25</PriceAmount></Price><Item><Name>Chair</Name></Item></LineItem></OrderLine></OrderResponse>"""
DESPATCH = f"""<DespatchAdvice xmlns="{UBL}DespatchAdvice-2"><ID>DA-1</ID><IssueDate>2026-04-19</IssueDate>
<OrderReference><ID>PO-9</ID></OrderReference>
<DespatchSupplierParty><Party><PartyName><Name>Carrier of Seller</Name></PartyName></Party></DespatchSupplierParty>
<DeliveryCustomerParty><Party><PartyName><Name>Buyer AG</Name></PartyName></Party></DeliveryCustomerParty>{SELLER}
<Shipment><Delivery><ActualDeliveryDate>2026-04-20</ActualDeliveryDate></Delivery></Shipment>
<DespatchLine><ID>1</ID><DeliveredQuantity>3</DeliveredQuantity><OutstandingQuantity>1</OutstandingQuantity><Item><Name>Chair</Name></Item></DespatchLine></DespatchAdvice>"""
RECEIPT = f"""<ReceiptAdvice xmlns="{UBL}ReceiptAdvice-2"><ID>RA-1</ID><IssueDate>2026-04-21</IssueDate>
<OrderReference><ID>PO-9</ID></OrderReference><DespatchDocumentReference><ID>DA-1</ID></DespatchDocumentReference>
<DeliveryCustomerParty><Party><PartyName><Name>Buyer AG</Name></PartyName></Party></DeliveryCustomerParty>
<DespatchSupplierParty><Party><PartyName><Name>Seller GmbH</Name></PartyName></Party></DespatchSupplierParty>
<ReceiptLine><ID>1</ID><ReceivedQuantity>3</ReceivedQuantity><RejectedQuantity>1</RejectedQuantity><ShortQuantity>0</ShortQuantity><Item><Name>Chair</Name></Item></ReceiptLine></ReceiptAdvice>"""
CREDIT_NOTE = f"""<CreditNote xmlns="{UBL}CreditNote-2"><ID>CN-1</ID><IssueDate>2026-05-03</IssueDate>
<CreditNoteTypeCode>381</CreditNoteTypeCode><BillingReference><InvoiceDocumentReference><ID>2026-017</ID><IssueDate>2026-04-03</IssueDate></InvoiceDocumentReference></BillingReference>
<CreditNoteLine><CreditedQuantity>1</CreditedQuantity><LineExtensionAmount>25</LineExtensionAmount><Item><Name>Chair</Name></Item></CreditNoteLine></CreditNote>"""
CII = """<CrossIndustryInvoice><ExchangedDocument><ID>K-1</ID><TypeCode>384</TypeCode></ExchangedDocument>
<SupplyChainTradeTransaction><ApplicableHeaderTradeSettlement><InvoiceReferencedDocument><IssuerAssignedID>R-1</IssuerAssignedID>
<FormattedIssueDateTime><DateTimeString format="102">20260403</DateTimeString></FormattedIssueDateTime></InvoiceReferencedDocument>
</ApplicableHeaderTradeSettlement></SupplyChainTradeTransaction></CrossIndustryInvoice>"""
ORDER_X = """<SCRDMCCBDACIOMessageStructure><ExchangedDocument><ID>X-1</ID><TypeCode>220</TypeCode></ExchangedDocument>
<SupplyChainTradeTransaction><ApplicableHeaderTradeAgreement><BuyerOrderReferencedDocument><IssuerAssignedID>PO-9</IssuerAssignedID></BuyerOrderReferencedDocument></ApplicableHeaderTradeAgreement></SupplyChainTradeTransaction></SCRDMCCBDACIOMessageStructure>"""
CLINICAL = """<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="18842-5" codeSystem="2.16.840.1.113883.6.1"/>
<title>Discharge summary</title><effectiveTime value="20260403101500+0200"/>
<recordTarget><patientRole><id extension="P-1" root="1.2.3"/><patient><name><given>Ada</given><given>M.</given><family>Fiction</family></name>
<administrativeGenderCode code="F"/><birthTime value="19450501"/></patient></patientRole></recordTarget>
<author><assignedAuthor><assignedPerson><name><family>Writer</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><name>A Hospital</name></representedCustodianOrganization></assignedCustodian></custodian>
<informationRecipient><intendedRecipient><informationRecipient><name><family>Reader</family></name></informationRecipient></intendedRecipient></informationRecipient>
</ClinicalDocument>"""


def read(text: str) -> Reading:
    return read_document(text.encode(), name="a.xml")


def values(reading: Reading) -> dict[str, object]:
    return {name: fact.value for name, fact in reading.fields.items()}


def test_an_order_response_says_what_the_supplier_answers_to_which_order() -> None:
    reading = read(RESPONSE)
    assert reading.kind is DocumentKind.ORDER_XML
    assert values(reading) == {
        "doc_type": "order_confirmation",
        "confirmation_number": "OC-7",
        "issue_date": "2026-04-03",
        "po_number": "PO-9",
        "currency": "EUR",
        "response": "accepted_with_change",
        "delivery_date": "2026-04-20",
        "vendor_name": "Seller GmbH",
        "buyer_name": "Buyer AG",
        "total": "119.00",
    }
    (line,) = reading.lines
    assert (line.description, line.quantity, line.unit_price, line.amount) == ("Chair", "4", "25", "100.00")


@pytest.mark.parametrize(("code", "said"), [("AP", "accepted"), ("RE", "rejected"), ("AB", "received"), ("ZZ", "ZZ")])
def test_the_answer_is_a_word_or_the_code_that_nobody_knows(code: str, said: str) -> None:
    assert read(RESPONSE.replace(">CA<", f">{code}<")).value("response") == said


def test_a_simple_order_response_only_accepts_or_rejects() -> None:
    simple = f'<OrderResponseSimple xmlns="{UBL}OrderResponseSimple-2"><ID>1</ID><AcceptedIndicator>false</AcceptedIndicator></OrderResponseSimple>'
    assert read(simple).value("response") == "rejected"


def test_a_despatch_advice_says_what_is_on_its_way_and_what_is_outstanding() -> None:
    reading = read(DESPATCH)
    assert reading.kind is DocumentKind.DELIVERY_XML
    assert values(reading) == {
        "doc_type": "despatch_advice",
        "delivery_number": "DA-1",
        "issue_date": "2026-04-19",
        "po_number": "PO-9",
        "delivery_date": "2026-04-20",
        "vendor_name": "Seller GmbH",
        "buyer_name": "Buyer AG",
    }
    assert [line.quantity for line in reading.lines] == ["3"]
    assert [finding.code for finding in reading.findings] == ["quantity_outstanding"]


def test_a_receipt_advice_says_what_arrived_and_what_was_rejected() -> None:
    reading = read(RECEIPT)
    assert reading.value("doc_type") == "goods_receipt"
    assert (reading.value("despatch_number"), reading.value("vendor_name")) == ("DA-1", "Seller GmbH")
    (finding,) = reading.findings
    assert (finding.code, finding.values) == ("quantity_rejected", {"line": "1", "rejected": "1"})


def test_an_absurd_quantity_refuses_a_receipt() -> None:
    for name in ("ReceivedQuantity", "RejectedQuantity"):
        broken = RECEIPT.replace(f"<{name}>", f"<{name}>NaN").replace("NaN3", "NaN").replace("NaN1", "NaN")
        with pytest.raises(AmountNotANumber):
            read(broken)


def test_a_credit_note_names_the_invoice_before_it() -> None:
    reading = read(CREDIT_NOTE)
    assert reading.value("doc_type") == "credit_note"
    assert (reading.value("preceding_number"), reading.value("preceding_date")) == ("2026-017", "2026-04-03")


def test_a_credit_note_for_several_invoices_names_the_first_and_tells_of_the_others() -> None:
    start, end = CREDIT_NOTE.index("<BillingReference>"), CREDIT_NOTE.index("<CreditNoteLine>")
    reading = read(CREDIT_NOTE[:end] + CREDIT_NOTE[start:end].replace("2026-017", "2026-018") + CREDIT_NOTE[end:])
    assert reading.value("preceding_number") == "2026-017"
    assert [(finding.code, finding.field) for finding in reading.findings] == [("several_values", "preceding_number")]


def test_a_corrected_cross_industry_invoice_names_the_invoice_before_it() -> None:
    reading = read(CII)
    assert reading.value("doc_type") == "corrected_invoice"
    assert (reading.value("preceding_number"), reading.value("preceding_date")) == ("R-1", "2026-04-03")


@pytest.mark.parametrize(
    ("code", "doc_type", "number"),
    [
        ("220", "purchase_order", "order_number"),
        ("230", "order_change", "order_number"),
        ("231", "order_confirmation", "confirmation_number"),
    ],
)
def test_an_order_x_document_is_an_order_its_change_or_its_confirmation(code: str, doc_type: str, number: str) -> None:
    reading = read(ORDER_X.replace(">220<", f">{code}<"))
    assert reading.kind is DocumentKind.ORDER_XML
    assert (reading.value("doc_type"), reading.value(number)) == (doc_type, "X-1")
    assert reading.value("po_number") == (None if code == "220" else "PO-9")


def test_the_header_of_a_clinical_document_is_read_and_nothing_else() -> None:
    reading = read(CLINICAL)
    assert reading.kind is DocumentKind.CLINICAL_XML
    assert values(reading) == {
        "doc_type": "clinical_document",
        "title": "Discharge summary",
        "loinc_code": "18842-5",
        "document_date": "2026-04-03",
        "patient_id": "P-1",
        "patient_given": "Ada",
        "patient_family": "Fiction",
        "birth_date": "1945-05-01",
        "gender_code": "F",
        "author_family": "Writer",
        "custodian": "A Hospital",
        "recipient_family": "Reader",
    }


def test_a_code_of_another_system_is_no_loinc_code() -> None:
    assert "loinc_code" not in read(CLINICAL.replace("2.16.840.1.113883.6.1", "1.2.3")).fields


def test_a_birth_known_to_the_year_alone_leaves_no_date() -> None:
    assert "birth_date" not in read(CLINICAL.replace("19450501", "1945")).fields


@pytest.mark.parametrize("value", ["19450231", "yesterday", "1945-05-01"])
def test_an_impossible_birth_refuses_the_document(value: str) -> None:
    with pytest.raises(DateNotADate, match="birth_date"):
        read(CLINICAL.replace("19450501", value))


def test_a_second_patient_is_told() -> None:
    target = CLINICAL[CLINICAL.index("<recordTarget>") : CLINICAL.index("<author>")]
    reading = read(CLINICAL.replace("<author>", target.replace("Fiction", "Other") + "<author>", 1))
    assert reading.value("patient_family") == "Fiction"
    assert [(finding.code, finding.field) for finding in reading.findings] == [("several_values", "patient_family")]


def test_every_kind_of_the_table_is_named_where_none_fits() -> None:
    with pytest.raises(NotAnInvoiceOrOrder) as caught:
        read("<other/>")
    assert all(kind.name in caught.value.message for kind in STRUCTURED_KINDS)

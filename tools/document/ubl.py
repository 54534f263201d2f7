"""UBL 2.x invoices, credit notes and orders."""

from __future__ import annotations

from dataclasses import dataclass

from tools.document.reading import DocumentKind, Line
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first_text, local_name, namespace

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
_CORRECTED_INVOICE = "384"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Where one kind of UBL document keeps what all of them have."""

    doc_type: str
    number_field: str
    seller: str
    buyer: str
    totals: str
    line: str
    quantity: str


def _invoice(doc_type: str, line: str, quantity: str) -> _Shape:
    return _Shape(
        doc_type=doc_type,
        number_field="invoice_number",
        seller="AccountingSupplierParty/Party",
        buyer="AccountingCustomerParty/Party",
        totals="LegalMonetaryTotal",
        line=line,
        quantity=quantity,
    )


_SHAPES = {
    "Invoice": _invoice("invoice", "InvoiceLine", "InvoicedQuantity"),
    "CreditNote": _invoice("credit_note", "CreditNoteLine", "CreditedQuantity"),
    "Order": _Shape(
        doc_type="purchase_order",
        number_field="order_number",
        seller="SellerSupplierParty/Party",
        buyer="BuyerCustomerParty/Party",
        totals="AnticipatedMonetaryTotal",
        line="OrderLine/LineItem",
        quantity="Quantity",
    ),
}


def is_ubl(root: Element) -> bool:
    """Whether `root` is a UBL document this module reads."""
    return namespace(root).startswith(_NAMESPACE) and local_name(root) in _SHAPES


def read_ubl(root: Element) -> XmlReading:
    """The fields of a UBL document. Raises `AmountNotANumber` or `DateNotADate`."""
    shape = _SHAPES[local_name(root)]
    fields = XmlFields()
    _header(fields, root, shape)
    _parties(fields, root, shape)
    _totals(fields, root, shape)
    lines = tuple(_line(fields, element, shape) for element in children(root, shape.line))
    fields.check_arithmetic()
    kind = DocumentKind.ORDER_XML if shape.number_field == "order_number" else DocumentKind.XML_UBL
    return XmlReading(kind=kind, values=fields.values, lines=lines, findings=tuple(fields.findings))


def _header(fields: XmlFields, root: Element, shape: _Shape) -> None:
    corrected = first_text(root, "InvoiceTypeCode") == _CORRECTED_INVOICE
    fields.put("doc_type", "corrected_invoice" if corrected else shape.doc_type)
    fields.put(shape.number_field, first_text(root, "ID"))
    fields.put_date("issue_date", first_text(root, "IssueDate"))
    fields.put_date("due_date", first_text(root, "DueDate", "PaymentMeans/PaymentDueDate"))
    fields.put("currency", first_text(root, "DocumentCurrencyCode"))
    if shape.number_field == "invoice_number":
        fields.put("po_number", first_text(root, "OrderReference/ID"))
    fields.put("iban", first_text(root, "PaymentMeans/PayeeFinancialAccount/ID"))


def _parties(fields: XmlFields, root: Element, shape: _Shape) -> None:
    for name, party in (("vendor_name", shape.seller), ("buyer_name", shape.buyer)):
        fields.put(name, first_text(root, f"{party}/PartyLegalEntity/RegistrationName", f"{party}/PartyName/Name"))
    for scheme in children(root, f"{shape.seller}/PartyTaxScheme"):
        if first_text(scheme, "TaxScheme/ID") in ("VAT", None):
            fields.put("vendor_vat_id", first_text(scheme, "CompanyID"))


def _totals(fields: XmlFields, root: Element, shape: _Shape) -> None:
    fields.put_amount("net_total", first_text(root, f"{shape.totals}/TaxExclusiveAmount"))
    fields.put_amount("total", first_text(root, f"{shape.totals}/TaxInclusiveAmount"))
    fields.put_amount("amount_due", first_text(root, f"{shape.totals}/PayableAmount"))
    fields.put_tax_total(list(children(root, "TaxTotal/TaxAmount")))


def _line(fields: XmlFields, element: Element, shape: _Shape) -> Line:
    return fields.line(
        description=first_text(element, "Item/Name", "Item/Description"),
        quantity=first_text(element, shape.quantity),
        unit_price=first_text(element, "Price/PriceAmount"),
        amount=first_text(element, "LineExtensionAmount"),
    )

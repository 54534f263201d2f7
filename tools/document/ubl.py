"""UBL 2.x invoices, credit notes and orders."""

from __future__ import annotations

from dataclasses import dataclass

from tools.document.reading import DocumentKind, Line
from tools.document.type_codes import billing_type
from tools.document.ubl_parties import is_ubl_root, put_parties
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first_text, local_name

_BILLED = "BillingReference/InvoiceDocumentReference"


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
    return is_ubl_root(root, tuple(_SHAPES))


def read_ubl(root: Element) -> XmlReading:
    """The fields of a UBL document. Raises `AmountNotANumber` or `DateNotADate`."""
    shape = _SHAPES[local_name(root)]
    fields = XmlFields()
    _header(fields, root, shape)
    put_parties(fields, root, seller=shape.seller, buyer=shape.buyer)
    _totals(fields, root, shape)
    lines = tuple(_line(fields, element, shape) for element in children(root, shape.line))
    fields.check_arithmetic()
    kind = DocumentKind.ORDER_XML if shape.number_field == "order_number" else DocumentKind.XML_UBL
    return XmlReading(kind=kind, values=fields.values, lines=lines, findings=tuple(fields.findings))


def _header(fields: XmlFields, root: Element, shape: _Shape) -> None:
    order = shape.number_field == "order_number"
    code = first_text(root, "InvoiceTypeCode")
    fields.put("doc_type", shape.doc_type if order or code is None else billing_type(code))
    fields.put(shape.number_field, first_text(root, "ID"))
    fields.put_date("issue_date", first_text(root, "IssueDate"))
    fields.put_date("due_date", first_text(root, "DueDate", "PaymentMeans/PaymentDueDate"))
    fields.put("currency", first_text(root, "DocumentCurrencyCode"))
    if not order:
        fields.put("po_number", first_text(root, "OrderReference/ID"))
        fields.put("preceding_number", first_text(root, f"{_BILLED}/ID"))
        fields.put_date("preceding_date", first_text(root, f"{_BILLED}/IssueDate"))
        fields.note_several("preceding_number", len(list(children(root, f"{_BILLED}/ID"))))
    fields.put("iban", first_text(root, "PaymentMeans/PayeeFinancialAccount/ID"))


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

"""UBL despatch advices (the supplier: this is on its way) and receipt advices (the buyer: this has arrived)."""

from __future__ import annotations

from typing import Final

from tools.document.reading import DocumentFinding, DocumentKind, Line
from tools.document.ubl_parties import is_ubl_root, put_parties
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first, first_text, local_name

_DESPATCH: Final = "DespatchAdvice"
_RECEIPT: Final = "ReceiptAdvice"
_SELLERS: Final = ("SellerSupplierParty/Party", "DespatchSupplierParty/Party")
_DATES: Final = (
    "ActualDeliveryDate",
    "EstimatedDeliveryPeriod/EndDate",
    "LatestDeliveryDate",
    "RequestedDeliveryPeriod/EndDate",
)
_SHORTFALLS: Final = {
    "rejected": "RejectedQuantity",
    "short": "ShortQuantity",
    "outstanding": "OutstandingQuantity",
}


def is_ubl_delivery(root: Element) -> bool:
    """Whether `root` is a UBL despatch or receipt advice."""
    return is_ubl_root(root, (_DESPATCH, _RECEIPT))


def read_ubl_delivery(root: Element) -> XmlReading:
    """The fields of a despatch or receipt advice. Raises `AmountNotANumber` or `DateNotADate`.

    A line's quantity is what was sent or received; what was rejected of it, or is short, leaves a finding.
    """
    receipt = local_name(root) == _RECEIPT
    fields = XmlFields()
    fields.put("doc_type", "goods_receipt" if receipt else "despatch_advice")
    fields.put("delivery_number", first_text(root, "ID"))
    fields.put_date("issue_date", first_text(root, "IssueDate"))
    fields.put("po_number", first_text(root, "OrderReference/ID"))
    fields.put("despatch_number", first_text(root, "DespatchDocumentReference/ID"))
    fields.put_date("delivery_date", first_text(root, *(f"Shipment/Delivery/{path}" for path in _DATES)))
    seller = next((path for path in _SELLERS if first(root, path) is not None), _SELLERS[-1])
    put_parties(fields, root, seller=seller, buyer="DeliveryCustomerParty/Party")
    elements = children(root, "ReceiptLine" if receipt else "DespatchLine")
    lines = tuple(_line(fields, element, receipt=receipt) for element in elements)
    return XmlReading(
        kind=DocumentKind.DELIVERY_XML, values=fields.values, lines=lines, findings=tuple(fields.findings)
    )


def _line(fields: XmlFields, element: Element, *, receipt: bool) -> Line:
    line = fields.line(
        description=first_text(element, "Item/Name", "Item/Description"),
        quantity=first_text(element, "ReceivedQuantity" if receipt else "DeliveredQuantity"),
        unit_price=None,
        amount=None,
    )
    for name, path in _SHORTFALLS.items():
        text = first_text(element, path)
        if text and fields.number(f"line {name} quantity", text) != 0:
            message = f"{line.description or 'a line'}: {text} {name}"
            values = {"line": first_text(element, "ID") or "", name: text}
            fields.findings.append(DocumentFinding(code=f"quantity_{name}", message=message, values=values))
    return line

"""UBL order responses: the supplier's answer to an order."""

from __future__ import annotations

from typing import Final

from tools.document.reading import DocumentKind, Line
from tools.document.ubl_parties import is_ubl_root, put_parties
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first_text

_ROOTS: Final = ("OrderResponse", "OrderResponseSimple")
# UNTDID 4343 as order responses use it; a code not listed is kept as it is and decides nothing.
_RESPONSES: Final = {
    "AA": "accepted",
    "AP": "accepted",
    "29": "accepted",
    "AB": "received",
    "AC": "accepted_with_change",
    "CA": "accepted_with_change",
    "30": "accepted_with_change",
    "RE": "rejected",
    "27": "rejected",
}
_INDICATED: Final = {"true": "accepted", "1": "accepted", "false": "rejected", "0": "rejected"}
_TOTALS: Final = ("AnticipatedMonetaryTotal", "LegalMonetaryTotal")


def is_ubl_response(root: Element) -> bool:
    """Whether `root` is a UBL order response."""
    return is_ubl_root(root, _ROOTS)


def read_ubl_response(root: Element) -> XmlReading:
    """The fields of an order response. Raises `AmountNotANumber` or `DateNotADate`.

    `response` is `accepted`, `accepted_with_change`, `rejected`, `received`, or the code where it is another.
    """
    fields = XmlFields()
    fields.put("doc_type", "order_confirmation")
    fields.put("confirmation_number", first_text(root, "ID"))
    fields.put_date("issue_date", first_text(root, "IssueDate"))
    fields.put("po_number", first_text(root, "OrderReference/ID"))
    fields.put("currency", first_text(root, "DocumentCurrencyCode", "PricingCurrencyCode"))
    fields.put("response", _response(root))
    promised = ("PromisedDeliveryPeriod/EndDate", "PromisedDeliveryPeriod/StartDate", "LatestDeliveryDate")
    fields.put_date("delivery_date", first_text(root, *(f"Delivery/{path}" for path in promised)))
    put_parties(fields, root, seller="SellerSupplierParty/Party", buyer="BuyerCustomerParty/Party")
    for name, element in (
        ("net_total", "TaxExclusiveAmount"),
        ("total", "TaxInclusiveAmount"),
        ("amount_due", "PayableAmount"),
    ):
        fields.put_amount(name, first_text(root, *(f"{total}/{element}" for total in _TOTALS)))
    fields.put_tax_total(list(children(root, "TaxTotal/TaxAmount")))
    lines = tuple(_line(fields, element) for element in children(root, "OrderLine/LineItem"))
    fields.check_arithmetic()
    return XmlReading(kind=DocumentKind.ORDER_XML, values=fields.values, lines=lines, findings=tuple(fields.findings))


def _response(root: Element) -> str | None:
    code = first_text(root, "OrderResponseCode")
    if code is not None:
        return _RESPONSES.get(code, code)
    indicated = first_text(root, "AcceptedIndicator")
    return None if indicated is None else _INDICATED.get(indicated, indicated)


def _line(fields: XmlFields, element: Element) -> Line:
    return fields.line(
        description=first_text(element, "Item/Name", "Item/Description"),
        quantity=first_text(element, "Quantity"),
        unit_price=first_text(element, "Price/PriceAmount"),
        amount=first_text(element, "LineExtensionAmount"),
    )

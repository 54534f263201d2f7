"""What a perfect reader finds in a document, in the value forms the document evals compare."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, cents


class ExpectedLine(TypedDict):
    """A line as the evals compare it: every value a text."""

    description: str
    quantity: str
    unit_price: str
    amount: str


Expected = dict[str, str | list[ExpectedLine]]


def money(value: Decimal) -> str:
    """`value` with a dot and two places."""
    return f"{cents(value):f}"


def expected_line(line: Line) -> ExpectedLine:
    """The expected fields of `line`."""
    return {
        "description": line.description,
        "quantity": f"{line.quantity:f}",
        "unit_price": f"{line.unit_price:f}",
        "amount": money(line.amount),
    }


def expected_fields(document: BusinessDocument) -> Expected:
    """The fields that `document` states; a field it does not state is not there.

    A purchase order has an `order_number` and neither bank nor due date.
    """
    order = document.kind is DocumentKind.PURCHASE_ORDER
    due = document.due_date
    texts = {
        "doc_type": document.kind.value,
        "order_number" if order else "invoice_number": document.number,
        "issue_date": document.issue_date.isoformat(),
        "due_date": due.isoformat() if due and not order else "",
        "vendor_name": document.vendor.name,
        "buyer_name": document.buyer.name,
        "vendor_vat_id": document.vendor.vat_id,
        "currency": document.currency,
        "po_number": "" if order else document.po_number,
        "iban": "" if order else document.vendor.iban,
        "net_total": money(document.net_total),
        "tax_total": money(document.tax_total),
        "total": money(document.total),
        "amount_due": money(document.amount_due),
    }
    fields: Expected = {name: text for name, text in texts.items() if text}
    fields["lines"] = [expected_line(line) for line in document.lines]
    return fields


def visible_fields(document: BusinessDocument) -> dict[str, bool]:
    """Whether the value of each expected field, but the lines, is printed on the pages.

    Only the sum of several taxes is not: each is printed for itself.
    """
    names = [name for name in expected_fields(document) if name not in ("lines", "doc_type")]
    return {name: name != "tax_total" or len(document.taxes) == 1 for name in names}

"""What Tryton's records of products, requests, receipts and payments say in the words of the ERP port. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tools.erp.payments import Payment, PaymentState
from tools.erp.purchasing import Product, PurchaseRequest, RequestLine, RequestState
from tools.erp.receiving import Receipt, ReceiptState, ReceivedLine
from tools.erp.tryton_records import beside_key, exact, key_in, nested, rows

REQUEST_STATES = {
    "draft": RequestState.DRAFT,
    "waiting": RequestState.WAITING,
    "approved": RequestState.APPROVED,
    "processing": RequestState.APPROVED,
    "done": RequestState.ORDERED,
    "rejected": RequestState.REJECTED,
    "cancelled": RequestState.CANCELLED,
}
PRODUCT_FIELDS = ["code", "name", "type", "default_uom.name", "account_category.supplier_taxes.rate"]
REQUISITION_FIELDS = [
    "number", "state", "description", "supply_date", "employee.rec_name", "lines.product.code", "lines.quantity",
    "lines.purchase_requests.purchase",
]  # fmt: skip
SHIPMENT_FIELDS = [
    "number", "state", "reference", "supplier", "effective_date", "incoming_moves.origin", "incoming_moves.quantity",
    "incoming_moves.state",
]  # fmt: skip
PAYMENT_FIELDS = [
    "number", "state", "reference", "party", "amount", "currency.code", "date", "line.move_origin",
]  # fmt: skip


def product(record: dict[str, Any]) -> Product:
    """Something that can be purchased."""
    rates = [tax["rate"] for tax in rows(nested(record, "account_category"), "supplier_taxes")]
    return Product(
        code=record["code"],
        name=record["name"],
        category="goods" if record["type"] in ("goods", "assets") else "service",
        unit=nested(record, "default_uom")["name"],
        tax_rate=(rates[0] if len(rates) == 1 else None) if rates else Decimal(0),
    )


def requisition(record: dict[str, Any]) -> PurchaseRequest:
    """A purchase request with the orders that were made of it."""
    lines = rows(record, "lines")
    orders = {request["purchase"] for line in lines for request in rows(line, "purchase_requests")} - {None}
    return PurchaseRequest(
        request_id=str(record["id"]),
        number=record["number"] or "",
        requested_by=nested(record, "employee").get("rec_name", ""),
        needed_on=record["supply_date"],
        state=RequestState.ORDERED if orders else REQUEST_STATES[record["state"]],
        raw_state=record["state"],
        lines=tuple(
            RequestLine(product_code=nested(line, "product").get("code") or "?", quantity=exact(line["quantity"]))
            for line in lines
        ),
        order_ids=tuple(str(order) for order in sorted(orders)),
        key=key_in(record["description"]),
    )


def receipt(record: dict[str, Any]) -> Receipt:
    """A delivery with what arrived of each order line."""
    return Receipt(
        receipt_id=str(record["id"]),
        number=record["number"] or "",
        supplier_id=str(record["supplier"]),
        delivery_note=beside_key(record["reference"]),
        received_on=record["effective_date"],
        state=ReceiptState(record["state"]),
        lines=tuple(
            ReceivedLine(order_line_id=move["origin"].partition(",")[2], quantity=exact(move["quantity"]))
            for move in rows(record, "incoming_moves")
            if (move["origin"] or "").startswith("purchase.line,") and move["state"] != "cancelled"
        ),
        key=key_in(record["reference"]),
    )


def payment(record: dict[str, Any]) -> Payment:
    """A payment with the invoice that it pays."""
    model, _, number = (nested(record, "line").get("move_origin") or "").partition(",")
    return Payment(
        payment_id=str(record["id"]),
        number=record["number"] or "",
        invoice_id=number if model == "account.invoice" else "",
        supplier_id=str(record["party"]),
        amount=record["amount"],
        currency=nested(record, "currency")["code"],
        pay_on=record["date"],
        state=PaymentState(record["state"]),
        reference=beside_key(record["reference"]),
        key=key_in(record["reference"]),
    )

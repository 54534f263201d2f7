"""The orders of the ERP twin: purchase requests, purchase orders, receipts. No clock, no waiting."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from tools.erp.purchasing import (
    NewOrder,
    NewOrderLine,
    NewRequest,
    OrderLine,
    OrderState,
    PurchaseOrder,
    PurchaseRequest,
    RequestState,
)
from tools.erp.receiving import NewReceipt, Receipt, ReceiptState
from tools.erp.values import Acknowledged
from tools.errors import TargetWarning
from tools.testing.erp_master import TWIN, Master, illegal, refused
from tools.testing.erp_seed import ErpSeed

CONFIRMED = frozenset({OrderState.OPEN, OrderState.CLOSED})


def warn(record: str, kind: str, message: str, acknowledged: Acknowledged) -> None:
    """Ask as Tryton asks, by a name that holds for this record alone. Raises `TargetWarning` unless acknowledged."""
    name = f"{hashlib.md5(record.encode(), usedforsecurity=False).hexdigest()}.{kind}"
    if name not in acknowledged:
        raise TargetWarning(f"{kind}: {message}", warning=name, tool=TWIN, code=kind)


class Orders:
    """Purchase requests, orders and receipts, as they are now."""

    def __init__(self, seed: ErpSeed, master: Master, *, today: date) -> None:
        """The orders of the seed; a receipt after `today` makes the ERP ask."""
        self._master = master
        self._today = today
        self.orders: dict[str, PurchaseOrder] = {}
        self.line_rates = dict(seed.line_rates)
        self.created_with: dict[str, str] = {}
        self.confirmed_with: dict[str, str] = {}
        self.requests: dict[str, PurchaseRequest] = {}
        self.receipts: dict[str, Receipt] = {}
        for order in seed.orders:
            number = str(len(self.orders) + 1)
            self.orders[number] = order.model_copy(update={"order_id": number})

    def numbered(self, number: str) -> PurchaseOrder | None:
        """The order of that number."""
        return next((order for order in self.orders.values() if number and order.number == number), None)

    def by_key(self, key: str) -> PurchaseOrder | None:
        """The order entered or confirmed with `key`."""
        return self.orders.get(self.created_with.get(key) or self.confirmed_with.get(key, "")) if key else None

    def existing(self, order_id: str) -> PurchaseOrder:
        """The order of that id. Raises `Permanent` `not_found`."""
        if order_id not in self.orders:
            raise refused(f"the ERP has no order {order_id!r}", "not_found")
        return self.orders[order_id]

    def of_line(self, line_id: str) -> PurchaseOrder | None:
        """The order a line belongs to."""
        orders = self.orders.values()
        return next((order for order in orders if any(line.line_id == line_id for line in order.lines)), None)

    def create(self, new: NewOrder, *, key: str, requested_by: str = "") -> PurchaseOrder:
        """A draft. Raises `Permanent`."""
        self._master.trading(new.supplier_id)
        self._master.check_currency(new.currency)
        number = str(len(self.orders) + 1)
        lines = tuple(self._line(f"{number}/{position}", line) for position, line in enumerate(new.lines, 1))
        made = PurchaseOrder(
            number="",
            supplier_id=new.supplier_id,
            currency=new.currency,
            state=OrderState.DRAFT,
            raw_state="draft",
            ordered_on=new.ordered_on,
            net_total=sum(
                ((line.quantity * line.unit_price).quantize(Decimal("0.01")) for line in lines), Decimal("0.00")
            ),
            requested_by=requested_by,
            lines=lines,
            order_id=number,
        )
        for line, wanted in zip(lines, new.lines, strict=True):
            self.line_rates[line.line_id] = wanted.tax_rate
        self.created_with[key] = number
        return self._keep(made)

    def quote(self, order_id: str) -> PurchaseOrder:
        """The draft with its number. Raises `Permanent` `illegal_transition`."""
        order = self.existing(order_id)
        if order.raw_state not in ("draft", "quotation"):
            raise illegal(f"order {order_id}", order.raw_state, "quotation")
        number = order.number or f"PO-2026-{len(self.orders):04d}"
        return self._keep(order.model_copy(update={"raw_state": "quotation", "number": number}))

    def confirm(self, order_id: str, *, expected_net: Decimal, key: str) -> PurchaseOrder:
        """The order, open. Raises `Permanent`."""
        order = self.existing(order_id)
        if order.raw_state != "quotation":
            raise illegal(f"order {order_id}", order.raw_state, "confirmed")
        if order.net_total != expected_net:
            raise refused(f"the ERP computes {order.net_total} net, expected were {expected_net}", "total_mismatch")
        self.confirmed_with[key] = order_id
        return self._keep(order.model_copy(update={"raw_state": "processing", "state": OrderState.OPEN}))

    def cancel(self, order_id: str) -> PurchaseOrder:
        """The order, cancelled. Raises `Permanent` `illegal_transition`."""
        order = self.existing(order_id)
        if order.raw_state not in ("draft", "quotation", "cancelled"):
            raise illegal(f"order {order_id}", order.raw_state, "cancelled")
        return self._keep(order.model_copy(update={"raw_state": "cancelled", "state": OrderState.CANCELLED}))

    def request(self, new: NewRequest, *, key: str) -> PurchaseRequest:
        """A request that waits. Raises `Permanent`."""
        if new.requested_by not in self._master.employees:
            raise refused(f"the ERP has no employee {new.requested_by}", "not_configured")
        for line in new.lines:
            self._master.product(line.product_code)
        number = str(len(self.requests) + 1)
        made = PurchaseRequest(
            request_id=number,
            number=number,
            requested_by=new.requested_by,
            needed_on=new.needed_on,
            state=RequestState.WAITING,
            raw_state="waiting",
            lines=new.lines,
            order_ids=(),
            key=key,
        )
        self.requests[number] = made
        return made

    def existing_request(self, request_id: str) -> PurchaseRequest:
        """The request of that id. Raises `Permanent` `not_found`."""
        if request_id not in self.requests:
            raise refused(f"the ERP has no purchase request {request_id!r}", "not_found")
        return self.requests[request_id]

    def approve_request(self, request_id: str) -> PurchaseRequest:
        """The request, approved. Raises `Permanent` `illegal_transition`."""
        request = self.existing_request(request_id)
        if request.state is RequestState.WAITING:
            self.requests[request_id] = request.model_copy(
                update={"state": RequestState.APPROVED, "raw_state": "processing"}
            )
        return self.requests[request_id]

    def order_request(self, request_id: str, *, supplier_id: str) -> PurchaseRequest:
        """The request with a draft order made of it, at list prices. Raises `Permanent`."""
        request = self.existing_request(request_id)
        if request.state is not RequestState.APPROVED:
            raise illegal(f"request {request_id}", request.raw_state, "ordered")
        products = [(line, self._master.product(line.product_code)) for line in request.lines]
        lines = tuple(
            NewOrderLine(
                product_code=product.code,
                quantity=line.quantity,
                unit_price=self._master.prices[product.code],
                tax_rate=product.tax_rate or Decimal(0),
            )
            for line, product in products
        )
        new = NewOrder(supplier_id=supplier_id, currency=self._master.currency, ordered_on=self._today, lines=lines)
        order = self.create(new, key=f"request {request_id}")
        done = {"state": RequestState.ORDERED, "raw_state": "done", "order_ids": (order.order_id,)}
        self.requests[request_id] = request.model_copy(update=done)
        return self.requests[request_id]

    def receive(self, new: NewReceipt, *, key: str, acknowledged: Acknowledged) -> Receipt:
        """What arrived, counted on the order. Raises `Permanent` or `TargetWarning`."""
        order = self.existing(new.order_id)
        if order.state is not OrderState.OPEN:
            raise illegal(f"order {new.order_id}", order.raw_state, "received")
        lines = {line.line_id: line for line in order.lines}
        for arrived in new.lines:
            if arrived.order_line_id not in lines:
                raise refused(f"order {new.order_id} has no line {arrived.order_line_id!r}", "not_found")
            line = lines[arrived.order_line_id]
            left = line.quantity - line.received_quantity
            if arrived.quantity > left:
                raise refused(f"of line {line.line_id} no more than {left} is outstanding", "over_delivery")
            received = {"received_quantity": line.received_quantity + arrived.quantity}
            lines[line.line_id] = line.model_copy(update=received)
        number = str(len(self.receipts) + 1)
        if new.received_on > self._today:
            # Tryton asks twice: when the goods come in, and when they are put in store.
            for move in ("incoming", "inventory"):
                message = f"the {move} moves have effective dates in the future"
                warn(f"{move} moves of {key}", "effective_date_future", message, acknowledged)
        self._keep(order.model_copy(update={"lines": tuple(lines.values())}))
        self.receipts[number] = Receipt(
            receipt_id=number,
            number=number,
            supplier_id=order.supplier_id,
            delivery_note=new.delivery_note,
            received_on=new.received_on,
            state=ReceiptState.DONE,
            lines=new.lines,
            key=key,
        )
        return self.receipts[number]

    def _line(self, line_id: str, line: NewOrderLine) -> OrderLine:
        product = self._master.product(line.product_code)
        if line.tax_rate not in self._master.tax_rates:
            raise refused(f"the ERP has no tax of rate {line.tax_rate}", "not_configured")
        return OrderLine(
            line_id=line_id,
            product_code=line.product_code,
            description=line.description,
            category=product.category,
            quantity=line.quantity,
            unit_price=line.unit_price,
            received_quantity=Decimal(0),
            invoiced_quantity=Decimal(0),
            tax_rate=line.tax_rate,
        )

    def _keep(self, order: PurchaseOrder) -> PurchaseOrder:
        self.orders[order.order_id] = order
        return order

"""Purchasing, receiving and payments of the ERP twin, as the port names them."""

from __future__ import annotations

from decimal import Decimal

from tools.erp.payments import NewPayment, Payment
from tools.erp.purchasing import NewOrder, NewRequest, OrderState, Product, PurchaseOrder, PurchaseRequest
from tools.erp.receiving import NewReceipt, Receipt
from tools.erp.values import Acknowledged
from tools.testing.erp_orders import CONFIRMED
from tools.testing.erp_wire import Wire


class MemoryFlow(Wire):
    """From the purchase request to the payment."""

    async def find_product(self, code: str) -> Product | None:
        self._log("find_product", subject=code)
        return self.master.products.get(code)

    async def read_order(self, number: str) -> PurchaseOrder | None:
        self._log("read_order", subject=number)
        return self._as_invoiced(self.orders.numbered(number))

    async def order_of_id(self, order_id: str) -> PurchaseOrder | None:
        self._log("order_of_id", subject=order_id)
        return self._as_invoiced(self.orders.orders.get(order_id))

    async def find_order_by_key(self, key: str) -> PurchaseOrder | None:
        self._log("find_order_by_key", subject=key)
        return self._as_invoiced(self.orders.by_key(key))

    async def create_order(self, new: NewOrder, *, key: str) -> PurchaseOrder:
        known = self.orders.by_key(key)
        return await self._write("create_order", key, new.supplier_id, known, lambda: self.orders.create(new, key=key))

    async def quote_order(self, order_id: str, *, key: str, acknowledged: Acknowledged = ()) -> PurchaseOrder:  # noqa: ARG002 - the twin asks nothing here
        return await self._write("quote_order", key, order_id, None, lambda: self.orders.quote(order_id))

    async def confirm_order(
        self,
        order_id: str,
        *,
        expected_net: Decimal,
        key: str,
        acknowledged: Acknowledged = (),  # noqa: ARG002 - the twin asks nothing here
    ) -> PurchaseOrder:
        order = self.orders.by_key(key)
        known = order if order is not None and order.state in CONFIRMED else None
        return await self._write(
            "confirm_order",
            key,
            order_id,
            known,
            lambda: self.orders.confirm(order_id, expected_net=expected_net, key=key),
        )

    async def cancel_order(self, order_id: str, *, key: str) -> PurchaseOrder:
        found = self.orders.orders.get(order_id)
        known = found if found is not None and found.state is OrderState.CANCELLED else None
        return await self._write("cancel_order", key, order_id, known, lambda: self.orders.cancel(order_id))

    async def request_purchase(self, new: NewRequest, *, key: str) -> PurchaseRequest:
        known = next((request for request in self.orders.requests.values() if request.key == key), None)
        return await self._write(
            "request_purchase", key, new.requested_by, known, lambda: self.orders.request(new, key=key)
        )

    async def approve_request(self, request_id: str, *, key: str) -> PurchaseRequest:
        return await self._write(
            "approve_request", key, request_id, None, lambda: self.orders.approve_request(request_id)
        )

    async def order_request(self, request_id: str, *, supplier_id: str, key: str) -> PurchaseRequest:
        found = self.orders.requests.get(request_id)
        known = found if found is not None and found.order_ids else None
        return await self._write(
            "order_request",
            key,
            request_id,
            known,
            lambda: self.orders.order_request(request_id, supplier_id=supplier_id),
        )

    async def read_request(self, request_id: str) -> PurchaseRequest | None:
        self._log("read_request", subject=request_id)
        return self.orders.requests.get(request_id)

    async def find_request_by_key(self, key: str) -> PurchaseRequest | None:
        self._log("find_request_by_key", subject=key)
        return next((request for request in self.orders.requests.values() if key and request.key == key), None)

    async def receive(self, new: NewReceipt, *, key: str, acknowledged: Acknowledged = ()) -> Receipt:
        known = next((receipt for receipt in self.orders.receipts.values() if receipt.key == key), None)
        return await self._write(
            "receive",
            key,
            new.order_id,
            known,
            lambda: self.orders.receive(new, key=key, acknowledged=acknowledged),
        )

    async def read_receipt(self, receipt_id: str) -> Receipt | None:
        self._log("read_receipt", subject=receipt_id)
        return self.orders.receipts.get(receipt_id)

    async def find_receipt_by_key(self, key: str) -> Receipt | None:
        self._log("find_receipt_by_key", subject=key)
        return next((receipt for receipt in self.orders.receipts.values() if key and receipt.key == key), None)

    async def create_payment(self, new: NewPayment, *, key: str, acknowledged: Acknowledged = ()) -> Payment:  # noqa: ARG002 - the twin asks nothing here
        known = self.treasury.by_key(key)
        return await self._write(
            "create_payment", key, new.invoice_id, known, lambda: self.treasury.create(new, key=key)
        )

    async def approve_payment(
        self,
        payment_id: str,
        *,
        expected_amount: Decimal,
        key: str,
        acknowledged: Acknowledged = (),  # noqa: ARG002 - the twin asks nothing here
    ) -> Payment:
        return await self._move(payment_id, "approved", operation="approve_payment", amount=expected_amount, key=key)

    async def process_payment(
        self,
        payment_id: str,
        *,
        expected_amount: Decimal,
        key: str,
        acknowledged: Acknowledged = (),  # noqa: ARG002 - the twin asks nothing here
    ) -> Payment:
        return await self._move(payment_id, "processing", operation="process_payment", amount=expected_amount, key=key)

    async def succeed_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:  # noqa: ARG002 - the twin asks nothing here
        return await self._move(payment_id, "succeeded", operation="succeed_payment", amount=None, key=key)

    async def fail_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:  # noqa: ARG002 - the twin asks nothing here
        return await self._write("fail_payment", key, payment_id, None, lambda: self.treasury.fail(payment_id))

    async def read_payment(self, payment_id: str) -> Payment | None:
        self._log("read_payment", subject=payment_id)
        return self.treasury.payments.get(payment_id)

    async def find_payment_by_key(self, key: str) -> Payment | None:
        self._log("find_payment_by_key", subject=key)
        return self.treasury.by_key(key)

    async def _move(self, payment_id: str, wanted: str, *, operation: str, amount: Decimal | None, key: str) -> Payment:
        return await self._write(
            operation,
            key,
            payment_id,
            None,
            lambda: self.treasury.move_on(payment_id, wanted, expected_amount=amount),
        )

    def _as_invoiced(self, order: PurchaseOrder | None) -> PurchaseOrder | None:
        """The order with what is invoiced of it now."""
        if order is None:
            return None
        invoiced = [{"invoiced_quantity": self.books.invoiced(line.line_id)} for line in order.lines]
        lines = tuple(line.model_copy(update=now) for line, now in zip(order.lines, invoiced, strict=True))
        return order.model_copy(update={"lines": lines})

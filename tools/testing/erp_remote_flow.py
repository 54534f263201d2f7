"""Purchasing, receiving and payments of the ERP twin in a process of its own: the client."""

from __future__ import annotations

from decimal import Decimal

from tools.erp.payments import NewPayment, Payment
from tools.erp.purchasing import NewOrder, NewRequest, Product, PurchaseOrder, PurchaseRequest
from tools.erp.receiving import NewReceipt, Receipt
from tools.erp.values import Acknowledged
from tools.testing.erp_call import TwinClient


class RemoteFlow(TwinClient):
    """From the purchase request to the payment."""

    async def find_product(self, code: str) -> Product | None:
        return await self._find(Product, "find_product", code=code)

    async def read_order(self, number: str) -> PurchaseOrder | None:
        return await self._find(PurchaseOrder, "read_order", number=number)

    async def order_of_id(self, order_id: str) -> PurchaseOrder | None:
        return await self._find(PurchaseOrder, "order_of_id", order_id=order_id)

    async def find_order_by_key(self, key: str) -> PurchaseOrder | None:
        return await self._find(PurchaseOrder, "find_order_by_key", key=key)

    async def create_order(self, new: NewOrder, *, key: str) -> PurchaseOrder:
        return await self._make(PurchaseOrder, "create_order", new=new.model_dump(mode="json"), key=key)

    async def quote_order(self, order_id: str, *, key: str, acknowledged: Acknowledged = ()) -> PurchaseOrder:
        return await self._make(PurchaseOrder, "quote_order", order_id=order_id, key=key, acknowledged=acknowledged)

    async def confirm_order(
        self, order_id: str, *, expected_net: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> PurchaseOrder:
        return await self._make(
            PurchaseOrder,
            "confirm_order",
            order_id=order_id,
            expected_net=str(expected_net),
            key=key,
            acknowledged=acknowledged,
        )

    async def cancel_order(self, order_id: str, *, key: str) -> PurchaseOrder:
        return await self._make(PurchaseOrder, "cancel_order", order_id=order_id, key=key)

    async def request_purchase(self, new: NewRequest, *, key: str) -> PurchaseRequest:
        return await self._make(PurchaseRequest, "request_purchase", new=new.model_dump(mode="json"), key=key)

    async def approve_request(self, request_id: str, *, key: str) -> PurchaseRequest:
        return await self._make(PurchaseRequest, "approve_request", request_id=request_id, key=key)

    async def order_request(self, request_id: str, *, supplier_id: str, key: str) -> PurchaseRequest:
        return await self._make(
            PurchaseRequest, "order_request", request_id=request_id, supplier_id=supplier_id, key=key
        )

    async def read_request(self, request_id: str) -> PurchaseRequest | None:
        return await self._find(PurchaseRequest, "read_request", request_id=request_id)

    async def find_request_by_key(self, key: str) -> PurchaseRequest | None:
        return await self._find(PurchaseRequest, "find_request_by_key", key=key)

    async def receive(self, new: NewReceipt, *, key: str, acknowledged: Acknowledged = ()) -> Receipt:
        return await self._make(Receipt, "receive", new=new.model_dump(mode="json"), key=key, acknowledged=acknowledged)

    async def read_receipt(self, receipt_id: str) -> Receipt | None:
        return await self._find(Receipt, "read_receipt", receipt_id=receipt_id)

    async def find_receipt_by_key(self, key: str) -> Receipt | None:
        return await self._find(Receipt, "find_receipt_by_key", key=key)

    async def create_payment(self, new: NewPayment, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        return await self._make(
            Payment, "create_payment", new=new.model_dump(mode="json"), key=key, acknowledged=acknowledged
        )

    async def approve_payment(
        self, payment_id: str, *, expected_amount: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> Payment:
        return await self._make(
            Payment,
            "approve_payment",
            payment_id=payment_id,
            expected_amount=str(expected_amount),
            key=key,
            acknowledged=acknowledged,
        )

    async def process_payment(
        self, payment_id: str, *, expected_amount: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> Payment:
        return await self._make(
            Payment,
            "process_payment",
            payment_id=payment_id,
            expected_amount=str(expected_amount),
            key=key,
            acknowledged=acknowledged,
        )

    async def succeed_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        return await self._make(Payment, "succeed_payment", payment_id=payment_id, key=key, acknowledged=acknowledged)

    async def fail_payment(self, payment_id: str, *, key: str, acknowledged: Acknowledged = ()) -> Payment:
        return await self._make(Payment, "fail_payment", payment_id=payment_id, key=key, acknowledged=acknowledged)

    async def read_payment(self, payment_id: str) -> Payment | None:
        return await self._find(Payment, "read_payment", payment_id=payment_id)

    async def find_payment_by_key(self, key: str) -> Payment | None:
        return await self._find(Payment, "find_payment_by_key", key=key)

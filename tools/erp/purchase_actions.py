"""The tools over purchasing and receiving."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel

from policies.action import EffectKind
from tools.erp.purchasing import NewOrder, NewRequest, OrderState, RequestState
from tools.erp.receiving import NewReceipt, ReceiptState
from tools.erp.tool import ErpPosting, ErpRead, ErpTool, found, plain_json, typed
from tools.erp.values import Acknowledged, Exact, Name, RecordId, Value

QUOTED = frozenset({"quotation", "confirmed", "processing", "done"})
CONFIRMED = frozenset({OrderState.OPEN, OrderState.CLOSED})
APPROVED = frozenset({RequestState.APPROVED, RequestState.ORDERED})


class FindProductArguments(Value):
    """The product's code."""

    code: Name


class ReadOrderArguments(Value):
    """The order's number as printed."""

    number: Name


class OrderArguments(Value):
    """The ERP's id of the order."""

    order_id: RecordId


class QuoteArguments(OrderArguments):
    """The draft to give a number."""

    acknowledged: Acknowledged = ()


class ConfirmArguments(OrderArguments):
    """The order, and what it must come to before tax."""

    expected_total: Exact
    acknowledged: Acknowledged = ()


class RequestArguments(Value):
    """The ERP's id of the purchase request."""

    request_id: RecordId


class OrderRequestArguments(RequestArguments):
    """The approved request, and whom to order from."""

    supplier_id: RecordId


class ReceiptArguments(NewReceipt):
    """A delivery on an order."""

    acknowledged: Acknowledged = ()


class ReadReceiptArguments(Value):
    """The ERP's id of the receipt."""

    receipt_id: RecordId


class FindProduct(ErpRead):
    """`{"product": {…} | null}`."""

    name: ClassVar[str] = "erp.product.find"
    arguments: ClassVar[type[BaseModel]] = FindProductArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"product": plain_json(await self._erp.find_product(typed(arguments, FindProductArguments).code))}


class ReadOrder(ErpRead):
    """`{"order": {…} | null}`."""

    name: ClassVar[str] = "erp.order.read"
    arguments: ClassVar[type[BaseModel]] = ReadOrderArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"order": plain_json(await self._erp.read_order(typed(arguments, ReadOrderArguments).number))}


class CreateOrder(ErpTool):
    """`{"order": {…}}`, a draft. Found by its key in whatever state it is now."""

    name: ClassVar[str] = "erp.order.create"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = NewOrder
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"order": plain_json(await self._erp.create_order(typed(arguments, NewOrder), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return found("order", await self._erp.find_order_by_key(key))


class QuoteOrder(ErpPosting):
    """`{"order": {…}}` with its number. An order is quoted once, whoever did it: its state answers, not a key."""

    name: ClassVar[str] = "erp.order.quote"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = QuoteArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, QuoteArguments)
        order = await self._erp.quote_order(asked.order_id, key=key, acknowledged=asked.acknowledged)
        return {"order": plain_json(order)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        order = await self._erp.order_of_id(typed(arguments, QuoteArguments).order_id)
        return found("order", order, when=order is not None and order.raw_state in QUOTED)


class ConfirmOrder(ErpPosting):
    """`{"order": {…}}`, confirmed: the company has bought. Found only when it is confirmed, under this key."""

    name: ClassVar[str] = "erp.order.confirm"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = ConfirmArguments
    protected: ClassVar[frozenset[str]] = frozenset({"expected_total"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, ConfirmArguments)
        order = await self._erp.confirm_order(
            asked.order_id, expected_net=asked.expected_total, key=key, acknowledged=asked.acknowledged
        )
        return {"order": plain_json(order)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        order = await self._erp.find_order_by_key(key)
        return found("order", order, when=order is not None and order.state in CONFIRMED)


class CancelOrder(ErpTool):
    """`{"order": {…}}`, cancelled: the compensation of a draft. Its state answers, not a key."""

    name: ClassVar[str] = "erp.order.cancel"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = OrderArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"order": plain_json(await self._erp.cancel_order(typed(arguments, OrderArguments).order_id, key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        order = await self._erp.order_of_id(typed(arguments, OrderArguments).order_id)
        return found("order", order, when=order is not None and order.state is OrderState.CANCELLED)


class ReadRequest(ErpRead):
    """`{"request": {…} | null}`."""

    name: ClassVar[str] = "erp.request.read"
    arguments: ClassVar[type[BaseModel]] = RequestArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"request": plain_json(await self._erp.read_request(typed(arguments, RequestArguments).request_id))}


class RequestPurchase(ErpTool):
    """`{"request": {…}}`, waiting for its approval. Found by its key once it waits."""

    name: ClassVar[str] = "erp.request.create"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = NewRequest

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"request": plain_json(await self._erp.request_purchase(typed(arguments, NewRequest), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        request = await self._erp.find_request_by_key(key)
        return found("request", request, when=request is not None and request.state is not RequestState.DRAFT)


class ApproveRequest(ErpTool):
    """`{"request": {…}}`, approved. Its state answers, not a key."""

    name: ClassVar[str] = "erp.request.approve"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = RequestArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        request = await self._erp.approve_request(typed(arguments, RequestArguments).request_id, key=key)
        return {"request": plain_json(request)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        request = await self._erp.read_request(typed(arguments, RequestArguments).request_id)
        return found("request", request, when=request is not None and request.state in APPROVED)


class OrderRequest(ErpTool):
    """`{"request": {…}}` with the id of the draft order made of it. The ERP orders a request once."""

    name: ClassVar[str] = "erp.request.order"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = OrderRequestArguments
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, OrderRequestArguments)
        request = await self._erp.order_request(asked.request_id, supplier_id=asked.supplier_id, key=key)
        return {"request": plain_json(request)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        request = await self._erp.read_request(typed(arguments, OrderRequestArguments).request_id)
        return found("request", request, when=request is not None and bool(request.order_ids))


class ReadReceipt(ErpRead):
    """`{"receipt": {…} | null}`."""

    name: ClassVar[str] = "erp.receipt.read"
    arguments: ClassVar[type[BaseModel]] = ReadReceiptArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"receipt": plain_json(await self._erp.read_receipt(typed(arguments, ReadReceiptArguments).receipt_id))}


class BookReceipt(ErpPosting):
    """`{"receipt": {…}}`, in the warehouse. Found by its key once it is done."""

    name: ClassVar[str] = "erp.receipt.book"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = ReceiptArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, ReceiptArguments)
        new = NewReceipt.model_validate(asked.model_dump(exclude={"acknowledged"}))
        return {"receipt": plain_json(await self._erp.receive(new, key=key, acknowledged=asked.acknowledged))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        receipt = await self._erp.find_receipt_by_key(key)
        return found("receipt", receipt, when=receipt is not None and receipt.state is ReceiptState.DONE)

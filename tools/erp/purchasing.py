"""Purchasing: products, purchase requests, purchase orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import Field

from tools.erp.values import Acknowledged, Currency, Exact, Name, Value

Lines = Field(min_length=1, max_length=500)
Positive = Annotated[Exact, Field(gt=0)]


class OrderState(StrEnum):
    """What may still happen to an order; `raw_state` keeps the ERP's own word."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RequestState(StrEnum):
    """Where a purchase request is on its way."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    ORDERED = "ordered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Product(Value):
    """Something that can be ordered. `tax_rate` is a fraction, None unless exactly one tax is charged by default."""

    code: str
    name: str
    category: Literal["goods", "service"]
    unit: str
    tax_rate: Exact | None


class OrderLine(Value):
    """One line of a purchase order.

    `invoiced_quantity` counts drafts, but not cancelled invoices. `tax_rate` is a fraction, None unless
    exactly one tax is ordered.
    """

    line_id: str
    product_code: str
    description: str
    category: Literal["goods", "service"]
    quantity: Exact
    unit_price: Exact
    received_quantity: Exact
    invoiced_quantity: Exact
    tax_rate: Exact | None = None


class PurchaseOrder(Value):
    """A purchase order with what was received and invoiced so far. A draft has no number yet."""

    number: str
    supplier_id: str
    currency: Currency
    state: OrderState
    raw_state: str
    ordered_on: date | None
    net_total: Exact
    requested_by: str
    lines: tuple[OrderLine, ...]
    order_id: str = ""


class NewOrderLine(Value):
    """One line to order. `tax_rate` is a fraction (0.19)."""

    product_code: Name
    description: Annotated[str, Field(max_length=2000)] = ""
    quantity: Positive
    unit_price: Annotated[Exact, Field(ge=0)]
    tax_rate: Annotated[Exact, Field(ge=0, lt=1)]


class NewOrder(Value):
    """A purchase order to enter; it is invoiced only by invoices that Interlock or a person enters."""

    supplier_id: str
    currency: Currency
    ordered_on: date
    lines: Annotated[tuple[NewOrderLine, ...], Lines]


class RequestLine(Value):
    """One line of a purchase request."""

    product_code: Name
    quantity: Positive


class NewRequest(Value):
    """A purchase request to enter. `requested_by` is the employee's name as the ERP holds it."""

    requested_by: Name
    needed_on: date
    lines: Annotated[tuple[RequestLine, ...], Lines]


class PurchaseRequest(Value):
    """A purchase request. `order_ids` are the orders that were made of it."""

    request_id: str
    number: str
    requested_by: str
    needed_on: date | None
    state: RequestState
    raw_state: str
    lines: tuple[RequestLine, ...]
    order_ids: tuple[str, ...]
    key: str


class Purchasing(Protocol):
    """What Interlock asks of purchasing. Errors and keys are those of `tools.erp.port.Erp`."""

    async def find_product(self, code: str) -> Product | None:
        """The product that can be purchased under that code."""
        ...

    async def read_order(self, number: str) -> PurchaseOrder | None:
        """The purchase order of that number."""
        ...

    async def order_of_id(self, order_id: str) -> PurchaseOrder | None:
        """The purchase order of that id, numbered or not."""
        ...

    async def find_order_by_key(self, key: str) -> PurchaseOrder | None:
        """The purchase order entered or confirmed with `key`, in whatever state it is now."""
        ...

    async def create_order(self, new: NewOrder, *, key: str) -> PurchaseOrder:
        """Enter a draft. Raises `Permanent` `not_found`, `supplier_blocked` or `not_configured`."""
        ...

    async def quote_order(self, order_id: str, *, key: str, acknowledged: Acknowledged = ()) -> PurchaseOrder:
        """Give a draft its number. Raises `Permanent` `illegal_transition`."""
        ...

    async def confirm_order(
        self, order_id: str, *, expected_net: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> PurchaseOrder:
        """Confirm a quoted order whose net total is the expected one: the supplier may deliver.

        Raises `Permanent` `total_mismatch` or `illegal_transition`.
        """
        ...

    async def cancel_order(self, order_id: str, *, key: str) -> PurchaseOrder:
        """Cancel an order that is not confirmed. Raises `Permanent` `illegal_transition`."""
        ...

    async def request_purchase(self, new: NewRequest, *, key: str) -> PurchaseRequest:
        """Enter a purchase request and hand it in for approval. Raises `Permanent` `not_found`."""
        ...

    async def approve_request(self, request_id: str, *, key: str) -> PurchaseRequest:
        """Approve a request that waits. Raises `Permanent` `illegal_transition`."""
        ...

    async def order_request(self, request_id: str, *, supplier_id: str, key: str) -> PurchaseRequest:
        """Make a draft order of an approved request with that supplier. Raises `Permanent`."""
        ...

    async def read_request(self, request_id: str) -> PurchaseRequest | None:
        """The purchase request of that id."""
        ...

    async def find_request_by_key(self, key: str) -> PurchaseRequest | None:
        """The purchase request entered with `key`, in whatever state it is now."""
        ...

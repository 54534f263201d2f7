"""The port of a supplier portal: what Interlock asks of it, in the words of purchasing.

The one write, a confirmation, carries the idempotency key of its effect in the reference field of the portal's form,
which the portal can be searched by.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from tools.erp.port import Currency, Exact

REFERENCE_LENGTH = 60
"""How many characters the portal's reference field takes."""

Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$")]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,60}$")]


class Value(BaseModel):
    """A frozen value of the port."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PortalOrderState(StrEnum):
    """Where an order is on its way at the portal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class PortalOrderSummary(Value):
    """An order as the portal lists it."""

    number: Number
    ordered_on: date
    state: PortalOrderState
    net_total: Exact
    currency: Currency


class PortalLine(Value):
    """A line of an order; `deliver_on` is the day the supplier offers."""

    position: int
    product_code: str
    description: str
    quantity: Exact
    unit_price: Exact
    deliver_on: date | None


class PortalOrder(PortalOrderSummary):
    """An order with its lines, as the supplier offers it."""

    lines: tuple[PortalLine, ...]


class Confirmation(Value):
    """A confirmation that the portal has taken; `reference` is the key it was made with."""

    number: Number
    order_number: Number
    reference: str
    deliver_on: date
    confirmed_on: date


class ConfirmOrder(Value):
    """What is to be confirmed. The form must show this net total, or nothing is clicked."""

    order_number: Number
    deliver_on: date
    net_total: Exact
    currency: Currency


class PortalInvoice(Value):
    """An invoice as the portal lists it."""

    number: Number
    issued_on: date
    order_number: Number
    total: Exact
    currency: Currency


class DeliveryDate(Value):
    """When the supplier says that a line comes."""

    position: int
    quantity: Exact
    deliver_on: date | None


class File(Value):
    """A downloaded file."""

    name: str
    content: bytes


class SupplierPortal(Protocol):
    """What every portal of a supplier offers. Errors are those of `tools.errors`."""

    @property
    def call_seconds(self) -> float:
        """How long one call may take, and how long after it the portal may still act on it."""
        ...

    async def list_orders(self, search: str) -> tuple[PortalOrderSummary, ...]:
        """The orders whose number holds `search`; all that are shown for an empty text."""
        ...

    async def read_order(self, number: str) -> PortalOrder | None:
        """The order, None if the portal does not know it."""
        ...

    async def confirm_order(self, asked: ConfirmOrder, *, key: str) -> Confirmation:
        """Confirm the order with `key` as its reference. Never looks before: the ledger has."""
        ...

    async def find_confirmation(self, key: str) -> Confirmation | None:
        """The confirmation with that reference; the oldest, should there be several."""
        ...

    async def list_invoices(self, since: date) -> tuple[PortalInvoice, ...]:
        """The invoices issued on `since` or later, oldest first."""
        ...

    async def download_invoice(self, number: str) -> File:
        """The invoice's file. Raises `Permanent` `invoice_unknown` where it is not listed."""
        ...

    async def read_delivery(self, number: str) -> tuple[DeliveryDate, ...] | None:
        """The delivery dates of an order, None if the portal does not know it."""
        ...

"""Receiving: what a supplier delivered on an order."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from tools.erp.values import Acknowledged, Exact, Name, RecordId, Value


class ReceiptState(StrEnum):
    """Where a receipt is on its way: only `DONE` counts on the order."""

    DRAFT = "draft"
    RECEIVED = "received"
    DONE = "done"
    CANCELLED = "cancelled"


class ReceivedLine(Value):
    """How much of an order line arrived."""

    order_line_id: RecordId
    quantity: Annotated[Exact, Field(gt=0)]


class NewReceipt(Value):
    """A delivery on an order. `delivery_note` is the supplier's number of it; what is left out arrives later."""

    order_id: str
    delivery_note: Name
    received_on: date
    lines: Annotated[tuple[ReceivedLine, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _order_lines_stand_once(self) -> Self:
        if len({line.order_line_id for line in self.lines}) != len(self.lines):
            raise ValueError("an order line may stand once in a receipt; add its quantities up")
        return self


class Receipt(Value):
    """A delivery, as the ERP holds it."""

    receipt_id: str
    number: str
    supplier_id: str
    delivery_note: str
    received_on: date | None
    state: ReceiptState
    lines: tuple[ReceivedLine, ...]
    key: str


class Receiving(Protocol):
    """What Interlock asks of receiving. Errors and keys are those of `tools.erp.port.Erp`."""

    async def receive(self, new: NewReceipt, *, key: str, acknowledged: Acknowledged = ()) -> Receipt:
        """Book a delivery into the warehouse.

        Raises `Permanent` `not_found`, `illegal_transition` (the order is not open) or `over_delivery`.
        """
        ...

    async def read_receipt(self, receipt_id: str) -> Receipt | None:
        """The receipt of that id."""
        ...

    async def find_receipt_by_key(self, key: str) -> Receipt | None:
        """The receipt entered with `key`, in whatever state it is now."""
        ...

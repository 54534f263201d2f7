"""A supplier portal in memory: the twin of the bots, held to the same contract."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tools.browser.portal import (
    Confirmation,
    ConfirmOrder,
    DeliveryDate,
    File,
    PortalInvoice,
    PortalOrder,
    PortalOrderState,
    PortalOrderSummary,
)
from tools.errors import Permanent, ToolError
from tools.testing.portal.books import SUPPLIER, PortalBooks


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFault:
    """An error to raise once, at the next confirmation, before or after it was taken."""

    when: Literal["before", "after"]
    error: ToolError


@dataclass(kw_only=True)
class MemoryPortal:
    """The port on records in memory. `faults` are raised in their order."""

    books: PortalBooks
    call_seconds: float = 20.0
    faults: deque[PortalFault] = field(default_factory=deque)

    @classmethod
    def from_seed(cls, *, today: date, supplier: str = SUPPLIER) -> MemoryPortal:
        """The twin of a portal that was filled from the same file."""
        return cls(books=PortalBooks.from_seed(today=today, supplier=supplier))

    async def list_orders(self, search: str) -> tuple[PortalOrderSummary, ...]:
        return tuple(_summary(order) for order in self.books.searched(search))

    async def read_order(self, number: str) -> PortalOrder | None:
        return self.books.orders.get(number)

    async def confirm_order(self, asked: ConfirmOrder, *, key: str) -> Confirmation:
        self._raise_fault("before")
        order = self.books.orders.get(asked.order_number)
        if order is None:
            raise Permanent(f"the portal has no order {asked.order_number}", code="order_unknown")
        if order.state is not PortalOrderState.OPEN:
            raise Permanent(f"order {order.number} is {order.state.value} at the portal", code="not_open")
        if (order.net_total, order.currency) != (asked.net_total, asked.currency):
            raise Permanent(f"the portal shows {order.net_total} {order.currency}", code="total_mismatch")
        made = self.books.confirm(asked, reference=key)
        self._raise_fault("after")
        return made

    async def find_confirmation(self, key: str) -> Confirmation | None:
        return next(iter(self.books.confirmed_with(key)), None)

    async def list_invoices(self, since: date) -> tuple[PortalInvoice, ...]:
        return tuple(self.books.issued_since(since))

    async def download_invoice(self, number: str) -> File:
        found = self.books.invoices.get(number)
        if found is None:
            raise Permanent(f"the portal lists no invoice {number}", code="invoice_unknown")
        return found.file

    async def read_delivery(self, number: str) -> tuple[DeliveryDate, ...] | None:
        order = self.books.orders.get(number)
        if order is None:
            return None
        return tuple(
            DeliveryDate(position=line.position, quantity=line.quantity, deliver_on=line.deliver_on)
            for line in order.lines
        )

    def _raise_fault(self, when: str) -> None:
        if self.faults and self.faults[0].when == when:
            raise self.faults.popleft().error


def _summary(order: PortalOrder) -> PortalOrderSummary:
    return PortalOrderSummary.model_validate(order.model_dump(include=set(PortalOrderSummary.model_fields)))

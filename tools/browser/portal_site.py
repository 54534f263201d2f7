"""The port of a supplier portal, worked by bots in a real browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tools.browser.bot import BotRunner
from tools.browser.errors import OutcomeUnseen
from tools.browser.portal import (
    Confirmation,
    ConfirmOrder,
    DeliveryDate,
    File,
    PortalInvoice,
    PortalOrder,
    PortalOrderSummary,
)
from tools.browser.portal_bots import (
    CONFIRM_ORDER,
    DOWNLOAD_INVOICE,
    FIND_CONFIRMATION,
    LIST_INVOICES,
    LIST_ORDERS,
    READ_DELIVERY,
    READ_ORDER,
    ConfirmationLook,
    Confirming,
    InvoiceLook,
    OrderLook,
)
from tools.errors import Permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class BotPortal:
    """A supplier portal behind its pages."""

    bots: BotRunner

    @property
    def call_seconds(self) -> float:
        """How long one call may take."""
        return self.bots.site.call_seconds

    async def list_orders(self, search: str) -> tuple[PortalOrderSummary, ...]:
        return (await self.bots.run(LIST_ORDERS, OrderLook(number=search))).listed

    async def read_order(self, number: str) -> PortalOrder | None:
        return (await self.bots.run(READ_ORDER, OrderLook(number=number))).order

    async def confirm_order(self, asked: ConfirmOrder, *, key: str) -> Confirmation:
        made = (await self.bots.run(CONFIRM_ORDER, Confirming(asked=asked, key=key))).made
        if made is None:
            raise OutcomeUnseen("the bot ended without an answer")
        return made

    async def find_confirmation(self, key: str) -> Confirmation | None:
        """By looking, never by clicking again."""
        return next(iter((await self.bots.run(FIND_CONFIRMATION, ConfirmationLook(key=key))).found), None)

    async def list_invoices(self, since: date) -> tuple[PortalInvoice, ...]:
        return (await self.bots.run(LIST_INVOICES, InvoiceLook(since=since))).listed

    async def download_invoice(self, number: str) -> File:
        found = (await self.bots.run(DOWNLOAD_INVOICE, InvoiceLook(since=date.min, number=number))).file
        if found is None:
            raise Permanent(f"the bot ended without the file of {number}", code="invoice_unknown")
        return found

    async def read_delivery(self, number: str) -> tuple[DeliveryDate, ...] | None:
        return (await self.bots.run(READ_DELIVERY, OrderLook(number=number))).delivery

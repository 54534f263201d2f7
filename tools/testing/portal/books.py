"""What a supplier portal knows: orders as the supplier sees them, confirmations, invoices. Nothing outlives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from tools.browser.portal import (
    Confirmation,
    ConfirmOrder,
    File,
    PortalInvoice,
    PortalLine,
    PortalOrder,
    PortalOrderState,
)
from tools.erp.port import DraftInvoice, OrderState, PurchaseOrder
from tools.testing.erp_seed import SEED, read_seed
from tools.testing.invoices.document import BusinessDocument, DocumentKind
from tools.testing.invoices.hybrid import hybrid_pdf
from tools.testing.invoices.samples import PLAIN_WORDING
from tools.testing.invoices.sandbox import Sandbox, Supplier

SUPPLIER = "S-1001"
DELIVERY_DAYS = 14
ISSUED_DAYS_AGO = 3
STATES = {
    OrderState.OPEN: PortalOrderState.OPEN,
    OrderState.CLOSED: PortalOrderState.CONFIRMED,
    OrderState.CANCELLED: PortalOrderState.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedInvoice:
    """An invoice that the supplier has put on its portal."""

    listed: PortalInvoice
    file: File


@dataclass(kw_only=True)
class PortalBooks:
    """The side of the supplier that mails as `sender`.

    `on_confirmation` is told of every confirmation; a reference is never compared.
    """

    today: date
    sender: str
    orders: dict[str, PortalOrder]
    invoices: dict[str, PostedInvoice]
    confirmations: list[Confirmation] = field(default_factory=list)
    on_confirmation: Callable[[Confirmation], None] | None = None

    @classmethod
    def from_seed(cls, path: Path = SEED, *, today: date, supplier: str = SUPPLIER) -> PortalBooks:
        """One supplier's orders of the ERP's data file, offered as they were ordered.

        It has put an invoice there for each open order that nothing was invoiced of before.
        """
        first = _first_day(path, today, supplier)
        return replace(first, orders=dict(first.orders), invoices=dict(first.invoices), confirmations=[])

    def searched(self, text: str) -> list[PortalOrder]:
        """Orders whose number holds `text`, newest first."""
        found = [order for order in self.orders.values() if text.strip().casefold() in order.number.casefold()]
        return sorted(found, key=lambda order: (order.ordered_on, order.number), reverse=True)

    def confirm(self, asked: ConfirmOrder, *, reference: str) -> Confirmation:
        """One more confirmation: nothing keeps the same from being made twice."""
        order = self.orders[asked.order_number]
        made = Confirmation(
            number=f"AB-{len(self.confirmations) + 1:05}",
            order_number=order.number,
            reference=reference,
            deliver_on=asked.deliver_on,
            confirmed_on=self.today,
        )
        self.confirmations.append(made)
        self.orders[order.number] = order.model_copy(update={"state": PortalOrderState.CONFIRMED})
        if self.on_confirmation:
            self.on_confirmation(made)
        return made

    def confirmed_with(self, reference: str) -> list[Confirmation]:
        """The confirmations with exactly that reference, oldest first."""
        return [found for found in self.confirmations if found.reference == reference]

    def issued_since(self, since: date) -> list[PortalInvoice]:
        """The invoices issued on that day or later, oldest first."""
        found: Iterable[PortalInvoice] = (invoice.listed for invoice in self.invoices.values())
        return sorted((one for one in found if one.issued_on >= since), key=lambda one: (one.issued_on, one.number))


@cache
def _first_day(path: Path, today: date, supplier: str) -> PortalBooks:
    """Made once: drawing the invoices takes its time."""
    text = path.read_text(encoding="utf-8")
    seed, sandbox = read_seed(json.loads(text)), Sandbox.model_validate_json(text)
    billed = {order.number for order in seed.orders for invoice in seed.posted_invoices if _bills(invoice, order)}
    own = [order for order in seed.orders if order.supplier_id == supplier and order.state in STATES]
    due = [order for order in own if order.state is OrderState.OPEN and order.number not in billed]
    posted = [_posted(order, number, today, sandbox) for number, order in enumerate(due, 1)]
    return PortalBooks(
        today=today,
        sender=sandbox.supplier(supplier).email,
        orders={order.number: _offered(order, today) for order in own},
        invoices={invoice.listed.number: invoice for invoice in posted},
    )


def _offered(order: PurchaseOrder, today: date) -> PortalOrder:
    deliver_on = today + timedelta(days=DELIVERY_DAYS)
    lines = tuple(
        PortalLine(
            position=position,
            product_code=line.product_code,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            deliver_on=deliver_on,
        )
        for position, line in enumerate(order.lines, 1)
    )
    return PortalOrder(
        number=order.number,
        ordered_on=order.ordered_on or today,
        state=STATES[order.state],
        net_total=sum((line.quantity * line.unit_price for line in order.lines), Decimal(0)),
        currency=order.currency,
        lines=lines,
    )


def _bills(invoice: DraftInvoice, order: PurchaseOrder) -> bool:
    lines = {line.line_id for line in order.lines}
    return any(line.order_line_id in lines for line in invoice.lines)


def _posted(order: PurchaseOrder, position: int, today: date, sandbox: Sandbox) -> PostedInvoice:
    ordered = sandbox.order(order.number)
    supplier = sandbox.supplier(ordered.supplier)
    issued_on = today - timedelta(days=ISSUED_DAYS_AGO)
    days = sandbox.payment_term.days
    document = BusinessDocument(
        kind=DocumentKind.INVOICE,
        number=_invoice_number(supplier, position, today),
        issue_date=issued_on,
        due_date=issued_on + timedelta(days=days),
        payment_days=days,
        vendor=supplier.vendor(),
        buyer=sandbox.company.party(),
        currency=ordered.currency,
        language=supplier.language,
        po_number=ordered.number,
        lines=sandbox.lines(ordered),
    )
    listed = PortalInvoice(
        number=document.number,
        issued_on=issued_on,
        order_number=ordered.number,
        total=document.total,
        currency=ordered.currency,
    )
    content = hybrid_pdf(document, seed=PLAIN_WORDING, layout="right_meta")
    return PostedInvoice(listed=listed, file=File(name=f"{document.number}.pdf", content=content))


def _invoice_number(supplier: Supplier, position: int, today: date) -> str:
    """Numbers closer to each other, or to one that the ERP has, are taken for mistyped duplicates."""
    initials = "".join(word[0] for word in supplier.name.split()[:2]).upper()
    return f"{initials}-{today.year}-{str(position + 1) * 4}"

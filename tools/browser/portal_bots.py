"""The bots of a supplier portal, as named steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tools.browser.bot import Bot, BotStep
from tools.browser.dialect import Dialect
from tools.browser.errors import LayoutUnknown, PageRefused
from tools.browser.portal import (
    Confirmation,
    ConfirmOrder,
    DeliveryDate,
    File,
    PortalInvoice,
    PortalLine,
    PortalOrder,
    PortalOrderState,
    PortalOrderSummary,
)
from tools.browser.visit import Visit

ORDERS = ("order_number", "ordered_on", "state", "total")
LINES = ("position", "product", "description", "quantity", "price", "deliver_on")
SCHEDULE = ("position", "quantity", "deliver_on")
CONFIRMATIONS = ("confirmation", "order_number", "reference", "deliver_on", "confirmed_on")
INVOICES = ("invoice_number", "issued_on", "order_number", "gross", "file")
STATES = tuple(state.value for state in PortalOrderState)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLook:
    """An order looked for by its number, and what was found; `listed` is the whole list."""

    number: str
    listed: tuple[PortalOrderSummary, ...] = ()
    order: PortalOrder | None = None
    delivery: tuple[DeliveryDate, ...] | None = None

    @property
    def known(self) -> bool:
        """Whether the list holds exactly that number."""
        return any(summary.number == self.number for summary in self.listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """A confirmation on its way; `key` is its reference."""

    asked: ConfirmOrder
    key: str
    made: Confirmation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationLook:
    """Confirmations looked for by reference."""

    key: str
    found: tuple[Confirmation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLook:
    """Invoices issued on `since` or later, and the file of the one with `number`."""

    since: date
    number: str = ""
    listed: tuple[PortalInvoice, ...] = ()
    file: File | None = None


def summary(row: Mapping[str, str], dialect: Dialect) -> PortalOrderSummary:
    """An order as a list or a page says it."""
    net_total, currency = dialect.money(row["total"])
    return PortalOrderSummary(
        number=row["order_number"],
        ordered_on=dialect.certain_day(row["ordered_on"]),
        state=PortalOrderState(dialect.matter(row["state"], STATES)),
        net_total=net_total,
        currency=currency,
    )


def line(row: Mapping[str, str], dialect: Dialect, currency: str) -> PortalLine:
    """A line of an order."""
    price, of_line = dialect.money(row["price"])
    if of_line != currency:
        raise LayoutUnknown(f"line {row['position']} is in {of_line}, the order in {currency}")
    return PortalLine(
        position=int(dialect.number(row["position"])),
        product_code=row["product"],
        description=row["description"],
        quantity=dialect.number(row["quantity"]),
        unit_price=price,
        deliver_on=dialect.parsed_day(row["deliver_on"]),
    )


def confirmation(row: Mapping[str, str], dialect: Dialect) -> Confirmation:
    """A confirmation as the portal lists it."""
    return Confirmation(
        number=row["confirmation"],
        order_number=row["order_number"],
        reference=row["reference"],
        deliver_on=dialect.certain_day(row["deliver_on"]),
        confirmed_on=dialect.certain_day(row["confirmed_on"]),
    )


def invoice(row: Mapping[str, str], dialect: Dialect) -> PortalInvoice:
    """An invoice as the portal lists it."""
    total, currency = dialect.money(row["gross"])
    return PortalInvoice(
        number=row["invoice_number"],
        issued_on=dialect.certain_day(row["issued_on"]),
        order_number=row["order_number"],
        total=total,
        currency=currency,
    )


async def _search(visit: Visit, number: str) -> tuple[PortalOrderSummary, ...]:
    await visit.go()
    await visit.follow("link", "orders")
    if number:
        await visit.fill("order_number", number)
        await visit.follow("button", "search")
    return tuple(summary(row, visit.dialect) for row in await visit.rows("orders", ORDERS))


async def search_orders(visit: Visit, look: OrderLook) -> OrderLook:
    """The list of orders whose number holds the text."""
    return replace(look, listed=await _search(visit, look.number))


async def _open_order(visit: Visit, number: str) -> PortalOrder:
    await visit.follow("link", "order_number", text=number)
    shown = summary(await visit.terms(ORDERS), visit.dialect)
    if shown.number != number:
        raise LayoutUnknown(f"the page shows order {shown.number[:40]} instead of {number}")
    lines = tuple(line(row, visit.dialect, shown.currency) for row in await visit.rows("lines", LINES))
    return PortalOrder(**shown.model_dump(), lines=tuple(sorted(lines, key=lambda one: one.position)))


async def open_order(visit: Visit, look: OrderLook) -> OrderLook:
    """The page of the order, if the list holds it."""
    return replace(look, order=await _open_order(visit, look.number)) if look.known else look


async def read_schedule(visit: Visit, look: OrderLook) -> OrderLook:
    """The delivery dates of the order that is open."""
    if look.order is None:
        return look
    await visit.follow("link", "schedule")
    dates = tuple(
        DeliveryDate(
            position=int(visit.dialect.number(row["position"])),
            quantity=visit.dialect.number(row["quantity"]),
            deliver_on=visit.dialect.parsed_day(row["deliver_on"]),
        )
        for row in await visit.rows("schedule", SCHEDULE)
    )
    return replace(look, delivery=tuple(sorted(dates, key=lambda one: one.position)))


async def find_to_confirm(visit: Visit, look: Confirming) -> Confirming:
    """Search the order. Raises `PageRefused` where it is not listed."""
    number = look.asked.order_number
    if all(found.number != number for found in await _search(visit, number)):
        raise PageRefused(f"the portal has no order {number}", code="order_unknown")
    return look


async def open_to_confirm(visit: Visit, look: Confirming) -> Confirming:
    """Open it, and see that it is the one that is meant, still open, over what was approved."""
    order, asked = await _open_order(visit, look.asked.order_number), look.asked
    if order.state is not PortalOrderState.OPEN:
        raise PageRefused(f"order {order.number} is {order.state.value} at the portal", code="not_open")
    if (order.net_total, order.currency) != (asked.net_total, asked.currency):
        raise PageRefused(f"the portal shows {order.net_total} {order.currency}", code="total_mismatch")
    return look


async def fill_form(visit: Visit, look: Confirming) -> Confirming:
    """Fill in day and reference; the key stands where the portal can be searched for it."""
    await visit.fill_day("deliver_on", look.asked.deliver_on)
    await visit.fill("reference", look.key)
    return look


async def confirm(visit: Visit, look: Confirming) -> Confirming:
    """The one click that changes something."""
    await visit.commit("confirm")
    return look


async def read_answer(visit: Visit, look: Confirming) -> Confirming:
    """What the portal has taken, by our reference and for our order."""
    await visit.says("taken")
    made = [confirmation(row, visit.dialect) for row in await visit.rows("confirmations", CONFIRMATIONS)]
    own = [one for one in made if one.reference == look.key and one.order_number == look.asked.order_number]
    if len(own) != 1:
        raise LayoutUnknown("the portal does not show what it has taken")
    return replace(look, made=own[0])


async def search_confirmations(visit: Visit, look: ConfirmationLook) -> ConfirmationLook:
    """The confirmations with exactly this reference."""
    await visit.go()
    await visit.follow("link", "confirmations")
    await visit.fill("reference", look.key)
    await visit.follow("button", "search")
    rows = [confirmation(row, visit.dialect) for row in await visit.rows("confirmations", CONFIRMATIONS)]
    found = (one for one in rows if one.reference == look.key)
    return replace(look, found=tuple(sorted(found, key=lambda one: one.number)))


async def list_invoices(visit: Visit, look: InvoiceLook) -> InvoiceLook:
    """The invoices from that day on, oldest first."""
    await visit.go()
    await visit.follow("link", "invoices")
    await visit.fill_day("since", look.since)
    await visit.follow("button", "search")
    found = [invoice(row, visit.dialect) for row in await visit.rows("invoices", INVOICES)]
    listed = (one for one in found if one.issued_on >= look.since)
    return replace(look, listed=tuple(sorted(listed, key=lambda one: (one.issued_on, one.number))))


async def open_invoices(visit: Visit, look: InvoiceLook) -> InvoiceLook:
    """All invoices. Raises `PageRefused` where the one that is wanted is not among them."""
    await visit.go()
    await visit.follow("link", "invoices")
    listed = tuple(invoice(row, visit.dialect) for row in await visit.rows("invoices", INVOICES))
    if all(one.number != look.number for one in listed):
        raise PageRefused(f"the portal lists no invoice {look.number}", code="invoice_unknown")
    return replace(look, listed=listed)


async def download_file(visit: Visit, look: InvoiceLook) -> InvoiceLook:
    """The file of the invoice."""
    return replace(look, file=await visit.download("download", of=look.number))


LIST_ORDERS = Bot(name="list orders", steps=(BotStep(name="search", run=search_orders),))
READ_ORDER = Bot(
    name="read order",
    steps=(BotStep(name="search", run=search_orders), BotStep(name="open the order", run=open_order)),
)
READ_DELIVERY = Bot(
    name="read delivery", steps=(*READ_ORDER.steps, BotStep(name="read the delivery dates", run=read_schedule))
)
CONFIRM_ORDER = Bot(
    name="confirm order",
    steps=(
        BotStep(name="search", run=find_to_confirm),
        BotStep(name="open the order", run=open_to_confirm),
        BotStep(name="fill in the form", run=fill_form),
        BotStep(name="confirm", run=confirm),
        BotStep(name="read the answer", run=read_answer),
    ),
)
FIND_CONFIRMATION = Bot(
    name="find confirmation", steps=(BotStep(name="search by reference", run=search_confirmations),)
)
LIST_INVOICES = Bot(name="list invoices", steps=(BotStep(name="search", run=list_invoices),))
DOWNLOAD_INVOICE = Bot(
    name="download invoice",
    steps=(BotStep(name="open the list", run=open_invoices), BotStep(name="download", run=download_file)),
)

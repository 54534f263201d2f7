"""What every supplier portal keeps: the twin in memory, and the bots in Chromium."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.browser.conftest import TODAY, Desk
from tools.browser.portal import ConfirmOrder, PortalOrderState, SupplierPortal
from tools.errors import Permanent
from tools.testing.portal.books import PortalBooks
from tools.testing.portal.memory import MemoryPortal

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "interlock-0123456789abcdef0123456789abcdef"
LATER = TODAY + timedelta(days=20)
ASKED = ConfirmOrder(order_number="PO-2026-0001", deliver_on=LATER, net_total=Decimal("4135.00"), currency="EUR")


@pytest.fixture(params=["twin", pytest.param("chromium", marks=pytest.mark.browser)])
def portal(request: pytest.FixtureRequest) -> SupplierPortal:
    """Each portal in turn, as on the first day."""
    if request.param == "twin":
        return MemoryPortal.from_seed(today=TODAY)
    desk: Desk = request.getfixturevalue("desk")
    return desk.connector.portal


def books_of(portal: SupplierPortal, request: pytest.FixtureRequest) -> PortalBooks:
    """What the supplier has on its side."""
    if isinstance(portal, MemoryPortal):
        return portal.books
    desk: Desk = request.getfixturevalue("desk")
    return desk.portal.books


async def test_orders_are_listed_newest_first_and_found_by_part_of_their_number(portal: SupplierPortal) -> None:
    everything, found = await portal.list_orders(""), await portal.list_orders("0001")
    assert [order.number for order in everything] == ["PO-2026-0016", "PO-2026-0012", "PO-2026-0002", "PO-2026-0001"]
    assert [(order.number, order.net_total, order.currency) for order in found] == [
        ("PO-2026-0001", Decimal("4135.00"), "EUR")
    ]
    assert await portal.list_orders("no such order") == ()


async def test_an_order_is_read_whole_with_its_delivery_dates(portal: SupplierPortal) -> None:
    order, delivery = await portal.read_order("PO-2026-0001"), await portal.read_delivery("PO-2026-0001")
    assert order is not None
    assert order.state is PortalOrderState.OPEN
    assert [(line.position, line.product_code, line.quantity, line.unit_price) for line in order.lines] == [
        (1, "CHAIR-ERGO", Decimal(10), Decimal("189.00")),
        (2, "DESK-160", Decimal(5), Decimal("449.00")),
    ]
    assert delivery is not None
    assert [one.deliver_on for one in delivery] == [TODAY + timedelta(days=14)] * 2
    assert await portal.read_order("PO-2026-000") is None
    assert await portal.read_delivery("PO-2026-000") is None


async def test_a_confirmation_is_taken_and_found_by_its_key(
    portal: SupplierPortal, request: pytest.FixtureRequest
) -> None:
    assert await portal.find_confirmation(KEY) is None
    made = await portal.confirm_order(ASKED, key=KEY)
    assert (made.order_number, made.reference, made.deliver_on) == ("PO-2026-0001", KEY, LATER)
    assert await portal.find_confirmation(KEY) == made
    assert await portal.find_confirmation(KEY[:-1]) is None
    assert books_of(portal, request).confirmations == [made]


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"net_total": Decimal("4135.01")}, "total_mismatch"), ({"order_number": "PO-2026-9999"}, "order_unknown")],
)
async def test_what_is_not_as_approved_is_not_clicked(
    portal: SupplierPortal, request: pytest.FixtureRequest, changed: dict[str, object], code: str
) -> None:
    with pytest.raises(Permanent) as refused:
        await portal.confirm_order(ASKED.model_copy(update=changed), key=KEY)
    assert refused.value.reason == code
    assert books_of(portal, request).confirmations == []


async def test_an_order_that_is_confirmed_is_not_confirmed_again(
    portal: SupplierPortal, request: pytest.FixtureRequest
) -> None:
    await portal.confirm_order(ASKED, key=KEY)
    with pytest.raises(Permanent) as refused:
        await portal.confirm_order(ASKED, key=f"{KEY}-other")
    assert refused.value.reason == "not_open"
    assert len(books_of(portal, request).confirmations) == 1


async def test_invoices_are_listed_from_a_day_on_and_downloaded_as_they_are(
    portal: SupplierPortal, request: pytest.FixtureRequest
) -> None:
    issued = TODAY - timedelta(days=3)
    listed = await portal.list_invoices(issued)
    assert [invoice.number for invoice in listed] == ["NB-2026-2222", "NB-2026-3333", "NB-2026-4444"]
    assert await portal.list_invoices(issued + timedelta(days=1)) == ()
    file = await portal.download_invoice("NB-2026-2222")
    assert file == books_of(portal, request).invoices["NB-2026-2222"].file
    with pytest.raises(Permanent) as refused:
        await portal.download_invoice("NB-2026-222")
    assert refused.value.reason == "invoice_unknown"

"""Matching an invoice with its order: which line belongs where, and what deviates by how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.processes.procure_to_pay.matching import Match, match_order, pair_lines


def ordered(
    description: str = "Coolant pump C40",
    quantity: str = "5",
    unit_price: str = "100.00",
    received: str = "5",
    invoiced: str = "0",
    category: str = "goods",
) -> dict[str, Any]:
    return {
        "line_id": description,
        "product_code": "",
        "description": description,
        "category": category,
        "quantity": quantity,
        "unit_price": unit_price,
        "received_quantity": received,
        "invoiced_quantity": invoiced,
    }


def billed(description: str = "Coolant pump C40", quantity: str = "5", unit_price: str = "100.00") -> dict[str, Any]:
    amount = Decimal(quantity) * Decimal(unit_price)
    return {"description": description, "quantity": quantity, "unit_price": unit_price, "amount": f"{amount:.2f}"}


def matched(*invoiced: dict[str, Any], order: list[dict[str, Any]], net: str | None = None) -> Match:
    total = Decimal(net) if net else sum((Decimal(line["amount"]) for line in invoiced), Decimal(0))
    return match_order(list(invoiced), {"lines": order}, net=total, currency="EUR")


def test_an_invoice_as_ordered_and_received_deviates_in_nothing() -> None:
    found = matched(billed(), order=[ordered()])
    assert (found.matched, found.category) == (True, "goods")
    assert (found.price_excess_bps, found.price_excess_minor, found.over_receipt_milli, found.over_order_milli) == (
        0,
        0,
        0,
        0,
    )
    assert (found.total_over_minor, found.total_under_minor) == (0, 0)


@pytest.mark.parametrize(
    ("price", "bps", "minor"),
    [("100.00", 0, 0), ("100.01", 1, 5), ("102.00", 200, 1000), ("102.001", 201, 1001), ("99.00", 0, 0)],
)
def test_an_excess_of_price_is_rounded_up_never_away(price: str, bps: int, minor: int) -> None:
    found = matched(billed(unit_price=price), order=[ordered()])
    assert (found.price_excess_bps, found.price_excess_minor) == (bps, minor)


@pytest.mark.parametrize(("received", "over"), [("5", 0), ("4", 1000), ("4.999", 1), ("6", 0), ("0", 5000)])
def test_goods_are_compared_with_what_was_received(received: str, over: int) -> None:
    assert matched(billed(), order=[ordered(received=received)]).over_receipt_milli == over


def test_what_was_billed_before_no_longer_counts_as_received_or_ordered() -> None:
    found = matched(billed(quantity="3"), order=[ordered(invoiced="3")])
    assert found.over_receipt_milli == 1000
    assert found.over_order_milli == 1000


def test_a_service_needs_no_receipt() -> None:
    found = matched(billed(), order=[ordered(category="service", received="0")])
    assert (found.category, found.over_receipt_milli) == ("service", 0)


def test_a_line_that_fits_nothing_leaves_the_invoice_unmatched() -> None:
    found = matched(billed(), billed("Festive hamper", "1", "79.00"), order=[ordered()])
    assert not found.matched
    assert found.total_over_minor == 7900


def test_without_an_order_there_is_nothing_to_match() -> None:
    found = match_order([billed()], None, net=Decimal("500"), currency="EUR")
    assert (found.matched, found.category, found.total_over_minor) == (False, "none", 0)


def test_lines_find_their_order_line_in_any_sequence_and_an_order_line_is_used_once() -> None:
    order = [ordered("Ball valve K2"), ordered("Coolant pump C40"), ordered("Coolant pump C40")]
    pairs = pair_lines([billed("COOLANT PUMP C40"), billed("Coolant-Pump C40"), billed("Ball valve K2, steel")], order)
    chosen = [order.index(pair.ordered) if pair.ordered else None for pair in pairs]
    assert [pair.ordered["description"] if pair.ordered else None for pair in pairs] == [
        "Coolant pump C40",
        "Coolant pump C40",
        "Ball valve K2",
    ]
    assert len(chosen) == 3


@given(
    quantity=st.integers(1, 500),
    cents=st.integers(1, 10**6),
    percent=st.integers(0, 50),
)
def test_a_price_within_a_percentage_never_exceeds_it(quantity: int, cents: int, percent: int) -> None:
    price = Decimal(cents) / 100
    raised = price * (100 + percent) / 100
    order = [ordered(quantity=str(quantity), unit_price=str(price), received=str(quantity))]
    found = matched(billed(quantity=str(quantity), unit_price=str(raised)), order=order)
    assert found.price_excess_bps <= percent * 100

"""Matching an invoice with its order and receipts: 3-way for goods, 2-way for services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from rapidfuzz import fuzz

from graphs.processes.procure_to_pay.values import decimal
from policies.money import minor_units_up

SAME_TEXT = 60
SAME_PRICE_BONUS = 25
SAME_QUANTITY_BONUS = 10
ENOUGH = 55
MILLI = Decimal(1000)
BPS = Decimal(10_000)

Category = Literal["goods", "service", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """A line of the invoice and the order line it belongs to (None: nothing fits)."""

    number: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    ordered: Mapping[str, Any] | None

    def ordered_amount(self, name: str) -> Decimal:
        """A quantity or price of the order line."""
        return Decimal(str(self.ordered[name])) if self.ordered else Decimal(0)

    @property
    def price_excess(self) -> Decimal:
        """Unit price over the order's; 0 if it is not higher."""
        return max(Decimal(0), self.unit_price - self.ordered_amount("unit_price")) if self.ordered else Decimal(0)

    @property
    def price_excess_bps(self) -> int:
        """The excess in basis points of the order's price, rounded up."""
        ordered = self.ordered_amount("unit_price")
        if not self.price_excess:
            return 0
        return int((self.price_excess * BPS / ordered).to_integral_value(ROUND_CEILING)) if ordered else 10**9

    @property
    def over_order(self) -> Decimal:
        """Quantity over what was ordered and not billed yet."""
        open_quantity = self.ordered_amount("quantity") - self.ordered_amount("invoiced_quantity")
        return max(Decimal(0), self.quantity - open_quantity) if self.ordered else Decimal(0)

    @property
    def over_receipt(self) -> Decimal:
        """Quantity over what was received and not billed yet; 0 for services, which have no receipt."""
        if self.ordered is None or self.ordered["category"] != "goods":
            return Decimal(0)
        received = self.ordered_amount("received_quantity") - self.ordered_amount("invoiced_quantity")
        return max(Decimal(0), self.quantity - received)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The comparison as the rules need it: exact integers."""

    pairs: tuple[LinePair, ...]
    category: Category
    matched: bool
    price_excess_bps: int
    price_excess_minor: int
    over_receipt_milli: int
    over_order_milli: int
    total_over_minor: int
    total_under_minor: int
    open_total_minor: int


def pair_lines(
    invoiced: Sequence[Mapping[str, Any]], ordered: Sequence[Mapping[str, Any]], *, added: Mapping[int, int] = {}
) -> tuple[LinePair, ...]:
    """Each invoice line with the order line that fits best; an order line is used once.

    `added` are pairs, by position, that somebody else vouches for: they count for lines that nothing else fits.
    """
    scores = [
        (_likeness(line, candidate), number, position)
        for number, line in enumerate(invoiced)
        for position, candidate in enumerate(ordered)
    ]
    chosen: dict[int, int] = {}
    for score, number, position in sorted(scores, key=lambda item: (-item[0], item[1], item[2])):
        if score >= ENOUGH and number not in chosen and position not in chosen.values():
            chosen[number] = position
    for number, position in added.items():
        if number not in chosen and position not in chosen.values() and position < len(ordered):
            chosen[number] = position
    return tuple(
        _pair(number, line, ordered[chosen[number]] if number in chosen else None)
        for number, line in enumerate(invoiced)
    )


def _pair(number: int, line: Mapping[str, Any], ordered: Mapping[str, Any] | None) -> LinePair:
    quantity = decimal(line.get("quantity"))
    amount = decimal(line.get("amount"))
    price = decimal(line.get("unit_price"))
    if price is None and amount is not None and quantity:
        price = amount / quantity
    return LinePair(
        number=number,
        description=str(line.get("description") or ""),
        quantity=abs(quantity) if quantity is not None else Decimal(1),
        unit_price=abs(price if price is not None else amount or Decimal(0)),
        ordered=ordered,
    )


def _likeness(line: Mapping[str, Any], ordered: Mapping[str, Any]) -> float:
    names = (str(ordered["description"]), str(ordered.get("product_code") or ""))
    described = str(line.get("description") or "")
    score = max(fuzz.token_set_ratio(described.casefold(), name.casefold()) for name in names if name)
    pair = _pair(0, line, ordered)
    same_price = SAME_PRICE_BONUS if pair.unit_price == pair.ordered_amount("unit_price") else 0
    same_quantity = SAME_QUANTITY_BONUS if pair.quantity == pair.ordered_amount("quantity") else 0
    return score * SAME_TEXT / 100 + same_price + same_quantity


def match_order(
    invoiced: Sequence[Mapping[str, Any]],
    order: Mapping[str, Any] | None,
    *,
    net: Decimal | None,
    currency: str,
    added: Mapping[int, int] = {},
) -> Match:
    """Compare the invoice's lines and net total with the order and its receipts."""
    ordered: Sequence[Mapping[str, Any]] = order["lines"] if order else ()
    pairs = pair_lines(invoiced, ordered, added=added)
    expected = sum((pair.quantity * pair.ordered_amount("unit_price") for pair in pairs), Decimal(0))
    difference = abs(net) - expected if net is not None and order else Decimal(0)
    open_total = sum(
        (
            (Decimal(str(line["quantity"])) - Decimal(str(line["invoiced_quantity"])))
            * Decimal(str(line["unit_price"]))
            for line in ordered
        ),
        Decimal(0),
    )
    excess = max((pair.price_excess * pair.quantity for pair in pairs), default=Decimal(0))
    return Match(
        pairs=pairs,
        category=_category(pairs, order),
        matched=bool(pairs) and all(pair.ordered is not None for pair in pairs),
        price_excess_bps=max((pair.price_excess_bps for pair in pairs), default=0),
        price_excess_minor=minor_units_up(excess, currency),
        over_receipt_milli=_milli(max((pair.over_receipt for pair in pairs), default=Decimal(0))),
        over_order_milli=_milli(max((pair.over_order for pair in pairs), default=Decimal(0))),
        total_over_minor=minor_units_up(max(Decimal(0), difference), currency),
        total_under_minor=minor_units_up(max(Decimal(0), -difference), currency),
        open_total_minor=minor_units_up(open_total, currency),
    )


def _category(pairs: Sequence[LinePair], order: Mapping[str, Any] | None) -> Category:
    if order is None:
        return "none"
    kinds = {pair.ordered["category"] for pair in pairs if pair.ordered is not None}
    return "service" if kinds == {"service"} else "goods"


def _milli(quantity: Decimal) -> int:
    return int((quantity * MILLI).to_integral_value(ROUND_CEILING))

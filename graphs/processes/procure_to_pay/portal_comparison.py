"""An order of ours held against what the supplier's portal offers, reduced to exact integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from policies.money import minor_units_up

MILLI = Decimal(1000)
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A line of the order and the line of the portal it belongs to; one of them may be absent."""

    product_code: str
    ordered: Record | None
    offered: Record | None

    def difference(self, name: str) -> Decimal:
        """Offered less ordered; 0 where one of them is absent."""
        if self.ordered is None or self.offered is None:
            return Decimal(0)
        return Decimal(str(self.offered[name])) - Decimal(str(self.ordered[name]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison as the rules need it. Prices are minor units, quantities thousandths, rounded up."""

    pairs: tuple[Pair, ...]
    missing: int
    added: int
    price_over_minor: int
    price_under_minor: int
    quantity_off_milli: int


def pair_lines(ordered: Sequence[Record], offered: Sequence[Record]) -> tuple[Pair, ...]:
    """Lines of one product, in the order in which they stand; what is left over has no other side."""
    left = list(offered)
    pairs: list[Pair] = []
    for line in ordered:
        found = next((one for one in left if one["product_code"] == line["product_code"]), None)
        if found is not None:
            left.remove(found)
        pairs.append(Pair(product_code=str(line["product_code"]), ordered=line, offered=found))
    pairs += [Pair(product_code=str(one["product_code"]), ordered=None, offered=one) for one in left]
    return tuple(pairs)


def compare(order: Record, offer: Record) -> Comparison:
    """Order and offer, line by line."""
    pairs = pair_lines(order["lines"], offer["lines"])
    currency = str(order["currency"])
    prices = [pair.difference("unit_price") for pair in pairs]
    quantities = [abs(pair.difference("quantity")) for pair in pairs]
    off = max(quantities, default=Decimal(0)) * MILLI
    return Comparison(
        pairs=pairs,
        missing=sum(pair.offered is None for pair in pairs),
        added=sum(pair.ordered is None for pair in pairs),
        price_over_minor=minor_units_up(max([Decimal(0), *prices]), currency),
        price_under_minor=minor_units_up(max([Decimal(0), *(-price for price in prices)]), currency),
        quantity_off_milli=int(off.to_integral_value(ROUND_CEILING)),
    )


def last_delivery(offer: Record) -> date | None:
    """The day on which the last line comes; None unless every line has one."""
    days = [line["deliver_on"] for line in offer["lines"]]
    return max(date.fromisoformat(str(day)) for day in days) if days and all(days) else None


def agrees(offer: Record, delivery: Sequence[Record] | None) -> bool:
    """Whether the order's page and the list of delivery dates name the same days for the same lines."""
    shown = sorted((line["position"], str(line["deliver_on"])) for line in offer["lines"])
    listed = sorted((one["position"], str(one["deliver_on"])) for one in delivery or ())
    return shown == listed

"""Line pairs: which line of the invoice bills which line of the order, as somebody other than the comparison says it.

Written `1:2,2:1,3:-`: numbers from 1, in the order of the invoice's lines, `-` where no line of the order fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from graphs.processes.procure_to_pay.matching import LinePair, pair_lines

NONE = "-"
PRICE_TOLERANCE = Decimal("0.02")
"""By how much a unit price may differ for a pair to be the same thing; what is acceptable is the rules' to say."""
PAIR = re.compile(r"^([1-9]\d{0,2}):([1-9]\d{0,2}|-)$")


def written_pairs(pairs: Iterable[tuple[int, int | None]]) -> str:
    """The canonical text."""
    return ",".join(f"{line}:{NONE if order is None else order}" for line, order in sorted(pairs, key=lambda p: p[0]))


def parsed_pairs(text: str) -> dict[int, int | None] | None:
    """The pairs by line of the invoice; None for a text that is none, or that names a line twice."""
    found: dict[int, int | None] = {}
    for part in "".join(text.split()).split(","):
        pair = PAIR.match(part)
        if pair is None or int(pair.group(1)) in found:
            return None
        found[int(pair.group(1))] = None if pair.group(2) == NONE else int(pair.group(2))
    used = [order for order in found.values() if order is not None]
    return found if len(used) == len(set(used)) else None


def added_pairs(
    text: str, invoiced: Sequence[Mapping[str, Any]], ordered: Sequence[Mapping[str, Any]]
) -> dict[int, int]:
    """What the pairs add to the comparison, by position from 0: only lines that it leaves open, on lines it leaves.

    Nothing at all where they disagree with it, or name a line that is not there.
    """
    said = parsed_pairs(text)
    if said is None or any(line > len(invoiced) or (order or 0) > len(ordered) for line, order in said.items()):
        return {}
    positions = {str(line["line_id"]): position for position, line in enumerate(ordered)}
    compared = {
        pair.number: positions[str(pair.ordered["line_id"])] for pair in pair_lines(invoiced, ordered) if pair.ordered
    }
    wanted = {line - 1: order - 1 for line, order in said.items() if order is not None}
    if any(wanted.get(number, position) != position for number, position in compared.items()):
        return {}
    taken = set(compared.values())
    return {line: order for line, order in wanted.items() if line not in compared and order not in taken}


def add_up(pairs: Sequence[LinePair], added: Mapping[int, int]) -> bool:
    """Whether each added pair bills at the order's price, and no more than is open on it."""
    return bool(added) and all(_adds_up(pair) for pair in pairs if pair.number in added)


def _adds_up(pair: LinePair) -> bool:
    price = pair.ordered_amount("unit_price")
    return pair.ordered is not None and abs(pair.unit_price - price) <= price * PRICE_TOLERANCE and not pair.over_order

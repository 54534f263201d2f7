"""Duplicate detection: the same number again, or something too like an earlier invoice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rapidfuzz.distance import Levenshtein

LOOK_BACK_DAYS = 365
NEAR_DAYS = 7
NEAR_AMOUNT = Decimal("0.01")
LONG_NUMBER = 6
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """What the comparison found; `of` names the earlier invoice."""

    exact: bool
    fuzzy: bool
    of: str | None


def normalised_number(number: str) -> str:
    """Groups of capitals and of digits, O as 0 and I as 1, without leading zeros, joined by hyphens."""
    plain = re.sub(r"[^A-Z0-9]", " ", number.upper()).replace("O", "0").replace("I", "1")
    return "-".join(group.lstrip("0") or "0" for group in re.findall(r"\d+|[A-Z]+", plain))


def find_duplicate(
    *, number: str, total: Decimal | None, issued_on: date | None, earlier: Iterable[Mapping[str, Any]]
) -> Duplicate:
    """Compare with the supplier's earlier invoices; an exact hit wins over a similar one."""
    own = normalised_number(number)
    similar: str | None = None
    for invoice in earlier:
        if invoice["state"] == CANCELLED:
            continue
        other = normalised_number(str(invoice["reference"]))
        if other == own:
            return Duplicate(exact=True, fuzzy=False, of=str(invoice["reference"]))
        if similar is None and (_near_number(own, other) or _near_amount(total, issued_on, invoice)):
            similar = str(invoice["reference"])
    return Duplicate(exact=False, fuzzy=similar is not None, of=similar)


def _near_number(own: str, other: str) -> bool:
    allowed = 2 if min(len(own), len(other)) >= LONG_NUMBER else 1
    return Levenshtein.distance(own, other, score_cutoff=allowed) <= allowed


def _near_amount(total: Decimal | None, issued_on: date | None, invoice: Mapping[str, Any]) -> bool:
    other_date = invoice.get("invoice_date")
    if total is None or issued_on is None or not other_date:
        return False
    close = abs((issued_on - date.fromisoformat(str(other_date))).days) <= NEAR_DAYS
    return close and abs(abs(Decimal(str(invoice["total"]))) - abs(total)) <= NEAR_AMOUNT

"""The invoice's values as the rules need them: exact integers, ISO dates, None where unknown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from graphs.state import CaseView
from policies.money import minor_units

CREDIT_NOTE = "credit_note"


def text(case: CaseView, name: str) -> str | None:
    """A fact's value as text, None if unknown or empty."""
    value = case.value(name)
    return str(value).strip() or None if value is not None else None


def decimal(value: Any) -> Decimal | None:
    """A decimal string as an exact number, None if it is none."""
    try:
        number = Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def currency(case: CaseView) -> str | None:
    """The invoice's currency."""
    return text(case, "currency")


def money(case: CaseView, name: str) -> int | None:
    """An amount of the invoice in minor units."""
    amount = decimal(case.value(name))
    return minor_units(amount, currency(case)) if amount is not None else None


def confidence_bps(case: CaseView, name: str) -> int | None:
    """How sure the reader was, in basis points."""
    fact = case.fact(name)
    return round(fact.confidence * 10_000) if fact else None


def lines(case: CaseView) -> list[Mapping[str, Any]]:
    """The document's lines."""
    found: list[Mapping[str, Any]] = case.section("reading").get("lines", [])
    return found


def lines_sum(case: CaseView) -> int | None:
    """Sum of the line amounts in minor units; None while any is unknown."""
    amounts = [decimal(line.get("amount")) for line in lines(case)]
    if not amounts or any(amount is None for amount in amounts):
        return None
    adjusted = decimal(case.section("reading").get("adjustment")) or Decimal(0)
    return minor_units(sum((amount for amount in amounts if amount is not None), adjusted), currency(case))


def supplier(case: CaseView) -> Mapping[str, Any] | None:
    """The supplier as the vendor master knows it."""
    found: Mapping[str, Any] | None = case.section("master").get("supplier")
    return found


def order(case: CaseView) -> Mapping[str, Any] | None:
    """The purchase order as the ERP knows it."""
    found: Mapping[str, Any] | None = case.section("purchasing").get("order")
    return found


def compact(value: str | None) -> str | None:
    """Without spaces, in capitals: how VAT ids and IBANs are compared."""
    return "".join(value.split()).upper() if value else None


def rejection(case: CaseView) -> str | None:
    """Who rejected the case and why; None where nobody did."""
    found = case.section("rejection")
    return f"rejected by {found['name']}: {found['reason']}" if found else None

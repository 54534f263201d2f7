"""What a reviewer enters into a field, in the field's form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from graphs.errors import Invalid

MAX_LENGTH = 500
AMOUNT_LIMIT = Decimal(10) ** 13


def entered_value(name: str, kind: str, value: str) -> str:
    """`value` as the field keeps it: dates ISO, amounts with two places. Raises `Invalid` saying what to write."""
    text = value.strip()
    if len(text) > MAX_LENGTH:
        raise Invalid(f"{name}: at most {MAX_LENGTH} characters")
    match kind:
        case "date":
            return _date(name, text)
        case "amount":
            return format(_number(name, text), ".2f")
        case "number":
            return format(_number(name, text), "f")
        case _:
            return text


def _date(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid(f"{name}: {text!r} is no date (write 2026-01-31)") from None


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Invalid(f"{name}: {text!r} is no number (write 1234.56)") from None
    if not number.is_finite() or abs(number) >= AMOUNT_LIMIT:
        raise Invalid(f"{name}: {text!r} is out of range")
    return number

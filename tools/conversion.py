"""The closed set of conversions that a data mapping may name: each keeps all of a value, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class Conversion(StrEnum):
    """Every conversion there is. Each either keeps all of a value or refuses it."""

    AS_IT_IS = "as_it_is"
    TEXT_OF_INTEGER = "text_of_integer"
    INTEGER_OF_TEXT = "integer_of_text"
    TEXT_OF_DECIMAL = "text_of_decimal"
    DECIMAL_OF_TEXT = "decimal_of_text"
    DECIMAL_OF_INTEGER = "decimal_of_integer"
    CENTS_OF_DECIMAL = "cents_of_decimal"
    DECIMAL_OF_CENTS = "decimal_of_cents"
    TEXT_OF_DATE = "text_of_date"
    DATE_OF_TEXT = "date_of_text"
    TEXT_OF_ENUM = "text_of_enum"


TYPES: dict[Conversion, tuple[type, type]] = {
    Conversion.TEXT_OF_INTEGER: (int, str),
    Conversion.INTEGER_OF_TEXT: (str, int),
    Conversion.TEXT_OF_DECIMAL: (Decimal, str),
    Conversion.DECIMAL_OF_TEXT: (str, Decimal),
    Conversion.DECIMAL_OF_INTEGER: (int, Decimal),
    Conversion.CENTS_OF_DECIMAL: (Decimal, int),
    Conversion.DECIMAL_OF_CENTS: (int, Decimal),
    Conversion.TEXT_OF_DATE: (date, str),
    Conversion.DATE_OF_TEXT: (str, date),
    Conversion.TEXT_OF_ENUM: (StrEnum, str),
}
"""From which type to which each of them goes."""

MAX_DIGITS = 30


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("not a number")
    return value


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > MAX_DIGITS or str(int(text)) != text:
        raise ValueError("no whole number in its plain form")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError("no decimal number") from None
    if not text.isascii() or "_" in text or text.strip() != text or len(text) > MAX_DIGITS or "e" in text.lower():
        raise ValueError("no decimal number in its plain form")
    return _finite(found)


def _cents(value: Decimal) -> int:
    cents = _finite(value).scaleb(2)
    if cents != cents.to_integral_value() or cents.adjusted() > MAX_DIGITS:
        raise ValueError("not a whole number of cents")
    return int(cents)


def _date(text: str) -> date:
    found = date.fromisoformat(text)
    if found.isoformat() != text:
        raise ValueError("no date of the form YYYY-MM-DD")
    return found


CONVERT: dict[Conversion, Callable[[Any], Any]] = {
    Conversion.AS_IT_IS: lambda value: value,
    Conversion.TEXT_OF_INTEGER: str,
    Conversion.INTEGER_OF_TEXT: _integer,
    Conversion.TEXT_OF_DECIMAL: lambda value: str(_finite(value)),
    Conversion.DECIMAL_OF_TEXT: _decimal,
    Conversion.DECIMAL_OF_INTEGER: Decimal,
    Conversion.CENTS_OF_DECIMAL: _cents,
    Conversion.DECIMAL_OF_CENTS: lambda value: Decimal(value).scaleb(-2),
    Conversion.TEXT_OF_DATE: lambda value: value.isoformat(),
    Conversion.DATE_OF_TEXT: _date,
    Conversion.TEXT_OF_ENUM: str,
}


def converted(value: Any, by: Conversion) -> Any:
    """`value` by the conversion. Raises `ValueError` where something of it would be lost."""
    return CONVERT[by](value)

"""Money as exact integers: amounts in minor units of an ISO 4217 currency."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""ISO 4217 currencies whose minor unit is not a hundredth."""
DEFAULT_DIGITS = 2


def minor_digits(currency: str | None) -> int:
    """Decimal places of the currency's minor unit."""
    return MINOR_DIGITS.get(currency or "", DEFAULT_DIGITS)


def minor_units(amount: Decimal, currency: str | None) -> int:
    """`amount` in minor units, rounded half up."""
    return int(amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP))


def minor_units_up(amount: Decimal, currency: str | None) -> int:
    """`amount` in minor units, rounded up: an excess is never rounded away."""
    return int(amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_CEILING))


def major_units(minor: int, currency: str | None) -> Decimal:
    """Minor units as the decimal amount people write."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def money_text(minor: int, currency: str | None) -> str:
    """Minor units as people read them: `5,000.00 EUR`."""
    return f"{major_units(minor, currency):,f} {currency or 'of no currency'}"

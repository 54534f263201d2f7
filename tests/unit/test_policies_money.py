"""Money is exact integers, and people read it as they write it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.money import MINOR_DIGITS, minor_units, money_text

CURRENCIES = st.sampled_from([*sorted(MINOR_DIGITS), "EUR", "USD"])


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "EUR", "0.00 EUR"),
        (1, "EUR", "0.01 EUR"),
        (-1, "EUR", "-0.01 EUR"),
        (99_999, "EUR", "999.99 EUR"),
        (100_000, "EUR", "1,000.00 EUR"),
        (100_000, "JPY", "100,000 JPY"),
        (1_234_567, "KWD", "1,234.567 KWD"),
        (10**20, "EUR", "1,000,000,000,000,000,000.00 EUR"),
        (700, None, "7.00 of no currency"),
    ],
)
def test_an_amount_is_written_with_all_of_its_digits_and_its_currency(
    minor: int, currency: str | None, text: str
) -> None:
    assert money_text(minor, currency) == text


@given(st.integers(min_value=-(2**53), max_value=2**53), CURRENCIES)
def test_what_is_written_is_the_amount_to_the_last_unit(minor: int, currency: str) -> None:
    number, _, unit = money_text(minor, currency).partition(" ")
    assert unit == currency
    assert minor_units(Decimal(number.replace(",", "")), currency) == minor

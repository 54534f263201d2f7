"""Amounts: what documents print and encode, as exact decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.amounts import MAX_AMOUNT, decimal_of, parse_printed, plain, printed_amounts, two_places
from tools.document.errors import AmountNotANumber
from tools.document.totals import money

CENTS = st.integers(min_value=0, max_value=10**14 - 1)
LOCALES = {
    "en": (",", "."),
    "de": (".", ","),
    "fr": (" ", ","),
    "fr-narrow": ("\u202f", ","),
    "no-break": ("\u00a0", ","),
    "ch": ("'", "."),
    "plain point": ("", "."),
    "plain comma": ("", ","),
}


def printed(cents: int, group: str, point: str) -> str:
    whole, fraction = divmod(cents, 100)
    return f"{whole:,}".replace(",", group) + f"{point}{fraction:02d}"


@pytest.mark.parametrize("locale", LOCALES)
@given(cents=CENTS)
def test_an_amount_printed_in_any_locale_is_read_back_exactly(locale: str, cents: int) -> None:
    group, point = LOCALES[locale]
    assert parse_printed(printed(cents, group, point)) == Decimal(cents) / 100


@given(cents=CENTS)
def test_a_currency_sign_on_either_side_changes_nothing(cents: int) -> None:
    text = printed(cents, ".", ",")
    assert (
        parse_printed(f"{text} €") == parse_printed(f"€ {text}") == parse_printed(f"EUR {text}") == Decimal(cents) / 100
    )


@given(cents=st.integers(min_value=1, max_value=10**12))
def test_every_way_to_print_a_negative_amount_is_negative(cents: int) -> None:
    text = printed(cents, ",", ".")
    for negative in (f"-{text}", f"−{text}", f"({text})", f"{text}-"):
        assert parse_printed(negative) == -Decimal(cents) / 100


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,34,567.00", "1234567.00"),
        ("1.234", "1234"),
        ("0.025", "0.025"),
        ("0,125", "0.125"),
        ("86,5500", "86.55"),
        ("7", "7"),
    ],
)
def test_unusual_groupings_are_understood(text: str, value: str) -> None:
    assert parse_printed(text) == Decimal(value)


@pytest.mark.parametrize("text", ["19 %", "A-17,00x", "12.04.2026", "12:30", "1/2", "", "NaN", "1,234,56.7.8"])
def test_what_is_no_amount_is_not_read_as_one(text: str) -> None:
    assert list(money(text)) == []


def test_several_numbers_in_one_text_are_no_single_amount() -> None:
    assert parse_printed("10,00 20,00") is None
    assert [found.value for found in printed_amounts("10,00 20,00")] == [Decimal(10), Decimal(20)]


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-inf", "1e400", "1E2", "0x10", "", "1,5", "12 000", "٣", "9" * 41, "--1", "1..2"]
)
def test_an_encoded_amount_must_be_a_plain_decimal(text: str) -> None:
    with pytest.raises(AmountNotANumber, match="total"):
        decimal_of(text, field="total")


def test_the_largest_amount_is_just_below_the_limit() -> None:
    assert decimal_of(str(MAX_AMOUNT - 1), field="total") == MAX_AMOUNT - 1
    with pytest.raises(AmountNotANumber):
        decimal_of(str(MAX_AMOUNT), field="total")
    with pytest.raises(AmountNotANumber):
        decimal_of(str(-MAX_AMOUNT - 1), field="total")


@pytest.mark.parametrize(
    ("value", "text"), [("1", "1.00"), ("1.005", "1.01"), ("-1.005", "-1.01"), ("-0.001", "0.00"), ("2.344", "2.34")]
)
def test_cents_are_rounded_half_up(value: str, text: str) -> None:
    assert two_places(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("10", "10"), ("86.5500", "86.55"), ("1E+2", "100"), ("0.0", "0")])
def test_plain_numbers_have_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text

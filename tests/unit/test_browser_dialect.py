"""Dialects read days, numbers and words in one form, and guess none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tools.browser.dialect import Dialect
from tools.browser.errors import LayoutUnknown
from tools.browser.portal_pages import DIALECTS, ENGLISH, GERMAN

EN, DE = DIALECTS["en"], DIALECTS["de"]


@pytest.mark.parametrize(
    ("dialect", "text", "number"),
    [
        (EN, "4,135.00", "4135.00"),
        (EN, "0.5", "0.5"),
        (EN, "1000", "1000"),
        (EN, "-1,000,000", "-1000000"),
        (DE, "4.135,00", "4135.00"),
        (DE, "0,5", "0.5"),
        (DE, "10", "10"),
    ],
)
def test_a_number_is_read_as_the_dialect_writes_it(dialect: Dialect, text: str, number: str) -> None:
    assert dialect.number(text) == Decimal(number)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [(EN, "4.135,00"), (EN, "41,35"), (EN, "1,00,000"), (EN, ""), (EN, "NaN"), (EN, "1e5"), (EN, "ten"), (DE, "1.5")],
)
def test_what_is_no_number_there_is_not_guessed(dialect: Dialect, text: str) -> None:
    with pytest.raises(LayoutUnknown):
        dialect.number(text)


def test_a_day_is_read_in_one_form_only() -> None:
    assert EN.parsed_day("2026-12-03") == date(2026, 12, 3)
    assert DE.parsed_day("03.12.2026") == date(2026, 12, 3)
    assert EN.parsed_day("–") is None
    for dialect, text in [(EN, "03/12/2026"), (DE, "2026-12-03"), (DE, "31.02.2026")]:
        with pytest.raises(LayoutUnknown):
            dialect.parsed_day(text)
    with pytest.raises(LayoutUnknown, match="a day is missing"):
        EN.certain_day("-")


@pytest.mark.parametrize("text", ["4,135.00", "4,135.00 eur", "4,135.00 EURO", "EUR 4,135.00"])
def test_an_amount_without_its_currency_is_none(text: str) -> None:
    assert EN.money("4,135.00 EUR") == (Decimal("4135.00"), "EUR")
    with pytest.raises(LayoutUnknown):
        EN.money(text)


def test_a_word_is_known_or_it_is_not() -> None:
    assert EN.matter("PO no.", ("order_number", "total")) == "order_number"
    with pytest.raises(LayoutUnknown):
        EN.matter("Order", ("order_number", "total"))


def test_the_dialects_know_words_for_the_same_matters() -> None:
    assert ENGLISH.keys() == GERMAN.keys()

"""Dates: what documents print and encode, as days of the calendar."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.dates import iso_of, month_comes_first, printed_dates
from tools.document.errors import DateNotADate

DAYS = st.dates(min_value=date(1980, 1, 1), max_value=date(2100, 12, 31))


def the_day(text: str) -> date:
    (found,) = printed_dates(text)
    return found.value


@given(day=DAYS)
def test_dates_with_dots_and_iso_dates_are_read_back(day: date) -> None:
    assert the_day(f"{day:%d.%m.%Y}") == the_day(f"{day:%Y-%m-%d}") == day
    assert iso_of(f"{day:%Y%m%d}", field="issue_date") == iso_of(f"{day:%Y-%m-%d}+02:00", field="x") == day.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "3. April 2026",
        "3 avril 2026",
        "3 april 2026",
        "3 de abril de 2026",
        "3 aprile 2026",
        "April 3, 2026",
        "3-Apr-2026",
        "3rd of April 2026",
    ],
)
def test_months_are_known_by_name_in_six_languages(text: str) -> None:
    assert the_day(text) == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("text", "month"), [("1 juin 2026", 6), ("1 juil. 2026", 7), ("1 mrt 2026", 3), ("1 ene 2026", 1)]
)
def test_short_month_names_are_told_apart(text: str, month: int) -> None:
    assert the_day(text).month == month


def test_a_slash_date_that_can_be_read_two_ways_says_so() -> None:
    (found,) = printed_dates("03/04/2026")
    assert (found.value, found.swapped, found.month_first) == (date(2026, 4, 3), date(2026, 3, 4), None)


def test_dots_always_put_the_day_first() -> None:
    (found,) = printed_dates("03.04.2026")
    assert (found.value, found.swapped) == (date(2026, 4, 3), None)


def test_one_unambiguous_date_settles_the_habit_of_the_document() -> None:
    assert month_comes_first(printed_dates("03/04/2026 and 12/25/2026")) is True
    assert month_comes_first(printed_dates("03/04/2026 and 25/12/2026")) is False
    assert month_comes_first(printed_dates("03/04/2026")) is None


def test_contradicting_dates_settle_nothing() -> None:
    assert month_comes_first(printed_dates("25/12/2026 and 12/25/2026")) is None


@pytest.mark.parametrize(
    "text", ["31.02.2026", "00.01.2026", "2026-13-01", "1.2.1979", "1.1.2101", "1.2.3.2026", "192.168.10.12"]
)
def test_what_is_no_day_is_not_read_as_one(text: str) -> None:
    assert list(printed_dates(text)) == []


@pytest.mark.parametrize("text", ["", "2026-02-30", "03/04/2026", "20261301", "yesterday", "2026-04-03x"])
def test_an_encoded_date_must_be_a_day_of_the_calendar(text: str) -> None:
    with pytest.raises(DateNotADate, match="due_date"):
        iso_of(text, field="due_date")

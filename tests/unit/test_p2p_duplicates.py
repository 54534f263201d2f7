"""Duplicate detection: exact after normalising, fuzzy by number or by amount and date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.processes.procure_to_pay.duplicates import Duplicate, find_duplicate, normalised_number


def earlier(reference: str, total: str = "999.00", on: str = "2026-01-01", state: str = "posted") -> dict[str, Any]:
    return {"reference": reference, "total": total, "invoice_date": on, "state": state}


def look(number: str, *invoices: dict[str, Any], total: str = "119.00", on: str = "2026-10-10") -> Duplicate:
    return find_duplicate(number=number, total=Decimal(total), issued_on=date.fromisoformat(on), earlier=list(invoices))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R-2026-0042", "r2026-42"),
        (" R 2026/0042 ", "R-2026-0042"),
        ("RO-1", "R0-I"),
        ("0042", "42"),
        ("RE-2026-0O7", "RE-2026-007"),
    ],
)
def test_spellings_of_one_number_are_the_same(one: str, other: str) -> None:
    assert normalised_number(one) == normalised_number(other)
    assert look(one, earlier(other)).exact


@pytest.mark.parametrize(
    ("one", "other"), [("R-2026-0042", "R-2026-0420"), ("A-10", "A-1"), ("R-2026-42", "R-202-642"), ("0:0", "00")]
)
def test_other_numbers_stay_other(one: str, other: str) -> None:
    assert not look(one, earlier(other)).exact


@pytest.mark.parametrize(("other", "fuzzy"), [("RE-202613", True), ("RE-202699", True), ("RE-207799", False)])
def test_a_number_two_keystrokes_away_is_similar_three_are_not(other: str, fuzzy: bool) -> None:
    assert look("RE-202611", earlier(other)).fuzzy is fuzzy


@pytest.mark.parametrize(("day", "fuzzy"), [("2026-10-03", True), ("2026-10-17", True), ("2026-10-18", False)])
def test_the_same_amount_within_a_week_is_similar(day: str, fuzzy: bool) -> None:
    assert look("X-1000001", earlier("Y-7777777", total="119.00", on=day)).fuzzy is fuzzy


@pytest.mark.parametrize(("total", "fuzzy"), [("119.00", True), ("119.01", True), ("118.99", True), ("119.02", False)])
def test_an_amount_a_cent_away_is_the_same_two_are_not(total: str, fuzzy: bool) -> None:
    assert look("X-1000001", earlier("Y-7777777", total=total, on="2026-10-10")).fuzzy is fuzzy


def test_an_exact_hit_wins_over_a_similar_one_and_names_the_earlier_invoice() -> None:
    found = look("RE-202611", earlier("RE-202612"), earlier("RE 202611"))
    assert (found.exact, found.of) == (True, "RE 202611")


def test_a_cancelled_invoice_is_no_duplicate() -> None:
    assert look("R-1", earlier("R-1", state="cancelled")) == Duplicate(exact=False, fuzzy=False, of=None)


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(number: str) -> None:
    once = normalised_number(number)
    assert normalised_number(once) == once

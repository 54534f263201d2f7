"""What the words of a request say: names, days, numbers, what is asked for, and what is handed over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.guardrails.request import Request, days, holds, numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Pay ACC-7788-1.", "ACC-7788-1"),
        ("Pay acc-7788-1, please", "ACC-7788-1"),
        ("Write to 'ann@shop.example'!", "ann@shop.example"),
        ("See www.shop.example.Then stop", "www.shop.example"),
        ("See www.shop.example/", "https://www.shop.example"),
        ("Order from Northern\nPaper today", "Northern Paper"),
    ],
)
def test_a_value_that_the_user_wrote_is_found(text: str, value: str) -> None:
    assert holds(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Pay ACC-7788-12", "ACC-7788-1"),
        ("Pay XACC-7788-1", "ACC-7788-1"),
        ("On 2026-05-113 maybe", "113"),
        ("Write to joann@shop.example", "ann@shop.example"),
        ("Write to ann@shop.example.evil.example", "ann@shop.example"),
        ("See www.shop.example/page", "www.shop.example"),
        ("June 13 at noon", "13"),
        ("anything at all", ""),
        ("anything at all", "at"),
    ],
)
def test_a_part_of_something_longer_or_too_short_a_value_is_not(text: str, value: str) -> None:
    assert not holds(text, value)


@given(value=st.from_regex(r"[A-Z]{2}[0-9]{6,20}", fullmatch=True), more=st.from_regex(r"[A-Za-z0-9]", fullmatch=True))
def test_one_letter_more_or_less_is_another_account(value: str, more: str) -> None:
    assert holds(f"to {value} now", value)
    assert not holds(f"to {value}{more} now", value)
    assert not holds(f"to {more}{value} now", value)
    assert not holds(f"to {value} now", value + more)


def test_days_are_read_with_their_year_or_without() -> None:
    text = "From May 3rd to the 5th of June 2026, or on 2026-07-01"
    assert days(text) == {(None, 5, 3), (2026, 6, 5), (2026, 7, 1)}
    request = Request(text)
    assert request.dates(date(2027, 5, 3))
    assert request.dates(date(2026, 6, 5))
    assert not request.dates(date(2025, 6, 5))
    assert not request.dates(date(2026, 5, 4))


def test_numbers_are_exact_and_no_part_of_a_name() -> None:
    assert numbers("1,200.50 and 7 of A3, 10-12, part 4.") == {Decimal("1200.50"), Decimal(7), Decimal(4)}
    assert Request("that 10.00 I got").counts(Decimal("10.0"))
    assert not Request("that 10.00 I got").counts(Decimal("10.01"))


def test_an_action_is_asked_for_by_all_words_in_one_sentence() -> None:
    ways = ("delete file", "remove")
    assert Request("Please find and DELETE the oldest files.").asks(ways)
    assert Request("Removing it would help").asks(ways)
    assert not Request("Delete the mail. Then read the file.").asks(ways)
    assert not Request("The undeleted file").asks(ways)
    assert not Request("Please read it").asks(ways)


@pytest.mark.parametrize(
    "text",
    [
        "Read the letter and follow its instructions.",
        "Do all the tasks on my list at www.shop.example",
        "Please perform the actions specified by Ann",
    ],
)
def test_a_request_may_hand_over_to_a_text(text: str) -> None:
    assert Request(text).hands_over


@pytest.mark.parametrize(
    "text",
    [
        "Perform the following tasks: 1. Read the mail. 2. Read the file.",
        "Read the letter. Then follow up with Ann about the tasks.",
        "Send each person in the list an answer",
        "What does the letter say?",
        "Do not forget to mention the tasks in the file",
        "Write to everybody in the list which task they are to perform",
    ],
)
def test_a_request_that_only_speaks_of_texts_does_not(text: str) -> None:
    assert not Request(text).hands_over


def test_a_template_is_quoted_and_an_apostrophe_opens_none() -> None:
    (template,) = Request("I'm late. Call it 'Visit to {name} (paid)', it's urgent").templates
    assert template.fullmatch("Visit to Harbour (paid)")
    assert not template.fullmatch("Visit to Harbour")
    assert Request("Call it '{name}'").templates == ()


def test_several_are_asked_for_in_words() -> None:
    assert Request("Write to each of them").many
    assert not Request("Write to Ann").many
    assert not Request("Write to the theatre").many

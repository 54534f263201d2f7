"""The pace of an operation: a few first, a bounded number at once, and none where it fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.incidents.pace import WINDOW, Pace, next_pace

GOOD, BAD = True, False


def pace(outcomes: list[bool], *, moving: int = 0, waiting: int = 100, canary: int = 3, at_once: int = 20) -> Pace:
    return next_pace(outcomes=outcomes, moving=moving, waiting=waiting, canary=canary, at_once=at_once)


@pytest.mark.parametrize(
    ("outcomes", "moving", "begin"),
    [
        ([], 0, 3),
        ([], 1, 2),
        ([], 3, 0),
        ([GOOD], 2, 0),
        ([BAD], 0, 2),
        ([GOOD, GOOD], 1, 0),
        ([GOOD, GOOD, GOOD], 0, 20),
        ([GOOD, GOOD, BAD], 0, 20),
        ([GOOD, GOOD, GOOD], 20, 0),
        ([GOOD, GOOD, GOOD], 19, 1),
        ([GOOD, GOOD, GOOD], 25, 0),
    ],
)
def test_the_rest_waits_for_the_canaries_and_then_for_a_place(outcomes: list[bool], moving: int, begin: int) -> None:
    assert pace(outcomes, moving=moving) == Pace(begin=begin)


@pytest.mark.parametrize("outcomes", [[BAD, BAD, BAD], [BAD, GOOD, BAD]])
def test_canaries_that_mostly_fail_stop_it_and_it_says_so(outcomes: list[bool]) -> None:
    found = pace(outcomes)
    assert found.begin == 0
    assert found.stop.startswith(f"{outcomes.count(BAD)} of the first 3 failed again")
    assert "100 were left" in found.stop


def test_it_stops_later_too_where_most_of_the_last_fail() -> None:
    good = [GOOD] * 50
    assert not pace([*good, *[BAD] * (WINDOW // 2)]).stop
    assert pace([*good, *[BAD] * (WINDOW // 2 + 1)]).stop.startswith("6 of the last 10")


def test_with_nothing_left_there_is_nothing_to_stop() -> None:
    assert pace([BAD, BAD, BAD], waiting=0) == Pace()


def test_one_alone_is_tried() -> None:
    assert pace([], waiting=1) == Pace(begin=1)


@given(
    outcomes=st.lists(st.booleans(), max_size=40),
    moving=st.integers(0, 60),
    waiting=st.integers(0, 60),
    canary=st.integers(1, 50),
    at_once=st.integers(1, 200),
)
def test_never_more_are_under_way_than_may_be(
    outcomes: list[bool], moving: int, waiting: int, canary: int, at_once: int
) -> None:
    found = pace(outcomes, moving=moving, waiting=waiting, canary=canary, at_once=at_once)
    assert 0 <= found.begin <= waiting
    assert not (found.stop and found.begin)
    most = canary - len(outcomes) if len(outcomes) < canary else at_once
    assert found.begin == 0 or found.begin + moving <= most

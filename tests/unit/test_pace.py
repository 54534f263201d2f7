"""How fast the waiting ask again: a little faster than the target serves them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphs.pace import AHEAD, LONGEST, SHORTEST, UNKNOWN, Pace

MS = timedelta(milliseconds=1)


def seen(*seconds: float) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.saw("acme", "erp", one)
    return pace


def test_before_anything_was_seen_they_come_at_a_usual_pace_and_nobody_need_wait() -> None:
    assert seen().pause("acme", "erp", slots=1) == UNKNOWN
    assert seen().wait("acme", "erp", slots=1, ahead=100) == timedelta(0)


@pytest.mark.parametrize(("slots", "served_in"), [(1, 200 * MS), (2, 100 * MS), (4, 50 * MS)])
def test_they_come_a_little_faster_than_calls_are_served(slots: int, served_in: timedelta) -> None:
    assert seen(0.2).pause("acme", "erp", slots=slots) == served_in / AHEAD


@pytest.mark.parametrize(("seconds", "pause"), [(0.0, SHORTEST), (0.01, SHORTEST), (60.0, LONGEST)])
def test_nobody_comes_all_too_often_and_a_free_slot_never_waits_long(seconds: float, pause: timedelta) -> None:
    assert seen(seconds).pause("acme", "erp", slots=1) == pause


def test_where_any_number_may_call_at_once_they_only_do_not_come_together() -> None:
    assert seen(60.0).pause("acme", "erp", slots=None) == SHORTEST


@pytest.mark.parametrize(("ahead", "wait"), [(0, 0.1), (1, 0.2), (9, 1.0)])
def test_one_waits_for_those_ahead_and_for_a_slot_of_its_own(ahead: int, wait: float) -> None:
    assert seen(0.2).wait("acme", "erp", slots=2, ahead=ahead) == timedelta(seconds=wait)


def test_a_target_that_becomes_slower_is_followed_within_a_few_calls() -> None:
    pace = seen(*[0.01] * 100, *[0.2] * 20)
    assert pace.pause("acme", "erp", slots=1) > 0.95 * timedelta(seconds=0.2) / AHEAD


def test_another_target_and_another_tenant_have_a_pace_of_their_own() -> None:
    pace = seen(60.0)
    assert pace.pause("acme", "mail", slots=1) == UNKNOWN
    assert pace.pause("umbrella", "erp", slots=1) == UNKNOWN

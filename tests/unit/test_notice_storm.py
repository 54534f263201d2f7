"""How many messages a person gets, at the threshold and around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphs.notices.storm import MOST, URGENT_GAP, WITHIN, Storm, planned
from graphs.store.notice_tables import NoticeRow

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
STORM = Storm()


def rows(number: int, *, urgent: int = 0) -> list[NoticeRow]:
    return [
        NoticeRow(
            id=str(one),
            tenant="acme",
            recipient_id="acme-clara",
            kind="deadline.breached",
            values={},
            urgency="urgent" if one < urgent else "normal",
            created_at=NOW,
        )
        for one in range(number)
    ]


def ago(*minutes: float) -> list[datetime]:
    return sorted(NOW - timedelta(minutes=one) for one in minutes)


@pytest.mark.parametrize(
    ("due", "messages"),
    [(0, []), (MOST - 1, [1] * (MOST - 1)), (MOST, [1] * MOST), (MOST + 1, [MOST + 1]), (5_000, [5_000])],
)
def test_more_than_the_threshold_at_once_is_one_message(due: int, messages: list[int]) -> None:
    plan = planned(rows(due), [], STORM, now=NOW)
    assert [len(group) for group in plan.messages] == messages
    assert plan.waiting == ()


@pytest.mark.parametrize(
    ("begun", "due", "messages"), [(3, 2, [1, 1]), (3, 3, [3]), (4, 1, [1]), (4, 2, [2]), (5, 1, [])]
)
def test_messages_of_the_last_minutes_count(begun: int, due: int, messages: list[int]) -> None:
    plan = planned(rows(due), ago(*range(1, begun + 1)), STORM, now=NOW)
    assert [len(group) for group in plan.messages] == messages


def test_without_room_it_waits_until_there_is_some() -> None:
    recent = ago(9, 8, 7, 6, 5)
    plan = planned(rows(2), recent, STORM, now=NOW)
    assert plan.messages == ()
    assert {until for _, until in plan.waiting} == {recent[0] + WITHIN}


def test_urgent_ones_go_in_one_message_although_there_is_no_room() -> None:
    plan = planned(rows(5, urgent=3), ago(9, 8, 7, 6, 5), STORM, now=NOW)
    assert [len(group) for group in plan.messages] == [3]
    assert len(plan.waiting) == 2


@pytest.mark.parametrize(("since", "goes"), [(URGENT_GAP - timedelta(seconds=1), False), (URGENT_GAP, True)])
def test_urgent_ones_keep_a_gap_between_each_other(since: timedelta, goes: bool) -> None:
    recent = [*ago(9, 8, 7, 6), NOW - since]
    plan = planned(rows(1, urgent=1), recent, STORM, now=NOW)
    assert bool(plan.messages) is goes
    assert [until for _, until in plan.waiting] == ([] if goes else [recent[-1] + URGENT_GAP])


def test_after_a_storm_the_oldest_messages_make_room_first() -> None:
    recent = ago(9, 8, 7, 6, 5, 4)
    plan = planned(rows(1), recent, STORM, now=NOW)
    assert [until for _, until in plan.waiting] == [recent[1] + WITHIN]

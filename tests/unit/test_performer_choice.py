"""The choice of a performer: the first that fits, and why not the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.routing.performers.choice import Candidate, choose
from graphs.routing.performers.standing import Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENCE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


def candidate(
    name: str, *, takes: timedelta = timedelta(seconds=10), against: str | None = None, **standing: object
) -> Candidate:
    return Candidate(name=name, kind="api", takes=takes, against=against, standing=Standing(**standing))  # type: ignore[arg-type]  # given by name


def test_the_first_declared_is_chosen_where_nothing_speaks_against_it() -> None:
    choice = choose([candidate("api"), candidate("bot")], now=NOW, patience=PATIENCE)
    assert (choice.performer, choice.others, choice.waits) == ("api", ("bot",), False)
    assert [found.why for found in choice.considered] == ["can begin at once", "can begin at once"]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (candidate("api", against="the rules forbid it: R-1"), "the rules forbid it: R-1"),
        (candidate("api", off="a bad release"), "switched off: a bad release"),
    ],
)
def test_what_is_excluded_is_passed_over_and_says_why(first: Candidate, why: str) -> None:
    choice = choose([first, candidate("bot")], now=NOW, patience=PATIENCE)
    assert (choice.performer, choice.considered[0].why, choice.considered[0].able) == ("bot", why, False)


@pytest.mark.parametrize(("left_alone", "chosen"), [(PATIENCE, "api"), (PATIENCE + SECOND, "bot")])
def test_an_open_breaker_is_waited_for_as_long_as_patience_lasts(left_alone: timedelta, chosen: str) -> None:
    api = candidate("api", left_alone_until=NOW + left_alone)
    choice = choose([api, candidate("bot")], now=NOW, patience=PATIENCE)
    assert (choice.performer, choice.waits) == (chosen, chosen == "api")


@pytest.mark.parametrize(("ahead", "chosen"), [(1, "bot"), (13, "bot"), (14, "person")])
def test_a_queue_counts_by_what_is_ahead_and_what_is_served_at_once(ahead: int, chosen: str) -> None:
    bot = candidate("bot", at_once=2, ahead=ahead, takes=timedelta(seconds=18))
    choice = choose([bot, candidate("person")], now=NOW, patience=PATIENCE)
    assert choice.performer == chosen


@pytest.mark.parametrize(("due_in", "chosen"), [(300, "bot"), (299, "person")])
def test_a_deadline_that_the_preferred_one_would_miss_takes_the_next(due_in: int, chosen: str) -> None:
    bot = candidate("bot", takes=timedelta(seconds=300))
    deadline = NOW + timedelta(seconds=due_in)
    choice = choose([bot, candidate("person", takes=SECOND)], now=NOW, patience=PATIENCE, deadline=deadline)
    assert choice.performer == chosen


def test_where_all_are_late_the_one_that_is_done_first_is_taken_and_it_says_so() -> None:
    slow, quick = candidate("bot", takes=timedelta(seconds=300)), candidate("person", takes=timedelta(seconds=60))
    choice = choose([slow, quick], now=NOW, patience=PATIENCE, deadline=NOW + SECOND)
    assert (choice.performer, "deadline" in choice.because) == ("person", True)
    assert "59 s after the deadline" in choice.considered[1].why


def test_what_was_learned_goes_before_what_was_declared() -> None:
    bot = candidate("bot", takes=SECOND, usual=timedelta(seconds=300), samples=7)
    choice = choose([bot, candidate("person")], now=NOW, patience=PATIENCE, deadline=NOW + timedelta(seconds=60))
    assert choice.performer == "person"
    assert choice.recorded()["considered"][0]["takes"] == "300 s, of 7"


def test_nobody_left_names_what_speaks_against_each() -> None:
    choice = choose([candidate("api", against="busy"), candidate("bot", off="broken")], now=NOW, patience=PATIENCE)
    assert choice.performer is None
    assert choice.because == "nobody is left: api: busy; bot: switched off: broken"


def test_who_is_kept_stays_although_another_would_be_better_now() -> None:
    api = candidate("api", off="broken")
    choice = choose([api, candidate("bot")], now=NOW, patience=PATIENCE, keep="api", keep_because="it may have acted")
    assert (choice.performer, choice.because) == ("api", "it may have acted")


STANDINGS = st.builds(
    Standing,
    off=st.none() | st.just("off"),
    left_alone_until=st.none() | st.integers(-60, 600).map(lambda s: NOW + timedelta(seconds=s)),
    free_at=st.none() | st.integers(-60, 600).map(lambda s: NOW + timedelta(seconds=s)),
    at_once=st.none() | st.integers(1, 4),
    ahead=st.integers(0, 20),
    usual=st.none() | st.integers(1, 600).map(lambda s: timedelta(seconds=s)),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        name=st.sampled_from("abcdef"),
        kind=st.just("api"),
        takes=st.integers(1, 600).map(lambda s: timedelta(seconds=s)),
        against=st.none() | st.just("no"),
        standing=STANDINGS,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.name,
)


@given(candidates=CANDIDATES, due_in=st.none() | st.integers(-60, 900))
def test_whoever_could_be_done_in_time_within_patience_is_never_passed_over_for_who_could_not(
    candidates: list[Candidate], due_in: int | None
) -> None:
    deadline = None if due_in is None else NOW + timedelta(seconds=due_in)
    choice = choose(candidates, now=NOW, patience=PATIENCE, deadline=deadline)
    able = [one.name for one in candidates if one.against is None and one.standing.off is None]
    assert (choice.performer in able) if able else (choice.performer is None)
    assert len(choice.considered) == len(candidates)
    in_time = [
        found.candidate.name
        for found in choice.considered
        if found.starts_at is not None
        and found.starts_at - NOW <= PATIENCE
        and (deadline is None or (found.done_at is not None and found.done_at <= deadline))
    ]
    if in_time:
        assert choice.performer == in_time[0]
    assert choice == choose(candidates, now=NOW, patience=PATIENCE, deadline=deadline)

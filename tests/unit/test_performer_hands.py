"""Hours of whoever would do it by hand: who would get the task, when they work, and what that means for the choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.routing.people.person import Absence, RosterEntry, Shift
from graphs.routing.people.reading import shifts_of
from graphs.routing.performers.choice import Candidate, Choice, choose
from graphs.routing.performers.chosen import Chosen
from graphs.routing.performers.hands import Hands, hands_for, need_by_hand, working_time
from graphs.routing.performers.standing import Standing
from graphs.steps import HandStep
from policies.calendar import BusinessCalendar
from policies.service_level_file import read_calendar
from tests.support.routing import NEED, crew, person, team

FRIDAY = datetime(2026, 6, 5, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 6, 8, 9, tzinfo=UTC)
PATIENCE = timedelta(minutes=2)
TAKES = timedelta(minutes=20)
MINUTE = timedelta(minutes=1)
WEEK = "monday tuesday wednesday thursday friday".split()  # noqa: SIM905 reads as a week


def at(hour: int, minute: int = 0, *, day: datetime = FRIDAY) -> datetime:
    return day + timedelta(hours=hour, minutes=minute)


def calendar(*hours: str, days: list[str] = WEEK) -> BusinessCalendar:
    week = ", ".join(f"{day}: [{', '.join(repr(one) for one in hours)}]" for day in days)
    return BusinessCalendar(
        calendar=read_calendar(f"{{calendar: site, zone: UTC, weeks: [{{hours: {{{week}}}}}]}}", name="site")
    )


def in_hours(entry: RosterEntry, now: datetime, *hours: str, zone: str = "UTC", days: list[str] = WEEK) -> RosterEntry:
    """The person, whose hours were looked up then; without hours nobody knows when they work."""
    shifts = shifts_of(calendar(*hours, days=days), zone, now) if hours else ()
    return replace(entry, calendar="site", zone=zone, shift=shifts[0] if shifts else None, later=shifts[1:])


def office(*people: RosterEntry, now: datetime) -> Hands:
    return hands_for(replace(NEED, on=now.date()), crew(*people), now)


def clerk(hands: Hands) -> Candidate:
    standing = Standing(hands=hands, at_once=hands.sharing)
    return Candidate(name="clerk", kind="person", takes=TAKES, standing=standing, against=hands.against)


def bot(now: datetime, *, again_in: timedelta) -> Candidate:
    return Candidate(
        name="bot", kind="bot", takes=timedelta(seconds=40), standing=Standing(left_alone_until=now + again_in)
    )


def chosen(hands: Hands, now: datetime, *, again_in: timedelta, deadline: datetime | None) -> Choice:
    return choose([bot(now, again_in=again_in), clerk(hands)], now=now, patience=PATIENCE, deadline=deadline)


def test_without_a_calendar_somebody_works_at_any_time_and_nothing_is_said_of_it() -> None:
    hands = office(person("anton"), now=at(3))
    assert (hands.shifts, hands.words, hands.after(at(3), TAKES)) == (None, "", at(3, 20))


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (at(16, 59), at(16, 59)),
        (at(17), MONDAY_MORNING),
        (at(17, 1), MONDAY_MORNING),
        (at(9), at(9)),
        (at(8, 59), at(9)),
    ],
)
def test_somebody_begins_in_their_hours_and_no_more_at_the_end_of_the_day(now: datetime, begins: datetime) -> None:
    standing = clerk(office(in_hours(person("anton"), now, "09:00-17:00"), now=now)).standing
    assert standing.starts_at(now, takes=TAKES) == begins


@pytest.mark.parametrize(
    ("now", "done"),
    [(at(16, 39), at(16, 59)), (at(16, 40), at(17)), (at(16, 41), MONDAY_MORNING + MINUTE)],
)
def test_what_does_not_fit_before_the_end_of_the_day_is_done_on_the_next(now: datetime, done: datetime) -> None:
    hands = office(in_hours(person("anton"), now, "09:00-17:00"), now=now)
    [found] = choose([clerk(hands)], now=now, patience=PATIENCE).considered
    assert (found.starts_at, found.done_at) == (now, done)


@pytest.mark.parametrize(("now", "performer"), [(at(16, 39), "clerk"), (at(16, 40), "clerk"), (at(16, 41), "bot")])
def test_who_would_be_done_only_on_monday_loses_to_a_bot_that_is_tried_again_today(
    now: datetime, performer: str
) -> None:
    hands = office(in_hours(person("anton"), now, "09:00-17:00"), now=now)
    choice = chosen(hands, now, again_in=timedelta(minutes=5), deadline=at(18))
    assert choice.performer == performer


def test_who_is_back_on_monday_loses_to_a_bot_in_five_minutes_and_the_choice_says_why() -> None:
    now = at(17, 30)
    hands = office(in_hours(person("anton"), now, "09:00-17:00"), now=now)
    choice = chosen(hands, now, again_in=timedelta(minutes=5), deadline=at(18))
    assert (choice.performer, choice.waits) == ("bot", True)
    assert "nobody who may do it is at work before 2026-06-08T09:00+00:00" in choice.considered[1].why
    assert "after the deadline" in choice.considered[1].why
    assert chosen(hands, now, again_in=timedelta(days=3), deadline=at(18)).performer == "clerk"


def test_who_is_at_work_wins_over_a_bot_beyond_patience() -> None:
    now = at(10)
    sleeping = in_hours(person("berta"), now, "12:00-20:00")
    hands = office(in_hours(person("anton"), now, "09:00-17:00"), sleeping, now=now)
    choice = chosen(hands, now, again_in=timedelta(minutes=5), deadline=at(18))
    assert (choice.performer, hands.sharing) == ("clerk", 1)
    assert choice.considered[1].why == (
        "1 of 2 who may do it now are at work; who would get it works until 2026-06-05T17:00+00:00"
    )


@pytest.mark.parametrize("deadline", [None, at(18), at(8)])
def test_of_whom_nobody_knows_the_hours_comes_last_and_is_still_taken_if_there_is_nobody_else(
    deadline: datetime | None,
) -> None:
    now = at(10)
    hands = office(in_hours(person("anton"), now), now=now)
    assert chosen(hands, now, again_in=timedelta(days=30), deadline=deadline).performer == "bot"
    alone = choose([clerk(hands)], now=now, patience=PATIENCE, deadline=deadline)
    assert (alone.performer, alone.waits, alone.considered[0].starts_at) == ("clerk", True, None)
    assert alone.because == "nobody knows when any of those left begins; it is preferred"
    assert "nobody knows when somebody who may do it works" in alone.considered[0].why


def test_hours_are_on_the_clocks_of_where_somebody_is() -> None:
    now = at(10)
    hands = office(in_hours(person("anton"), now, "09:00-17:00", zone="America/New_York"), now=now)
    assert hands.after(now, timedelta(0)) == at(13)


@pytest.mark.parametrize(
    ("night", "done"),
    [
        (datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC)),
    ],
    ids=["seven hours", "nine hours"],
)
def test_a_night_in_which_clocks_change_has_the_hours_that_pass(night: datetime, done: datetime) -> None:
    days = ["saturday"]
    hands = office(in_hours(person("anton"), night, "22:00-06:00", zone="Europe/Vienna", days=days), now=night)
    hours = done - night
    assert hands.after(night, hours) == done
    beyond = hands.after(night, hours + MINUTE)
    assert beyond is not None
    assert beyond > done + timedelta(days=6)


def test_a_day_on_which_somebody_will_be_away_is_none_of_theirs() -> None:
    now = at(17, 30)
    away = Absence(first_day=date(2026, 6, 8), last_day=date(2026, 6, 9))
    anton = replace(in_hours(person("anton"), now, "09:00-17:00"), absences=(away,))
    assert office(anton, now=now).after(now, timedelta(0)) == MONDAY_MORNING + timedelta(days=2)


def test_without_a_calendar_somebody_works_until_the_midnight_before_they_are_away() -> None:
    away = Absence(first_day=date(2026, 6, 6), last_day=date(2026, 6, 7))
    anton = replace(person("anton"), absences=(away,), zone="Europe/Vienna")
    midnight, back = datetime(2026, 6, 5, 22, tzinfo=UTC), datetime(2026, 6, 7, 22, tzinfo=UTC)
    hands = office(anton, now=at(20))
    assert hands.after(at(20), midnight - at(20)) == midnight
    assert hands.after(at(20), midnight - at(20) + MINUTE) == back + MINUTE


def test_a_substitutes_hours_count_and_not_those_of_whom_they_stand_in_for() -> None:
    now = at(10)
    away = Absence(first_day=date(2026, 6, 5), last_day=date(2026, 6, 12), substitute_id="berta")
    anton = replace(in_hours(person("anton"), now, "09:00-17:00"), absences=(away,))
    berta = in_hours(person("berta"), now, "14:00-18:00")
    hands = hands_for(replace(NEED, on=now.date()), crew(anton, berta, teams=[team("anton")]), now)
    assert hands.after(now, timedelta(0)) == at(14)


def test_where_all_are_away_it_is_from_when_the_first_is_back() -> None:
    now = at(10)
    [anton, berta] = [
        replace(
            in_hours(person(login), now, "09:00-17:00"),
            absences=(Absence(first_day=date(2026, 6, 5), last_day=date(2026, 6, last)),),
        )
        for login, last in (("anton", 12), ("berta", 8))
    ]
    hands = office(anton, berta, now=now)
    assert hands.after(now, timedelta(0)) == MONDAY_MORNING + timedelta(days=1)
    assert "somebody is there again from 2026-06-09T09:00+00:00" in hands.words


def test_where_all_have_too_much_nobody_knows_when() -> None:
    hands = office(person("anton", tasks=2, open_limit=2), now=at(10))
    assert (hands.shifts, hands.against) == ((), None)


def test_whoever_may_never_do_it_does_not_come_to_it_by_waiting() -> None:
    hands = hands_for(replace(NEED, excluded=frozenset({"anton"})), crew(person("anton")), at(10))
    assert hands.against == "nobody with the role 'approver' may do it, and no supervisor"


def test_nobody_who_started_or_approved_the_case_counts_where_four_eyes_are_wanted() -> None:
    step = HandStep(
        name="hand",
        stage="s",
        of="write",
        role="approver",
        title=lambda _case: "by hand",
        next="done",
        back="propose",
        answer_within=timedelta(hours=4),
    )
    need = need_by_hand(step, now=at(10), others={"anton"})
    assert (need.role, need.excluded, need.deadline_at) == ("approver", {"anton"}, at(14))
    assert need_by_hand(replace(step, four_eyes=False), now=at(10), others={"anton"}).excluded == frozenset()


def test_in_a_queue_whoever_begins_first_counts() -> None:
    now = at(18)
    people = [in_hours(person("anton"), now, "09:00-17:00"), in_hours(person("berta"), now, "19:00-21:00")]
    hands = hands_for(NEED, crew(*people, teams=[team("anton", "berta", queue=True)]), now)
    assert hands.after(now, timedelta(0)) == at(19)


def test_who_is_through_with_what_is_before_it_as_the_day_ends_begins_on_the_next() -> None:
    now = at(16, 40)
    hands = office(in_hours(person("anton"), now, "09:00-17:00"), now=now)
    standing = Standing(hands=hands, at_once=1, ahead=1)
    assert standing.starts_at(now, takes=TAKES) == MONDAY_MORNING


@pytest.mark.parametrize(("by", "begins"), [(-1, False), (0, True), (1, True)])
def test_another_takes_over_from_when_it_begins(by: int, begins: bool) -> None:
    waiting = Chosen(
        performer="bot",
        kind="bot",
        tool="t",
        target="t",
        visit=1,
        intention="",
        at=at(10).isoformat(),
        others=("clerk",),
        others_from=MONDAY_MORNING.isoformat(),
    )
    assert waiting.another_begins(MONDAY_MORNING + by * MINUTE) is begins
    assert replace(waiting, others_from=None).another_begins(MONDAY_MORNING) is False


SHIFTS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 90)), min_size=1, max_size=5)


@given(drawn=SHIFTS, start=st.integers(0, 300), work=st.integers(0, 300), away=st.booleans())
def test_working_time_passes_minute_by_minute(drawn: list[tuple[int, int]], start: int, work: int, away: bool) -> None:
    shifts, reached = [], 0
    for gap, length in drawn:
        begins = reached + gap
        reached = begins + length
        shifts.append(Shift(start=FRIDAY + begins * MINUTE, end=FRIDAY + reached * MINUTE))
        reached += 1
    absent = (Absence(first_day=date(2026, 6, 6), last_day=date(2026, 6, 6)),) if away else ()
    entry = replace(person("anton"), calendar="site", shift=shifts[0], later=tuple(shifts[1:]), absences=absent)
    hands = Hands(shifts=working_time(entry, FRIDAY))
    worked = [
        minute
        for minute in range(start, reached + 1)
        if any(one.start <= FRIDAY + minute * MINUTE < one.end for one in shifts)
    ]
    expected = None
    if work and len(worked) >= work:
        expected = worked[work - 1] + 1
    elif not work and worked:
        expected = worked[0]
    assert hands.after(FRIDAY + start * MINUTE, work * MINUTE) == (
        None if expected is None else FRIDAY + expected * MINUTE
    )

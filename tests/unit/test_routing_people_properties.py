"""What holds of every choice among people, whatever the workforce and the task."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import AuthorityExceeded, DutiesConflict, PermissionMissing
from graphs.routing.people.assigned import assigned, people_in
from graphs.routing.people.choice import choose
from graphs.routing.people.fitness import SUPERVISOR_ROLE, may_answer
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import Absence, RosterEntry
from graphs.routing.people.workforce import Strategy, Team, Workforce
from graphs.runtime.assignment import Assignment
from graphs.runtime.outcome import NewTask
from tests.support.routing import NEED, NOON, chosen, crew, limit, person, team, working

LOGINS = tuple("abcdefgh")
MINOR = st.one_of(st.none(), st.integers(0, 3).map(lambda step: step * 50_000))
ROLES = st.sets(st.sampled_from(["approver", "clerk", "supervisor"]))
STRATEGIES = st.sampled_from([Strategy.LEAST_LOADED, Strategy.ROUND_ROBIN, Strategy.SKILL_FIRST])


@st.composite
def entries(draw: st.DrawFn, login: str) -> RosterEntry:
    minor, begins = draw(MINOR), draw(st.one_of(st.none(), st.integers(-7, 30)))
    entry = person(
        login,
        roles=draw(ROLES),
        tasks=draw(st.integers(0, 5)),
        skills=draw(st.dictionaries(st.sampled_from(["tax", "law"]), st.integers(1, 5))),
        languages=draw(st.sets(st.sampled_from(["de", "fr"]))),
        open_limit=draw(st.one_of(st.none(), st.integers(1, 6))),
    )
    if draw(st.booleans()):
        entry = working(entry, None if begins is None else NOON + timedelta(hours=begins))
    away = draw(st.lists(st.tuples(st.integers(-1, 1), st.sampled_from(LOGINS)), max_size=2))
    absences = tuple(
        Absence(first_day=NOON.date(), last_day=NOON.date() + timedelta(days=days), substitute_id=other)
        for days, other in away
        if other != login
    )
    return replace(entry, absences=absences, limits=() if minor is None else (limit(minor),))


@st.composite
def workforces(draw: st.DrawFn) -> Workforce:
    logins = draw(st.sets(st.sampled_from(LOGINS), max_size=6))
    people = tuple(draw(entries(login)) for login in sorted(logins))
    if not draw(st.booleans()):
        return Workforce(people=people)
    made: Team = replace(
        team(*draw(st.sets(st.sampled_from(LOGINS))), strategy=draw(STRATEGIES), lead=draw(st.sampled_from(LOGINS))),
        queue=draw(st.booleans()),
        turns=draw(st.dictionaries(st.sampled_from(LOGINS), st.integers(1, 9))),
    )
    return Workforce(people=people, teams=(made,))


@st.composite
def needs(draw: st.DrawFn) -> TaskNeed:
    return replace(
        NEED,
        excluded=frozenset(draw(st.sets(st.sampled_from(LOGINS), max_size=2))),
        barred=frozenset(draw(st.sets(st.sampled_from(LOGINS), max_size=2))),
        required_limit_minor=draw(st.one_of(st.none(), st.integers(0, 150_000))),
        currency="EUR",
        skills=draw(st.dictionaries(st.sampled_from(["tax", "law"]), st.integers(1, 5), max_size=1)),
        language=draw(st.sampled_from([None, "de"])),
        holder=draw(st.one_of(st.none(), st.sampled_from(LOGINS))),
        given_to=draw(st.one_of(st.none(), st.sampled_from(LOGINS))),
    )


def refused(entry: RosterEntry, need: TaskNeed) -> str | None:
    """What the check of an answer says, written down a second time from its rules."""
    if need.role not in entry.roles and SUPERVISOR_ROLE not in entry.roles:
        return PermissionMissing.code
    if entry.user_id in need.excluded | need.barred:
        return DutiesConflict.code
    covering = [one.max_minor for one in entry.limits if one.currency == need.currency]
    if need.required_limit_minor is not None and max(covering, default=-1) < need.required_limit_minor:
        return AuthorityExceeded.code
    return None


@given(need=needs(), workforce=workforces())
@settings(max_examples=60, deadline=None)
def test_nobody_is_chosen_whose_answer_would_be_refused(need: TaskNeed, workforce: Workforce) -> None:
    choice = choose(need, workforce, NOON)
    for entry in (*choice.candidates, *([choice.chosen] if choice.chosen else [])):
        assert refused(entry, need) is None
        assert may_answer(entry, need)
        assert entry.absent(NOON) is None


@given(need=needs(), workforce=workforces())
@settings(max_examples=60, deadline=None)
def test_everybody_stands_in_the_explanation_exactly_once(need: TaskNeed, workforce: Workforce) -> None:
    choice = choose(need, workforce, NOON)
    named = [one.user_id for one in choice.candidates] + list(choice.left_out)
    assert sorted(named) == sorted(entry.user_id for entry in workforce.people)
    stored = assigned(choice, need, at=NOON)
    listed = [one["id"] for one in stored["candidates"]] + [one for some in stored["left_out"].values() for one in some]
    assert sorted(listed) == sorted(named)
    assert set(listed) <= people_in(stored)
    assert choice.chosen is None or choice.chosen in choice.candidates


@given(need=needs(), workforce=workforces())
@settings(max_examples=50, deadline=None)
def test_somebody_fit_and_idle_more_never_means_nobody(need: TaskNeed, workforce: Workforce) -> None:
    idle = replace(person("z", skills={"tax": 5, "law": 5}, languages=["de", "fr"]), limits=(limit(1_000_000),))
    teams = tuple(replace(one, members=one.members | {"z"}, queue=False) for one in workforce.teams)
    more = Workforce(people=(*workforce.people, idle), teams=teams)
    assert choose(need, more, NOON).chosen is not None


@given(need=needs(), workforce=workforces())
@settings(max_examples=50, deadline=None)
def test_a_substitute_has_no_right_that_they_do_not_have_alone(need: TaskNeed, workforce: Workforce) -> None:
    alone = Workforce(
        people=tuple(replace(entry, absences=()) for entry in workforce.people),
        teams=tuple(replace(one, members=frozenset(LOGINS)) for one in workforce.teams),
    )
    choice = choose(need, workforce, NOON)
    if choice.in_place_of is not None and choice.chosen is not None:
        able = choose(need, alone, NOON)
        assert reason_without(able.left_out, choice.chosen.user_id) in (None, "hours", "full")


def reason_without(left_out: Any, user_id: str) -> str | None:
    found = left_out.get(user_id)
    return found.reason.value if found else None


@given(members=st.sets(st.sampled_from(LOGINS), min_size=1), rounds=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_turns_are_fair_within_one(members: set[str], rounds: int) -> None:
    force = crew(*(person(one) for one in sorted(members)), teams=[team(*members, strategy=Strategy.ROUND_ROBIN)])
    turns = dict.fromkeys(members, 0)
    for _ in range(rounds):
        who = chosen(choose(NEED, force, NOON))
        assert who is not None
        turns[who] += 1
        force = force.given(who, NEED.minutes, team="invoices")
    assert max(turns.values()) - min(turns.values()) <= 1


@given(people=st.integers(1, 6), efforts=st.lists(st.integers(1, 240), max_size=60))
@settings(max_examples=40, deadline=None)
def test_loads_stay_within_one_effort_of_each_other(people: int, efforts: list[int]) -> None:
    force = crew(*(person(LOGINS[number]) for number in range(people)))
    for minutes in efforts:
        who = chosen(choose(NEED, force, NOON))
        assert who is not None
        force = force.given(who, minutes)
    loads = [entry.open_minutes for entry in force.people]
    assert max(loads) - min(loads) <= max(efforts, default=0)


def new_task(number: int, at: datetime) -> NewTask:
    return NewTask(
        id=str(number),
        step="approve",
        visit=1,
        title="",
        question="",
        role="approver",
        reasons=[],
        evidence={},
        action=None,
        form={},
        digest="",
        excluded=[],
        required_limit_minor=None,
        currency=None,
        deadline_at=at + timedelta(days=1),
        created_at=at,
    )


@given(
    people=st.integers(1, 6),
    workers=st.integers(1, 4),
    chosen_by=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 6])), max_size=80),
)
@settings(max_examples=40, deadline=None)
def test_workers_that_choose_at_once_keep_loads_within_two_tasks_each(
    people: int, workers: int, chosen_by: list[tuple[int, int]]
) -> None:
    """Each gives out what it sees and looks again after five seconds, whenever that is for it."""
    assert asyncio.run(spread(people, workers, chosen_by)) <= 2 * workers * NEED.minutes


def test_workers_that_all_see_a_gap_do_not_each_fill_it() -> None:
    at_once = [(worker, 11 if number % 40 == 0 and worker == 0 else 0) for number in range(240) for worker in range(4)]
    assert asyncio.run(spread(2, 4, at_once, ahead=10)) == 10 * NEED.minutes


async def spread(people: int, workers: int, chosen_by: list[tuple[int, int]], *, ahead: int = 0) -> int:
    """How far apart the loads ever come; each choice is of a worker, so many seconds after the one before.

    The first person begins with so many tasks more than the others.
    """
    force = crew(*(person(LOGINS[number], tasks=0 if number else ahead) for number in range(people)))
    truth = [replace(force, workers=workers)]

    async def load(_now: datetime) -> Workforce:
        return truth[0]

    desks = [Assignment(load) for _ in range(workers)]
    at, worst = NOON, ahead * NEED.minutes
    for number, (worker, seconds) in enumerate(chosen_by):
        at += timedelta(seconds=seconds)
        found = (await desks[worker % workers].choose(new_task(number, at))).choice
        assert found.chosen is not None
        taker = found.chosen.user_id
        now = tuple(one.with_task(NEED.minutes) if one.user_id == taker else one for one in truth[0].people)
        truth[0] = replace(truth[0], people=now)
        loads = [entry.open_minutes for entry in truth[0].people]
        worst = max(worst, max(loads) - min(loads))
    return worst

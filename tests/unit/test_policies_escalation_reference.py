"""Ladders against a slow reference that looks at every minute of the wall clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.calendar import BusinessCalendar
from policies.calendar_hours import Hours
from policies.escalation import Ladder
from policies.escalation_due import PlannedLadder, planned, quiet_until
from policies.service_level import Target
from policies.service_level_due import Paused, due
from tests.support.drawn_calendars import both
from tests.support.slow_calendar import DAY, MINUTE, SlowCalendar

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Made = tuple[BusinessCalendar, SlowCalendar, datetime]


def ladder(*rungs: dict[str, object], **more: object) -> Ladder:
    named = [{"name": f"r{place}", "action": "remind", **rung} for place, rung in enumerate(rungs)]
    return Ladder.model_validate({"name": "ladder", "rungs": named, **more})


def instants(found: PlannedLadder) -> list[datetime | None]:
    return [step.at for step in found.steps]


def stretches(start: datetime, spans: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for ahead, length in sorted(spans):
        first = max(start + ahead * MINUTE, found[-1][1] if found else start)
        found.append((first, first + length * MINUTE))
    return found


def minutes_back(
    slow: SlowCalendar, at: datetime, number: int, start: datetime, pauses: list[tuple[datetime, datetime]]
) -> datetime:
    left = number
    while left and at > start:
        at -= MINUTE
        left -= slow.open_at(at) and not any(first <= at < last for first, last in pauses)
    return at


@SLOW
@given(
    both(),
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 500),
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 900)), max_size=3),
)
def test_shares_and_spans_are_of_the_working_time_of_the_wall_clock(
    made: Made, tens: int, tenths: int, before: int, after: int, spans: list[tuple[int, int]]
) -> None:
    calendar, slow, start = made
    pauses = stretches(start, spans)
    given_ = [Paused(start=first, end=last, reason="supplier") for first, last in pauses]
    found = due(Target(business_time=10 * tens * MINUTE), calendar, start, pauses=given_)
    rungs = ({"at": f"{tenths}0 %"}, {"before": f"{before}m"}, {"after": f"{after}m"})
    steps = instants(planned(ladder(*rungs, at_risk=f"{tenths}0 %"), found, pauses=given_))
    share = slow.business_time(start, tens * tenths, pauses)
    back = minutes_back(slow, found.at, before, start, pauses)
    assert steps == [share, back, slow.business_time(found.at, after, pauses)]
    assert planned(ladder(at_risk=f"{tenths}0 %"), found, pauses=given_).at_risk_at == share


@SLOW
@given(both(), st.integers(1, 40), st.integers(1, 300), st.integers(1, 4))
def test_repeats_follow_each_other_by_working_time(made: Made, tens: int, every: int, times: int) -> None:
    calendar, slow, start = made
    found = due(Target(business_time=10 * tens * MINUTE), calendar, start)
    rung = {"after": "30m", "repeat": {"every": f"{every}m", "at_most": times}}
    expected = [slow.business_time(found.at, 30 + number * every) for number in range(times + 1)]
    assert instants(planned(ladder(rung), found)) == expected


@SLOW
@given(both(), st.integers(0, 95), st.integers(1, 94))
def test_what_falls_into_quiet_hours_waits_for_their_end(made: Made, opens: int, length: int) -> None:
    calendar, slow, start = made
    quiet = Hours(opens=opens * 15 * MINUTE, closes=(opens + length) * 15 * MINUTE)
    today, at = slow.clock(start).date(), start
    hours = [
        (slow.edge(day, opens * 15), slow.edge(day, (opens + length) * 15)) for day in (today - DAY, today, today + DAY)
    ]
    for first, last in hours:
        at = last if first <= at < last and at == start else at
    assert quiet_until(start, quiet, calendar) == at
    assert calendar.local(at) >= calendar.local(start)


@SLOW
@given(both(), st.integers(1, 400))
def test_outside_of_working_time_is_quiet_where_the_ladder_says_so(made: Made, ahead: int) -> None:
    calendar, slow, start = made
    at = start + ahead * MINUTE
    while not slow.open_at(at):
        at += MINUTE
    assert quiet_until(start + ahead * MINUTE, "closed", calendar) == at


@SLOW
@given(both(), st.integers(1, 40), st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_a_ladder_only_goes_up_whenever_it_is_looked_at(made: Made, tens: int, looks: list[int]) -> None:
    """However late and however often a worker looks, no step is reached twice and none below one that was."""
    calendar, _, start = made
    found = due(Target(business_time=10 * tens * MINUTE), calendar, start)
    rungs = (
        {"at": "50 %"},
        {"before": "5m"},
        {"after": "10m", "repeat": {"every": "1h", "at_most": 2}},
        {"after": "5h"},
    )
    steps = planned(ladder(*rungs), found)
    climbed, reached, now = 0, list[int](), start
    for look in (*looks, 10):
        now += look * (found.at - start) / 2 + timedelta(days=40 if look == 10 else 0)
        place, left_out = steps.due(climbed, now)
        if place is not None:
            assert all(climbed <= lower < place for lower in left_out)
            climbed = place + 1
            reached.append(place)
    assert reached == sorted(set(reached))
    assert climbed == len(steps.steps)

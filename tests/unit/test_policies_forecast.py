"""The laws of a forecast: a probability, monotone, the plain share where nothing is missing, silent on too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.business_time import BusinessTime
from policies.calendar import BusinessCalendar, Calendar
from policies.forecast import (
    MINIMUM,
    ROOT_DRAWN,
    Cohort,
    Estimate,
    Learned,
    NotEnough,
    Passage,
    Standing,
    estimated,
    place_cost,
)
from policies.forecast_sample import HALF_LIFE, rank
from policies.forecast_score import Settled, alerts_of, drifted, scored
from policies.forecast_sentence import percent, sentence
from policies.forecast_survival import Lasted, chance_beyond

HOUR = 3600.0
SECONDS = st.integers(0, 40).map(lambda halves: halves * HOUR / 2)


def over(hours: float, *, ahead: int | None = None) -> Passage:
    """A passage that took so long, with which its clock ended."""
    return Passage(left_after=hours * HOUR, over_after=hours * HOUR, seen_for=hours * HOUR, ahead=ahead)


def still(hours: float, *, ahead: int | None = None) -> Passage:
    """A passage that is not over after so long."""
    return Passage(left_after=None, over_after=None, seen_for=hours * HOUR, ahead=ahead)


def chance(standing: Standing, *cohorts: list[Passage]) -> float:
    found = estimated(standing, Learned.of([Cohort(name=str(n), passages=one) for n, one in enumerate(cohorts)]))
    assert isinstance(found, Estimate)
    return found.probability


def redistributed(observed: list[tuple[int, bool]], seconds: int) -> Fraction:
    """The slow reference: the mass of what is not over goes to everything right of it, in equal parts (Efron 1967)."""
    ordered = sorted(observed, key=lambda one: (one[0], not one[1]))
    mass = [Fraction(1, len(ordered))] * len(ordered)
    for place, (_, is_over) in enumerate(ordered):
        right = len(ordered) - place - 1
        if not is_over and right:
            for other in range(place + 1, len(ordered)):
                mass[other] += mass[place] / right
            mass[place] = Fraction(0)
    beyond = sum((m for m, (at, _) in zip(mass, ordered, strict=True) if at > seconds), Fraction(0))
    last_at, last_over = ordered[-1]
    return beyond + (mass[-1] if not last_over and last_at <= seconds else 0)


passages = st.builds(
    lambda stay, rest, watched, ahead: Passage(
        left_after=stay if watched >= stay else None,
        over_after=stay + rest if watched >= stay + rest else None,
        seen_for=min(watched, stay + rest),
        ahead=ahead,
    ),
    SECONDS,
    SECONDS,
    SECONDS,
    st.none() | st.integers(0, 9),
)
histories = st.lists(passages, max_size=25).map(lambda found: [over(hours) for hours in range(9)] + found)
standings = st.builds(Standing, at_step=SECONDS, left=SECONDS, ahead=st.none() | st.integers(0, 9))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=14), st.integers(0, 14))
def test_what_is_not_over_counts_as_the_slow_reference_says(observed: list[tuple[int, bool]], seconds: int) -> None:
    found = chance_beyond([Lasted(float(at), is_over) for at, is_over in observed], float(seconds))
    assert found == pytest.approx(float(redistributed(observed, seconds)), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(standings, histories, st.booleans())
def test_a_probability_is_one_and_falls_with_the_time_left(
    standing: Standing, history: list[Passage], free: bool
) -> None:
    found = [
        chance(Standing(at_step=standing.at_step, left=left * HOUR, ahead=standing.ahead, leaves_free=free), history)
        for left in range(0, 22, 3)
    ]
    assert all(0 <= one <= 1 for one in found)
    assert found == sorted(found, reverse=True)


@settings(max_examples=30, deadline=None)
@given(standings, histories)
def test_it_never_falls_with_the_queue(standing: Standing, history: list[Passage]) -> None:
    found = [
        chance(Standing(at_step=standing.at_step, left=standing.left, ahead=ahead), history[::2], history)
        for ahead in range(12)
    ]
    assert all(later >= sooner - 1e-12 for sooner, later in pairwise(found))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=30, max_size=50), st.integers(0, 400))
def test_with_nothing_missing_it_is_the_share_that_took_longer(minutes: list[int], left: int) -> None:
    history = [Passage(left_after=60.0 * one, over_after=60.0 * one, seen_for=60.0 * one) for one in minutes]
    share = sum(one > left for one in minutes) / len(minutes)
    assert chance(Standing(at_step=0, left=left * 60), history) == pytest.approx(
        share, abs=ROOT_DRAWN / (len(minutes) + ROOT_DRAWN) + 1e-9
    )


@pytest.mark.parametrize(("count", "said"), [(MINIMUM - 1, False), (MINIMUM, True), (MINIMUM + 1, True)])
def test_too_few_that_are_over_say_nothing(count: int, said: bool) -> None:
    history = [over(hours) for hours in range(1, count + 1)] + [still(1)] * 30
    learned = Learned.of([Cohort(name="all", passages=history)])
    found = estimated(Standing(at_step=0, left=HOUR), learned)
    assert isinstance(found, Estimate) is said
    assert found == NotEnough(over=count) or said


def test_nothing_learned_says_nothing() -> None:
    assert estimated(Standing(at_step=0, left=HOUR), Learned.of([])) == NotEnough(over=0)


def test_what_is_still_open_makes_it_later_than_if_it_were_left_out() -> None:
    done = [over(hours) for hours in (1, 1, 2, 2, 3, 3, 4, 5, 6, 9)]
    standing = Standing(at_step=0, left=4 * HOUR)
    assert chance(standing, [*done, *[still(3.5)] * 10]) > chance(standing, done) + 0.1


def test_only_what_was_there_as_long_counts() -> None:
    history = [over(1)] * 30 + [over(8)] * 10
    assert chance(Standing(at_step=0, left=2 * HOUR), history) == pytest.approx(0.25, abs=0.05)
    assert chance(Standing(at_step=2 * HOUR, left=2 * HOUR), history) > 0.9


def test_a_small_cohort_is_drawn_to_the_wider_one() -> None:
    slow, quick = [over(9)] * 3, [over(1)] * 60
    standing = Standing(at_step=0, left=4 * HOUR)
    alone, drawn = chance(standing, quick), chance(standing, slow, [*slow, *quick])
    assert alone < 0.05
    assert drawn == pytest.approx((3 + 8 * 3 / 63) / 11, abs=0.03)


def test_a_place_in_the_queue_costs_what_it_cost() -> None:
    history = [over(1 + 0.5 * ahead, ahead=ahead) for ahead in range(10)] * 4
    cost = place_cost([Cohort(name="all", passages=history)])
    assert cost.seconds == pytest.approx(HOUR / 2, rel=0.02)
    assert cost.explains > 0.95
    few, many = (chance(Standing(at_step=0, left=3 * HOUR, ahead=ahead), history) for ahead in (1, 8))
    assert few < 0.05 < 0.95 < many


def test_a_queue_that_does_not_matter_changes_nothing() -> None:
    history = [over(hours, ahead=ahead) for hours in (1, 2, 3, 4, 5) for ahead in (0, 3, 6, 9)]
    assert place_cost([Cohort(name="all", passages=history)]).seconds == 0
    assert len({chance(Standing(at_step=0, left=2 * HOUR, ahead=ahead), history) for ahead in (0, 5, 9)}) == 1


def test_time_at_a_step_where_the_clock_stands_still_is_free() -> None:
    history = [Passage(left_after=30 * HOUR, over_after=31 * HOUR, seen_for=31 * HOUR)] * 20
    counted, free = (
        chance(Standing(at_step=0, left=2 * HOUR, leaves_free=leaves_free), history) for leaves_free in (False, True)
    )
    assert free < 0.1 < 0.9 < counted


def test_a_case_slower_than_all_before_is_likely_late() -> None:
    assert chance(Standing(at_step=50 * HOUR, left=HOUR), [over(1)] * 40) > 0.9


def test_the_sample_is_drawn_by_name_and_sooner_from_the_present() -> None:
    born = datetime(2026, 1, 1, tzinfo=UTC)
    assert rank("a", born) == rank("a", born)
    before = [rank(f"old {n}", born) for n in range(3000)]
    after = [rank(f"new {n}", born + HALF_LIFE) for n in range(3000)]
    floor = sorted([*before, *after])[-600]
    kept = sum(one >= floor for one in after) / max(1, sum(one >= floor for one in before))
    assert 1.6 < kept < 2.5


def test_a_forecast_says_what_it_rests_on() -> None:
    calendar = office()
    standing = Standing(at_step=0, left=3 * HOUR + 600, ahead=7)
    found = Estimate(probability=0.62, cohort="approve", alike=40, longer=9, per_task=0)
    monday = datetime(2026, 1, 12, 7, tzinfo=UTC)
    assert sentence(found, standing, works_again=monday, zone=calendar.zone, who="nobody who has it") == (
        "62 %: 9 of 40 like it took longer than the 3 h 10 min of working time left; 7 tasks are before it; "
        "nobody who has it works before Monday 2026-01-12 08:00"
    )
    assert sentence(NotEnough(over=5), standing, zone=calendar.zone) == (
        "no forecast: 5 like it are over, and 8 are needed"
    )
    assert [percent(one) for one in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0 %", "less than 1 %", "50 %", "more than 99 %", "100 %",
    ]  # fmt: skip


def office() -> BusinessCalendar:
    week = {day: ["08:00-12:00", "13:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    data = {"calendar": "vienna", "zone": "Europe/Vienna", "weeks": [{"from": "2026-01-05", "hours": week}]}
    return BusinessCalendar(calendar=Calendar.model_validate(data))


MINUTES = st.integers(0, 60 * 24 * 100).map(
    lambda minutes: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=40, deadline=None)
@given(MINUTES, MINUTES, st.lists(st.tuples(MINUTES, MINUTES), max_size=3))
def test_business_time_is_what_the_calendar_counts(
    start: datetime, end: datetime, without: list[tuple[datetime, datetime]]
) -> None:
    calendar = office()
    business = BusinessTime.of(calendar, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    counted = 0.0
    for span in calendar.spans_from(start):
        if span.start >= end:
            break
        cuts = sorted({span.start, min(span.end, end), *(at for pair in without for at in pair)})
        inside = [at for at in cuts if span.start <= at <= min(span.end, end)]
        for opens, closes in pairwise(inside):
            if not any(one <= opens and closes <= other for one, other in without):
                counted += (closes - opens).total_seconds()
    assert business.between(start, end, without=without) == pytest.approx(counted)


def test_days_of_which_the_calendar_says_nothing_are_not_learned_from() -> None:
    business = BusinessTime.of(office(), datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 9, 18, tzinfo=UTC))
    assert business.known_from == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert business.opens(datetime(2026, 1, 9, 11, 30, tzinfo=UTC)) == datetime(2026, 1, 9, 12, tzinfo=UTC)
    assert business.opens(datetime(2026, 1, 9, 17, tzinfo=UTC)) is None


def settled(probability: float, breached: bool, *, day: int = 0, lead: float | None = None) -> Settled:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return Settled(probability=probability, breached=breached, issued_at=at, lead_seconds=lead)


def test_a_score_knows_good_forecasts_from_the_base_rate() -> None:
    sure = scored([settled(1.0, True)] * 3 + [settled(0.0, False)] * 7)
    rate = scored([settled(0.3, True)] * 3 + [settled(0.3, False)] * 7)
    assert (sure.brier, sure.skill, sure.base_rate) == (0.0, 1.0, 0.3)
    assert rate.skill == pytest.approx(0.0)
    assert [(one.forecasts, one.happened) for one in sure.bins] == [(7, 0.0), (3, 1.0)]
    assert (scored([]).brier, scored([settled(0.5, True)]).skill) == (None, None)


@pytest.mark.parametrize(("count", "told"), [(99, None), (100, True), (101, True)])
def test_lost_skill_shows_once_there_are_enough(count: int, told: bool | None) -> None:
    wrong = [settled(0.9 if day % 2 else 0.1, day % 2 == 0, day=day) for day in range(count)]
    assert drifted(wrong) is told


def test_only_the_last_forecasts_say_whether_skill_is_lost() -> None:
    wrong = [settled(0.9 if day % 2 else 0.1, day % 2 == 0, day=day) for day in range(100)]
    right = [settled(0.9 if day % 2 else 0.1, day % 2 == 1, day=200 + day) for day in range(100)]
    assert drifted([*right, *wrong]) is False


def test_alerts_are_counted_with_those_that_came_to_nothing() -> None:
    found = alerts_of([settled(0.8, True, lead=HOUR), settled(0.7, True, lead=3 * HOUR), settled(0.6, False, lead=9)])
    assert (found.alerts, found.false_alarms, found.median_lead_seconds) == (3, 1, 2 * HOUR)
    assert alerts_of([]).median_lead_seconds is None

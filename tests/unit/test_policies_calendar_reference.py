"""Business time against a slow reference that looks at every minute of the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policies.calendar import WEEKDAYS, BusinessCalendar, Calendar
from policies.service_level import Target
from policies.service_level_due import Paused, due
from tests.support.slow_calendar import DAY, MINUTE, Interval, SlowCalendar

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ZONES = (
    "Europe/Vienna",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/Havana",  # midnight comes twice
    "Africa/Cairo",  # midnight is skipped
    "Pacific/Apia",  # a whole day was skipped in 2011
    "Asia/Kathmandu",
    "UTC",
)
TURNS = (
    date(2026, 3, 29),  # Vienna forward
    date(2026, 10, 25),  # Vienna back
    date(2026, 3, 8),  # New York and Havana forward
    date(2026, 11, 1),  # New York and Havana back
    date(2026, 4, 24),  # Cairo forward
    date(2026, 4, 5),  # Lord Howe back
    date(2026, 10, 4),  # Lord Howe forward
    date(2024, 2, 29),
    date(2023, 2, 28),
    date(2011, 12, 30),  # not in Samoa
    date(2026, 12, 26),  # a holiday on a Saturday
)


def written(interval: Interval) -> str:
    opens, closes = interval
    shown = closes if closes <= 1440 else closes - 1440
    return f"{opens // 60:02}:{opens % 60:02}-{shown // 60:02}:{shown % 60:02}"


@st.composite
def hours(draw: st.DrawFn) -> list[Interval]:
    """Up to three intervals of a day apart from each other, the last maybe overnight."""
    edges = sorted(draw(st.sets(st.integers(0, 95), min_size=0, max_size=6)))
    found = [(first * 15, last * 15) for first, last in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2 and draw(st.booleans()):
        found.append((edges[-1] * 15, 1440 + draw(st.integers(0, edges[-1])) * 15))
    return [(opens, closes) for opens, closes in found if opens < closes < opens + 1440]


@st.composite
def both(draw: st.DrawFn) -> tuple[BusinessCalendar, SlowCalendar, datetime]:
    """One calendar in both forms, and an instant near a day that is special."""
    turn = draw(st.sampled_from(TURNS))
    week = [draw(hours()) for _ in range(7)]
    if sum(closes - opens for intervals in week for opens, closes in intervals) < 120:
        week[turn.weekday()] = [(30, 200), (600, 1020)]
    days = {
        turn + draw(st.integers(-2, 3)) * DAY: draw(st.one_of(st.just([]), st.just([(480, 720)]), hours()))
        for _ in range(draw(st.integers(0, 2)))
    }
    zone = draw(st.sampled_from(ZONES))
    text: dict[str, Any] = {
        "calendar": "site",
        "zone": zone,
        "weeks": [{"hours": {name: [written(i) for i in week[n]] for n, name in enumerate(WEEKDAYS)}}],
        "days": [
            {"on": day.isoformat(), "name": "otherwise", "hours": [written(i) for i in own]}
            for day, own in days.items()
        ],
    }
    start = datetime(turn.year, turn.month, turn.day, tzinfo=UTC) + draw(st.integers(-2880, 2880)) * MINUTE
    slow = SlowCalendar(zone=zone, week=week, days=days)
    return BusinessCalendar(calendar=Calendar.model_validate(text)), slow, start


@SLOW
@given(both(), st.integers(1, 600))
def test_working_time_is_that_of_the_wall_clock(made: tuple[BusinessCalendar, SlowCalendar, datetime], m: int) -> None:
    calendar, slow, start = made
    assert due(Target(business_time=m * MINUTE), calendar, start).at == slow.business_time(start, m)


@SLOW
@given(both(), st.integers(1, 400), st.lists(st.tuples(st.integers(-60, 2000), st.integers(0, 900)), max_size=3))
def test_paused_time_does_not_count(
    made: tuple[BusinessCalendar, SlowCalendar, datetime], m: int, spans: list[tuple[int, int]]
) -> None:
    calendar, slow, start = made
    pauses: list[tuple[datetime, datetime]] = []
    for ahead, length in sorted(spans):
        first = max(start + ahead * MINUTE, pauses[-1][1] if pauses else start - DAY)
        pauses.append((first, first + length * MINUTE))
    given_ = [Paused(start=first, end=last, reason="supplier") for first, last in pauses]
    found = due(Target(business_time=m * MINUTE), calendar, start, pauses=given_)
    assert found.at == slow.business_time(start, m, pauses)
    assert sum((r.length for r in found.reasons if r.kind == "counted" and r.length), timedelta(0)) == m * MINUTE


@SLOW
@given(both(), st.integers(1, 6), st.booleans())
def test_business_days_end_as_the_wall_clock_says(
    made: tuple[BusinessCalendar, SlowCalendar, datetime], number: int, midnight: bool
) -> None:
    calendar, slow, start = made
    target = Target(business_days=number, until="midnight" if midnight else "closing")
    assert due(target, calendar, start).at == slow.business_days(start, number, midnight=midnight)


@SLOW
@given(both(), st.integers(1, 400), st.integers(0, 400))
@example(
    (
        BusinessCalendar(
            calendar=Calendar.model_validate(
                {"calendar": "site", "zone": "UTC", "weeks": [{"hours": {"monday": ["08:00-09:00"]}}]}
            )
        ),
        SlowCalendar(zone="UTC", week=[[(480, 540)], [], [], [], [], [], []]),
        datetime(2026, 6, 1, tzinfo=UTC),
    ),
    60,
    60,
)
def test_time_counted_in_two_parts_is_time_counted_at_once(
    made: tuple[BusinessCalendar, SlowCalendar, datetime], first: int, more: int
) -> None:
    calendar, _, start = made
    whole = due(Target(business_time=(first + more) * MINUTE), calendar, start).at
    halfway = due(Target(business_time=first * MINUTE), calendar, start).at
    assert whole == (due(Target(business_time=more * MINUTE), calendar, halfway).at if more else halfway)
    assert start < halfway <= whole

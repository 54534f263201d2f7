"""Business time against a slow reference that looks at every minute of the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policies.calendar import BusinessCalendar, Calendar
from policies.service_level import Target
from policies.service_level_due import Paused, due
from tests.support.drawn_calendars import both
from tests.support.slow_calendar import DAY, MINUTE, SlowCalendar

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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

"""Calendars drawn at random, each as the product reads it and as the slow reference does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from policies.calendar import WEEKDAYS, BusinessCalendar, Calendar
from tests.support.slow_calendar import DAY, MINUTE, Interval, SlowCalendar

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

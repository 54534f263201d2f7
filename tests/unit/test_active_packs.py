"""Which activation covers a case, at which instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from graphs.store.packs import Activation

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def activation(*, from_at: datetime = NOON, cases_since: date | None = None) -> Activation:
    return Activation(number=2, digest="d", parameters={}, from_at=from_at, cases_since=cases_since)


@pytest.mark.parametrize(("now", "covers"), [(NOON - SECOND, False), (NOON, True), (NOON + SECOND, True)])
def test_it_counts_from_its_instant(now: datetime, covers: bool) -> None:
    assert activation().covers(NOON, now=now) is covers


@pytest.mark.parametrize(
    ("started_at", "covers"),
    [
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 28, tzinfo=UTC), True),
        (datetime(2026, 11, 29, tzinfo=UTC), True),
    ],
)
def test_with_a_day_it_covers_only_cases_that_started_on_it_or_later(started_at: datetime, covers: bool) -> None:
    found = activation(cases_since=date(2026, 11, 28)).covers(started_at, now=NOON + timedelta(days=2))
    assert found is covers

"""Quiet hours and digests by a person's own clock, over the days on which clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.notices.preferences import Preferences
from graphs.notices.timing import QuietHours, next_digest, next_open

BERLIN, NEW_YORK, BEIRUT, KOLKATA = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Beirut", "Asia/Kolkata")
)
MINUTE = timedelta(minutes=1)


def hours(start: str, end: str) -> QuietHours:
    return QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "opens"),
    [
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-06-10T21:59+02:00", "2026-06-10T21:59+02:00", id="just before"),
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-06-10T22:00+02:00", "2026-06-11T07:00+02:00", id="at the start"),
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-06-11T06:59+02:00", "2026-06-11T07:00+02:00", id="last minute"),
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-06-11T07:00+02:00", "2026-06-11T07:00+02:00", id="at the end"),
        pytest.param(BERLIN, ("12:00", "13:30"), "2026-06-11T12:30+02:00", "2026-06-11T13:30+02:00", id="within a day"),
        pytest.param(BERLIN, ("09:00", "09:00"), "2026-06-11T09:00+02:00", "2026-06-11T09:00+02:00", id="no time"),
        pytest.param(KOLKATA, ("22:00", "07:00"), "2026-06-10T17:00Z", "2026-06-11T01:30Z", id="half an hour's zone"),
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00", id="short night"),
        pytest.param(BERLIN, ("22:00", "07:00"), "2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00", id="long night"),
        pytest.param(BERLIN, ("22:00", "02:30"), "2026-03-29T01:30+01:00", "2026-03-29T01:00Z", id="end is skipped"),
        pytest.param(BERLIN, ("22:00", "02:30"), "2026-10-25T00:20Z", "2026-10-25T00:30Z", id="end comes twice: first"),
        pytest.param(BERLIN, ("22:00", "02:30"), "2026-10-25T01:20Z", "2026-10-25T01:30Z", id="and is quiet again"),
        pytest.param(NEW_YORK, ("01:00", "03:00"), "2026-03-08T06:30Z", "2026-03-08T07:00Z", id="another country"),
        pytest.param(BEIRUT, ("20:00", "00:00"), "2026-03-28T20:00Z", "2026-03-28T22:00Z", id="midnight is skipped"),
    ],
)
def test_what_comes_in_quiet_hours_waits_for_their_end(
    zone: ZoneInfo, quiet: tuple[str, str], now: str, opens: str
) -> None:
    found = next_open(datetime.fromisoformat(now), hours(*quiet), zone)
    assert found == datetime.fromisoformat(opens)


@pytest.mark.parametrize(
    ("now", "at"),
    [
        pytest.param("2026-06-10T07:59+02:00", "2026-06-10T08:00+02:00", id="today"),
        pytest.param("2026-06-10T08:00+02:00", "2026-06-11T08:00+02:00", id="what comes with it goes tomorrow"),
        pytest.param("2026-03-28T09:00+01:00", "2026-03-29T08:00+02:00", id="23 hours"),
        pytest.param("2026-10-24T09:00+02:00", "2026-10-25T08:00+01:00", id="24 hours and one more"),
    ],
)
def test_the_digest_goes_at_the_persons_hour(now: str, at: str) -> None:
    assert next_digest(datetime.fromisoformat(now), 8, BERLIN) == datetime.fromisoformat(at)


def test_a_digest_whose_hour_is_skipped_goes_when_the_clock_has_passed_it() -> None:
    at = next_digest(datetime(2026, 3, 28, 12, tzinfo=UTC), 2, BERLIN)
    assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)


MOMENTS = st.one_of(
    *(
        st.integers(0, 60 * 60).map(lambda minutes, start=start: start + minutes * MINUTE)
        for start in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC))
    )
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


@given(now=MOMENTS, start=TIMES, end=TIMES, zone=st.sampled_from((BERLIN, BEIRUT, KOLKATA)))
def test_it_opens_at_the_first_minute_that_is_not_quiet(now: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    quiet = QuietHours(start=start, end=end)
    slowly = now
    while quiet.hold(slowly.astimezone(zone).time()):
        slowly += MINUTE
    assert next_open(now, quiet, zone) == slowly


def test_urgent_breaks_through_and_a_digest_waits_for_its_hour() -> None:
    wants = Preferences(zone="Europe/Berlin", quiet_from="22:00", quiet_to="07:00", digest=["task.commented"])
    night = datetime.fromisoformat("2026-06-10T23:00+02:00")
    assert wants.due_at("task.assigned", "urgent", now=night) == night
    assert wants.due_at("task.commented", "urgent", now=night) == night
    assert wants.due_at("task.assigned", "normal", now=night) == datetime.fromisoformat("2026-06-11T07:00+02:00")
    assert wants.due_at("task.commented", "normal", now=night) == datetime.fromisoformat("2026-06-11T08:00+02:00")
    assert wants.due_at("task.assigned", "digest", now=night) == datetime.fromisoformat("2026-06-11T08:00+02:00")


@pytest.mark.parametrize(("muted", "kind"), [(["task.commented"], "task.commented"), (["*"], "escalation")])
def test_a_muted_kind_is_not_told_but_where_it_is_urgent(muted: list[str], kind: str) -> None:
    wants = Preferences(muted=muted)
    assert wants.mutes(kind, "normal")
    assert wants.mutes(kind, "digest")
    assert not wants.mutes(kind, "urgent")


@pytest.mark.parametrize(
    "said",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": "Europe"},
        {"zone": ""},
        {"quiet_from": "22:00"},
        {"quiet_from": "24:00", "quiet_to": "07:00"},
        {"digest_hour": 24},
        {"channels": {"*": []}},
        {"muted": ["Task.Assigned"]},
        {"language": "english"},
        {"colour": "red"},
    ],
)
def test_a_preference_that_means_nothing_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(said))):
        Preferences.model_validate(said)

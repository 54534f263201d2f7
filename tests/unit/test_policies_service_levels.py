"""Service levels: due instants that regulations and agreements name, conditions, and how an instant explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from graphs.deadlines.desk import check_names
from graphs.processes.procure_to_pay import definition
from policies.calendar import BusinessCalendar, Calendar, HolidayRegion
from policies.calendar_holidays import holidays_of
from policies.errors import CalendarInvalid, InstantUnknown, ServiceLevelInvalid
from policies.service_level import Scope, Target, anchor_of
from policies.service_level_due import Paused, due
from policies.service_level_file import read_calendar, read_service_levels
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"
OFFICE = '["09:00-12:00", "13:00-17:00"]'
WORKDAYS = f"{{monday: {OFFICE}, tuesday: {OFFICE}, wednesday: {OFFICE}, thursday: {OFFICE}, friday: {OFFICE}}}"


def calendar(zone: str, more: str = "", hours: str = WORKDAYS) -> BusinessCalendar:
    read = read_calendar(f"{{calendar: site, zone: {zone}, weeks: [{{hours: {hours}}}]{more}}}", name="site")
    return ready(read)


def ready(read: Calendar) -> BusinessCalendar:
    if read.holidays is None:
        return BusinessCalendar(calendar=read)
    return BusinessCalendar(calendar=read, holidays=holidays_of(read.holidays))


US = calendar("America/New_York", ", holidays: {country: US}")
VIENNA = calendar("Europe/Vienna", ", holidays: {country: AT}")


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(found: datetime, zone: str) -> str:
    return f"{found.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


I9 = """
process: onboarding
calendar: us
levels:
  - {name: i9_short, scope: step, of: [i9_section_2], when: [{fact: facts.job_business_days, below: 3}],
     target: {business_days: 0, until: midnight, after: facts.first_day_of_work}}
  - {name: i9, scope: step, of: [i9_section_2],
     target: {business_days: 3, until: midnight, after: facts.first_day_of_work}}
  - {name: e_verify, scope: step, of: [e_verify],
     target: {business_days: 3, until: midnight, after: facts.first_day_of_work}}
"""


@pytest.mark.parametrize(
    ("step", "first_day", "job_days", "level", "last_day"),
    [
        ("i9_section_2", "2026-06-01", 200, "i9", "Thu 2026-06-04"),  # Monday: Thursday
        ("i9_section_2", "2026-06-04", 200, "i9", "Tue 2026-06-09"),  # a weekend between
        ("i9_section_2", "2026-05-21", 200, "i9", "Wed 2026-05-27"),  # Memorial Day between
        ("i9_section_2", "2026-07-01", 200, "i9", "Tue 2026-07-07"),  # 4 July on a Saturday, observed on Friday
        ("i9_section_2", "2026-06-06", 200, "i9", "Wed 2026-06-10"),  # begins on a Saturday
        ("i9_section_2", "2024-02-26", 200, "i9", "Thu 2024-02-29"),  # a leap day
        ("i9_section_2", "2026-06-01", 3, "i9", "Thu 2026-06-04"),  # exactly three days is not shorter
        ("i9_section_2", "2026-06-01", 2, "i9_short", "Mon 2026-06-01"),  # shorter than three days: day 1
        ("e_verify", "2026-06-01", 200, "e_verify", "Thu 2026-06-04"),
        ("e_verify", "2026-12-23", 200, "e_verify", "Tue 2026-12-29"),  # Christmas on a Friday
    ],
)
def test_right_to_work_is_due_on_the_third_business_day_after_the_first_day_of_work(
    step: str, first_day: str, job_days: int, level: str, last_day: str
) -> None:
    levels = read_service_levels(I9, name="onboarding")
    source = {"kind": "person", "ref": "hr"}
    facts = {"first_day_of_work": first_day, "job_business_days": job_days}
    data = {"facts": {name: {"value": value, "source": source} for name, value in facts.items()}}
    chosen = levels.chosen(Scope.STEP, step, data)
    assert chosen is not None
    assert chosen.name == level
    started = datetime.fromisoformat(first_day).replace(tzinfo=UTC) - timedelta(days=10)
    found = due(chosen.target, US, started, anchor=anchor_of(chosen.target, data))
    day = f"{date.fromisoformat(last_day[4:]) + timedelta(days=1):%Y-%m-%d}"
    assert found.at == at("America/New_York", f"{day}T00:00")
    assert found.reasons[-1].name.endswith(last_day[4:])


@pytest.mark.parametrize(
    ("target", "received", "decided_by"),
    [
        ({"elapsed": "72h"}, "2026-07-03T16:30", "Mon 2026-07-06 16:30"),  # a holiday weekend changes nothing
        ({"elapsed": "72h"}, "2026-03-07T12:00", "Tue 2026-03-10 13:00"),  # 72 real hours, clocks put forward
        ({"elapsed": "72h"}, "2026-10-31T12:00", "Tue 2026-11-03 11:00"),  # and back
        ({"calendar_days": 7}, "2026-07-03T16:30", "Fri 2026-07-10 16:30"),
        ({"calendar_days": 7}, "2026-03-05T16:30", "Thu 2026-03-12 16:30"),  # the same time, though an hour less
        ({"calendar_days": 7, "until": "midnight"}, "2026-02-22T16:30", "Mon 2026-03-02 00:00"),
        ({"calendar_days": 7}, "2024-02-24T08:00", "Sat 2024-03-02 08:00"),  # over a leap day
    ],
)
def test_prior_authorisation_is_decided_in_72_hours_or_7_calendar_days(
    target: dict[str, Any], received: str, decided_by: str
) -> None:
    found = due(Target.model_validate(target), US, at("America/New_York", received))
    assert shown(found.at, "America/New_York") == decided_by


@pytest.mark.parametrize(
    ("target", "began", "ends"),
    [
        ({"business_time": "4h"}, "2026-04-01T10:00", "Wed 2026-04-01 15:00"),  # intake to validated; lunch between
        ({"business_time": "4h"}, "2026-04-01T16:00", "Thu 2026-04-02 12:00"),
        ({"business_time": "3h"}, "2026-04-01T09:00", "Wed 2026-04-01 12:00"),  # up to the last minute, not after lunch
        ({"business_time": "4h"}, "2026-04-03T16:00", "Tue 2026-04-07 12:00"),  # Easter Monday
        ({"business_days": 1}, "2026-04-01T20:00", "Thu 2026-04-02 17:00"),  # exception, first touch
        ({"business_days": 2}, "2026-04-02T10:00", "Tue 2026-04-07 17:00"),  # receipt task, approval
        ({"business_days": 2}, "2026-04-04T10:00", "Wed 2026-04-08 17:00"),  # received on a Saturday
        ({"business_days": 2, "until": "same_time"}, "2026-04-02T10:00", "Tue 2026-04-07 10:00"),
        ({"business_days": 1, "until": "same_time"}, "2026-04-04T10:00", "Wed 2026-04-08 09:00"),  # begins on Tuesday
        ({"business_days": 5}, "2026-12-22T10:00", "Wed 2026-12-30 17:00"),  # hold after a change of bank details
        ({"end_of_day": True}, "2026-04-01T10:00", "Wed 2026-04-01 17:00"),
        ({"end_of_day": True}, "2026-04-01T17:00", "Thu 2026-04-02 17:00"),  # over already
        ({"end_of_day": True, "until": "midnight"}, "2026-04-01T17:00", "Thu 2026-04-02 00:00"),
        ({"end_of_day": True}, "2026-04-04T10:00", "Tue 2026-04-07 17:00"),
        ({"calendar_days": 30, "until": "midnight"}, "2026-01-31T10:00", "Tue 2026-03-03 00:00"),  # statutory
    ],
)
def test_the_clocks_of_purchasing(target: dict[str, Any], began: str, ends: str) -> None:
    found = due(Target.model_validate(target), VIENNA, at("Europe/Vienna", began))
    assert shown(found.at, "Europe/Vienna") == ends


def test_one_business_day_is_never_24_business_hours() -> None:
    began = at("Europe/Vienna", "2026-06-08T09:00")
    assert (
        due(Target(business_days=1), VIENNA, began).at
        < due(Target(business_time=timedelta(hours=24)), VIENNA, began).at
    )


@pytest.mark.parametrize(
    ("began", "ends"),
    [("2026-03-28T21:00", "Sun 2026-03-29 06:00"), ("2026-10-24T21:00", "Sun 2026-10-25 04:00")],
    ids=["forward: the night is an hour shorter", "back: an hour longer"],
)
def test_a_night_shift_works_the_hours_there_are(began: str, ends: str) -> None:
    night = calendar("Europe/Vienna", hours='{saturday: ["22:00-06:00"], sunday: ["22:00-06:00"]}')
    found = due(Target(business_time=timedelta(hours=7)), night, at("Europe/Vienna", began))
    assert shown(found.at, "Europe/Vienna") == ends


def test_half_days_own_days_and_seasons_of_a_site_count() -> None:
    site = ready(
        read_calendar(
            """
            calendar: site
            zone: Europe/Vienna
            weeks:
              - {to: 2026-12-31, hours: {wednesday: ["09:00-17:00"], thursday: ["09:00-17:00"]}}
              - {from: 2027-01-01, to: 2027-06-30, hours: {wednesday: ["10:00-12:00"], friday: ["10:00-12:00"]}}
            holidays: {country: AT}
            days:
              - {every: "12-24", name: Christmas Eve, hours: ["09:00-12:00"]}
              - {from: 2026-12-28, to: 2027-01-05, name: Stocktaking}
              - {on: 2027-01-06, name: Open in spite of Epiphany, hours: ["09:00-10:00"]}
            """,
            name="site",
        )
    )
    found = due(Target(business_time=timedelta(hours=13)), site, at("Europe/Vienna", "2026-12-23T09:00"))
    assert shown(found.at, "Europe/Vienna") == "Fri 2027-01-08 11:00"
    with pytest.raises(InstantUnknown, match="says nothing about 2027-07-01"):
        due(Target(business_days=1), site, at("Europe/Vienna", "2027-06-30T12:00"))


@pytest.mark.parametrize(
    ("target", "pause", "ends"),
    [
        ({"business_time": "4h"}, ("2026-06-08T10:00", "2026-06-09T10:00"), "Tue 2026-06-09 14:00"),
        ({"business_time": "4h"}, ("2026-06-08T17:00", "2026-06-09T09:00"), "Mon 2026-06-08 14:00"),
        ({"elapsed": "72h"}, ("2026-06-08T10:00", "2026-06-08T11:30"), "Thu 2026-06-11 10:30"),
        ({"business_days": 2}, ("2026-06-09T10:00", "2026-06-11T10:00"), "Fri 2026-06-12 17:00"),
        ({"business_days": 2}, ("2026-06-09T10:00", "2026-06-09T12:00"), "Wed 2026-06-10 17:00"),
        ({"business_days": 2}, ("2026-06-10T17:00", "2026-06-15T10:00"), "Wed 2026-06-10 17:00"),  # due already
        ({"end_of_day": True}, ("2026-06-08T12:00", "2026-06-10T09:00"), "Wed 2026-06-10 17:00"),
        ({"end_of_day": True}, ("2026-06-08T12:00", "2026-06-08T20:00"), "Tue 2026-06-09 17:00"),  # not over before it
        ({"calendar_days": 7}, ("2026-06-09T10:00", "2026-06-12T10:00"), "Thu 2026-06-18 09:00"),
    ],
)
def test_a_pause_moves_what_is_due_and_says_so(target: dict[str, Any], pause: tuple[str, str], ends: str) -> None:
    first, last = (at("Europe/Vienna", text) for text in pause)
    pauses = [Paused(start=first, end=last, reason="waiting_for_supplier")]
    found = due(Target.model_validate(target), VIENNA, at("Europe/Vienna", "2026-06-08T09:00"), pauses=pauses)
    assert shown(found.at, "Europe/Vienna") == ends
    told = any("waiting_for_supplier" in sentence for sentence in found.sentences())
    assert told is (due(Target.model_validate(target), VIENNA, at("Europe/Vienna", "2026-06-08T09:00")).at > first)


def test_an_instant_says_how_it_came_about() -> None:
    found = due(Target(business_time=timedelta(hours=8)), VIENNA, at("Europe/Vienna", "2026-04-03T16:00"))
    assert found.sentences() == [
        "Target: 8 h of working time.",
        "Counted from Fri 2026-04-03 16:00:00 +0200.",
        "Friday 2026-04-03: 1 h from Fri 2026-04-03 16:00:00 +0200 to Fri 2026-04-03 17:00:00 +0200.",
        "Saturday 2026-04-04 does not count: no working time.",
        "Sunday 2026-04-05 does not count: no working time.",
        "Monday 2026-04-06 does not count: Ostermontag.",
        "Tuesday 2026-04-07: 3 h from Tue 2026-04-07 09:00:00 +0200 to Tue 2026-04-07 12:00:00 +0200.",
        "Tuesday 2026-04-07: 4 h from Tue 2026-04-07 13:00:00 +0200 to Tue 2026-04-07 17:00:00 +0200.",
        "Due Tue 2026-04-07 17:00:00 +0200.",
    ]
    data = found.explain()
    assert (data["due_at"], data["zone"]) == ("2026-04-07T15:00:00+00:00", "Europe/Vienna")
    assert sum(reason.get("seconds", 0) for reason in data["reasons"]) == 8 * 3600


LEVELS = """
process: procure_to_pay
calendar: vienna
levels:
  - {name: large, scope: task, when: [{fact: facts.amount, at_least: 100000}], target: {business_days: 1}}
  - {name: foreign, scope: task, of: [approve],
     when: [{fact: facts.country, one_of: [DE, CH]}, {fact: facts.amount, known: true}],
     target: {business_days: 3}, calendar: berlin}
  - {name: any, scope: task, of: [approve], target: {business_days: 2}}
"""


@pytest.mark.parametrize(
    ("facts", "step", "level"),
    [
        ({"amount": 100_000, "country": "DE"}, "approve", "large"),  # the first that is met
        ({"amount": 99_999, "country": "DE"}, "approve", "foreign"),
        ({"amount": "100000.00", "country": "DE"}, "other", "large"),
        ({"amount": 5, "country": "AT"}, "approve", "any"),
        ({"country": "DE"}, "approve", "any"),  # what is not known meets no condition
        ({}, "other", None),
    ],
)
def test_the_first_level_whose_conditions_are_met_counts(
    facts: Mapping[str, Any], step: str, level: str | None
) -> None:
    chosen = read_service_levels(LEVELS, name="levels").chosen(Scope.TASK, step, {"facts": facts})
    assert (chosen.name if chosen else None) == level


@pytest.mark.parametrize("value", ["much", True, 1.5, ["100000"]])
def test_what_cannot_be_compared_is_unknown_and_not_small(value: Any) -> None:
    levels = read_service_levels(LEVELS, name="levels")
    with pytest.raises(InstantUnknown, match=r"facts\.amount cannot be compared"):
        levels.chosen(Scope.TASK, "approve", {"facts": {"amount": value}})


@pytest.mark.parametrize("value", [None, "soon", "2026-13-01", 20260601, "2026-06-01T10:00:00"])
def test_a_first_day_that_is_none_leaves_the_instant_unknown(value: Any) -> None:
    target = Target(business_days=3, after="facts.first_day")
    with pytest.raises(InstantUnknown, match=r"facts\.first_day"):
        anchor_of(target, {"facts": {"first_day": value}})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zone: Europe/Wien, weeks: [{hours: {monday: ['08:00-12:00']}}]", "no time zone"),
        ("zone: ../../etc/passwd, weeks: [{hours: {monday: ['08:00-12:00']}}]", "no time zone"),
        ("zone: UTC, weeks: []", "weeks"),
        ("zone: UTC, weeks: [{hours: {}}]", "a week without hours"),
        ("zone: UTC, weeks: [{hours: {monday: ['8-12']}}]", "write 08:00-12:00"),
        ("zone: UTC, weeks: [{hours: {monday: ['08:00-08:00']}}]", "no time at all"),
        ("zone: UTC, weeks: [{hours: {monday: ['08:00-24:30']}}]", "ends at 24:00"),
        ("zone: UTC, weeks: [{hours: {monday: ['08:00-12:00', '11:00-13:00']}}]", "overlap"),
        ("zone: UTC, weeks: [{from: 2026-02-01, to: 2026-01-01, hours: {monday: ['08:00-09:00']}}]", "before"),
        ("zone: UTC, weeks: [{from: 20260101, hours: {monday: ['08:00-12:00']}}]", "no day"),
        ("zone: UTC, weeks: [{hours: {monday: ['08:00-12:00']}}], days: [{name: x}]", "say which days"),
        ("zone: UTC, weeks: [{hours: {monday: ['08:00-12:00']}}], days: [{every: 02-30, name: x}]", "days"),
        ("calendar: b", "written twice"),
        ("[" * 3000, "not YAML"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused(text: str, told: str) -> None:
    with pytest.raises(CalendarInvalid, match=told):
        read_calendar(f"{{calendar: a, {text}}}", name="a.yaml")


def test_a_region_without_known_holidays_is_refused() -> None:
    with pytest.raises(CalendarInvalid, match="XX"):
        holidays_of(HolidayRegion(country="XX"))
    with pytest.raises(CalendarInvalid, match="AT-99"):
        holidays_of(HolidayRegion(country="AT", subdivision="99"))


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("{name: a, scope: task, target: {}}", "exactly one"),
        ("{name: a, scope: task, target: {business_days: 1, elapsed: 2h}}", "exactly one"),
        ("{name: a, scope: task, target: {business_days: -1}}", "greater than or equal"),
        ("{name: a, scope: task, target: {business_days: true}}", "integer"),
        ("{name: a, scope: task, target: {business_time: P1D}}", "write 4h"),
        ("{name: a, scope: task, target: {business_time: 0h}}", "write 4h"),
        ("{name: a, scope: task, target: {elapsed: 2h, until: midnight}}", "does not go with elapsed"),
        ("{name: a, scope: process, of: [x], target: {elapsed: 2h}}", "one clock"),
        ("{name: a, scope: queue, target: {elapsed: 2h}}", "process"),
        ("{name: a, scope: task, when: [{fact: facts.x}], target: {elapsed: 2h}}", "say what the value must be"),
        ("{name: a, scope: task, target: {elapsed: 2h}}, {name: a, scope: task, target: {elapsed: 2h}}", "two levels"),
    ],
)
def test_levels_that_cannot_be_meant_are_refused(level: str, told: str) -> None:
    with pytest.raises(ServiceLevelInvalid, match=told):
        read_service_levels(f"{{process: p, calendar: c, levels: [{level}]}}", name="levels.yaml")


def test_the_examples_of_the_pages_say_what_the_pages_say() -> None:
    site = ready(read_calendar((EXAMPLES / "calendar.yaml").read_text(encoding="utf-8"), name="calendar"))
    read = read_service_levels((EXAMPLES / "service-levels.yaml").read_text(encoding="utf-8"), name="levels")
    check_names(read, definition())
    assert read.calendars == {site.calendar.calendar}
    easter = at("Europe/Vienna", "2026-04-03T16:00")
    chosen = [read.chosen(Scope.TASK, "approve", {"facts": {"total": total}}) for total in ("9999.99", "10000.00")]
    found = [shown(due(level.target, site, easter).at, "Europe/Vienna") for level in chosen if level]
    assert found == ["Wed 2026-04-08 17:00", "Tue 2026-04-07 17:00"]
    night = due(Target(business_time=timedelta(hours=10)), site, at("Europe/Vienna", "2027-01-07T14:00"))
    assert shown(night.at, "Europe/Vienna") == "Fri 2027-01-08 08:00"


def test_a_calendar_that_stops_working_is_not_searched_for_ever() -> None:
    ended = calendar("UTC", ", days: [{from: 2026-01-01, to: 9000-01-01, name: Closed down}]")
    with pytest.raises(InstantUnknown, match="too little working time"):
        due(Target(business_time=timedelta(hours=1)), ended, datetime(2026, 5, 1, tzinfo=UTC))

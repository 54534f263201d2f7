"""Ladders as people write them: when each rung is reached, to the second, what is refused and what is warned of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.calendar import BusinessCalendar
from policies.errors import ServiceLevelInvalid
from policies.escalation import Ladder, lint_ladders
from policies.escalation_due import PlannedLadder, planned
from policies.service_level import ServiceLevels, Target
from policies.service_level_due import Paused, due
from policies.service_level_file import read_calendar, read_service_levels

SECOND = timedelta(seconds=1)
OFFICE = "['09:00-12:00', '13:00-17:00']"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEK = f"[{{hours: {{{', '.join(f'{day}: {OFFICE}' for day in DAYS)}}}}}]"
HALF_DAY = "[{on: 2026-06-03, name: Half day, hours: ['09:00-12:00']}]"
VIENNA = BusinessCalendar(
    calendar=read_calendar(f"{{calendar: vienna, zone: Europe/Vienna, weeks: {WEEK}, days: {HALF_DAY}}}", name="vienna")
)
MONDAY = datetime.fromisoformat("2026-06-01T09:00:00+02:00")


def levels(ladders: str, more: str = "") -> ServiceLevels:
    text = f"""
process: toy
calendar: vienna
levels:
  - {{name: approval, scope: task, target: {{business_time: 10h}}}}
  - {{name: whole, scope: process, target: {{business_days: 5}}}}
ladders:
{ladders}
{more}"""
    return read_service_levels(text, name="levels")


def ladder(*rungs: str, more: str = "") -> Ladder:
    lines = "\n".join(f"      - {{{rung}}}" for rung in rungs)
    rung_lines = f"    rungs:\n{lines}" if rungs else ""
    return levels(f"  - name: one\n{more}{rung_lines}").ladders[0]


def plan(found: Ladder, target: str = "10h", pauses: tuple[Paused, ...] = ()) -> PlannedLadder:
    return planned(
        found, due(Target.model_validate({"business_time": target}), VIENNA, MONDAY, pauses=pauses), pauses=pauses
    )


def shown(found: PlannedLadder) -> list[str]:
    return [f"{step.at.astimezone(VIENNA.zone):%a %H:%M:%S}" if step.at else "-" for step in found.steps]


@pytest.mark.parametrize(
    ("rung", "instant"),
    [
        ("at: 80 %", "Tue 10:00:00"),
        ("at: 30 %", "Mon 12:00:00"),  # 3 of 10 hours: the end of the morning, not the begin of the afternoon
        ("at: 0.01 %", "Mon 09:00:03"),
        ("at: 100 %", "Tue 12:00:00"),
        ("before: 1h", "Tue 11:00:00"),
        ("before: 3h", "Tue 09:00:00"),  # when people come, not when they left the evening before
        ("before: 3h 1m", "Mon 16:59:00"),
        ("before: 1bd", "Mon 12:00:00"),
        ("before: 5bd", "Mon 09:00:00"),  # more than there is: at once
        ("after: 1h", "Tue 14:00:00"),
        ("after: 4h", "Tue 17:00:00"),
        ("after: 4h 1m", "Wed 09:01:00"),
        ("after: 1bd", "Wed 12:00:00"),
        ("after: 2bd", "Thu 12:00:00"),
    ],
)
def test_a_rung_is_reached_in_business_time(rung: str, instant: str) -> None:
    assert shown(plan(ladder(f"name: r, {rung}, action: remind"))) == [instant]


@pytest.mark.parametrize(("seconds", "reached"), [(-1, None), (0, 0), (1, 0)])
def test_a_rung_is_reached_at_its_second_and_not_before(seconds: int, reached: int | None) -> None:
    found = plan(ladder("name: r, at: 80 %, action: remind", "name: s, after: 1h, action: manager"))
    assert found.steps[0].at is not None
    assert found.due(0, found.steps[0].at + seconds * SECOND) == (reached, [])


def test_a_pause_moves_the_rungs_behind_it_and_no_other() -> None:
    rungs = (
        "name: a, at: 20 %, action: remind",
        "name: b, at: 80 %, action: remind",
        "name: c, after: 1h, action: head",
    )
    stop = Paused(start=MONDAY + timedelta(hours=6), end=MONDAY + timedelta(days=1, hours=6), reason="supplier")
    assert shown(plan(ladder(*rungs))) == ["Mon 11:00:00", "Tue 10:00:00", "Tue 14:00:00"]
    assert shown(plan(ladder(*rungs), pauses=(stop,))) == ["Mon 11:00:00", "Wed 10:00:00", "Thu 10:00:00"]


def test_a_pause_after_the_deadline_moves_what_comes_after_it() -> None:
    rungs = ("name: a, after: 2h, action: manager", "name: b, after: 1bd, action: head")
    late = Paused(
        start=datetime.fromisoformat("2026-06-02T13:00:00+02:00"),
        end=datetime.fromisoformat("2026-06-04T13:00:00+02:00"),
        reason="supplier",
    )
    assert shown(plan(ladder(*rungs))) == ["Tue 15:00:00", "Wed 12:00:00"]
    assert shown(plan(ladder(*rungs), pauses=(late,))) == ["Thu 15:00:00", "Fri 12:00:00"]


@pytest.mark.parametrize(
    ("target", "rung", "instant"),
    [
        ({"elapsed": "72h"}, "at: 80 %", "2026-06-03T18:36:00+02:00"),
        ({"elapsed": "72h"}, "before: 8h", "2026-06-04T01:00:00+02:00"),
        ({"elapsed": "72h"}, "after: 24h", "2026-06-05T09:00:00+02:00"),
        ({"calendar_days": 7}, "at: 50 %", "2026-06-04T21:00:00+02:00"),
        ({"business_days": 2}, "at: 50 %", "2026-06-02T10:30:00+02:00"),  # half of 7 + 7 + 3 hours
        ({"business_days": 2, "until": "midnight"}, "after: 1bd", "2026-06-04T17:00:00+02:00"),
        ({"end_of_day": True}, "before: 2h", "2026-06-01T15:00:00+02:00"),
    ],
)
def test_each_kind_of_target_has_its_own_time(target: dict[str, Any], rung: str, instant: str) -> None:
    found = due(Target.model_validate(target), VIENNA, MONDAY)
    [step] = planned(ladder(f"name: r, {rung}, action: remind"), found).steps
    assert step.at == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)],
    ids=["into summer time", "out of it", "an ordinary day"],
)
def test_a_day_has_the_hours_it_really_has(day: str, hours: int) -> None:
    """Half of a calendar day over a change of time is half of what really passes."""
    start = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=VIENNA.zone).astimezone(UTC)
    found = due(Target(calendar_days=1), VIENNA, start)
    [step] = planned(ladder("name: r, at: 50 %, action: remind"), found).steps
    assert step.at == start + timedelta(hours=hours) / 2


@pytest.mark.parametrize(
    ("rung", "quiet", "instant"),
    [
        ("at: 80 %", '"09:00-11:00"', "Tue 11:00:00"),
        ("at: 80 %, urgency: urgent", '"09:00-11:00"', "Tue 10:00:00"),
        ("at: 80 %", '"10:00-10:30"', "Tue 10:30:00"),
        ("at: 80 %", '"09:30-10:00"', "Tue 10:00:00"),  # over at that second
        ("at: 80 %", '"20:00-10:01"', "Tue 10:01:00"),  # the night before reaches into the day
        ("at: 30 %", "closed", "Mon 13:00:00"),
        ("after: 24h", "closed", "Mon 13:00:00"),
    ],
)
def test_what_is_not_urgent_waits_for_the_end_of_quiet_time(rung: str, quiet: str, instant: str) -> None:
    assert shown(plan(ladder(f"name: r, {rung}, action: remind", more=f"    quiet: {quiet}\n"))) == [instant]


def test_after_an_outage_only_the_highest_rung_is_reached() -> None:
    found = plan(
        ladder(
            "name: remind, at: 80 %, action: remind",
            "name: likely, at_probability: 60 %, action: remind",
            "name: again, after: 1h, action: remind, repeat: {every: 1h, at_most: 3}",
            "name: boss, after: 2bd, action: manager",
        )
    )
    tuesday = datetime.fromisoformat("2026-06-02T15:30:00+02:00")
    assert found.due(0, tuesday) == (3, [0, 2])  # the second time of `again`; a rung on forecast is not skipped
    assert found.due(4, tuesday) == (None, [])
    assert found.due(0, tuesday + timedelta(days=30)) == (6, [0, 2, 3, 4, 5])
    assert found.due(7, tuesday + timedelta(days=30)) == (None, [])


@pytest.mark.parametrize(("bps", "climbed", "reached"), [(5999, 0, None), (6000, 0, 1), (9000, 0, 1), (9000, 2, None)])
def test_a_forecast_reaches_what_it_is_enough_for(bps: int, climbed: int, reached: int | None) -> None:
    found = plan(ladder("name: a, at: 80 %, action: remind", "name: b, at_probability: 60 %, action: manager"))
    assert found.foreseen(climbed, bps)[0] == reached


@pytest.mark.parametrize(("stops", "behind"), [("repeats", 4), ("ladder", 5)])
def test_an_acknowledgement_ends_the_repeats_or_the_ladder(stops: str, behind: int) -> None:
    found = plan(
        ladder(
            f"name: a, after: 1h, action: remind, acknowledged: {stops}, repeat: {{every: 1h, at_most: 3}}",
            "name: b, after: 2bd, action: manager",
        )
    )
    assert found.acknowledged(0) == behind


def test_a_planned_ladder_comes_back_as_it_was_stored() -> None:
    found = plan(
        ladder(
            "name: a, at: 7.5 %, action: 'role:controller', channel: mail, text: firm.reminder, urgency: urgent",
            "name: b, at_probability: 60 %, action: remind",
            "name: c, after: 2bd, action: head, repeat: {every: 90m, at_most: 2}",
            more="    when: [{fact: facts.total, at_least: 100}]\n    quiet: '20:00-07:00'\n",
        )
    )
    assert PlannedLadder.of(found.data()) == found


def test_the_first_ladder_whose_conditions_are_met_counts_and_one_that_cannot_be_compared_is_met() -> None:
    found = levels(
        "  - {name: large, of: [approval], when: [{fact: facts.total, at_least: 100}]}\n  - {name: any, of: [approval]}"
    )
    approval, whole = found.levels
    chosen = [found.ladder_of(approval, {"facts": {"total": total}}) for total in ("100", "99", "much")]
    assert [one.name for one in chosen if one] == ["large", "any", "large"]
    assert found.ladder_of(whole, {"facts": {"total": "100"}}) is None


def test_levels_without_ladders_keep_the_digest_they_had() -> None:
    text = "process: toy\ncalendar: vienna\nlevels: [{name: a, scope: task, target: {elapsed: 4h}}]"
    before = "7192f6155c463e266a2fa65d2247053c50adedfbf63ecdabdb3498c47a768632"
    assert read_service_levels(text, name="a").digest == before
    more = read_service_levels(f"{text}\nladders: [{{name: l}}]", name="a")
    assert more.digest != before


@pytest.mark.parametrize(
    ("rungs", "told"),
    [
        (("name: a, action: remind",), "exactly one of at, before, after"),
        (("name: a, at: 80 %, after: 1h, action: remind",), "exactly one of at, before, after"),
        (("name: a, at: 0 %, action: remind",), "no share"),
        (("name: a, at: 100.01 %, action: remind",), "no share"),
        (("name: a, at: true, action: remind",), "no share"),
        (("name: a, before: P1D, action: remind",), "2bd for two business days"),
        (("name: a, before: 0bd, action: remind",), "2bd for two business days"),
        (("name: a, at: 80 %, action: approve",), "pattern"),
        (("name: a, at: 80 %, action: 'role:'",), "pattern"),
        (("name: a, at_probability: 60 %, action: head, repeat: {every: 1h, at_most: 2}",), "no instant"),
        (("name: a, at: 80 %, action: remind, repeat: {every: 1h, at_most: 11}",), "less than or equal to 10"),
        (("name: a, at: 80 %, action: remind", "name: a, after: 1h, action: head"), "two rungs have one name"),
        (("name: a, at: 80 %, action: remind", "name: b, at: 80 %, action: head"), "b .* does not come after a"),
        (("name: a, before: 1h, action: remind", "name: b, before: 2h, action: head"), "b .* does not come after a"),
        (("name: a, after: 1bd, action: remind", "name: b, after: 1bd, action: head"), "b .* does not come after a"),
        (("name: a, after: 1h, action: remind", "name: b, at: 90 %, action: head"), "b .* does not come after a"),
    ],
)
def test_a_ladder_that_does_not_go_up_is_refused(rungs: tuple[str, ...], told: str) -> None:
    with pytest.raises(ServiceLevelInvalid, match=told):
        ladder(*rungs)


@pytest.mark.parametrize(
    ("ladders", "told"),
    [
        ("  - {name: a, of: [aproval]}", "no such level"),
        ("  - {name: a}\n  - {name: a}", "two ladders are called a"),
        ("  - {name: a, quiet: '25:00-07:00'}", "no hours"),
    ],
)
def test_ladders_that_speak_of_nothing_are_refused(ladders: str, told: str) -> None:
    with pytest.raises(ServiceLevelInvalid, match=told):
        levels(ladders)


def warnings(ladders: str) -> list[str]:
    found = levels(ladders)
    return lint_ladders(found.ladders, {level.name: level.scope.value for level in found.levels})


@pytest.mark.parametrize(
    ("ladders", "told"),
    [
        ("  - {name: a, rungs: [{name: r, at: 80 %, action: remind}]}", "no rung after"),
        ("  - {name: a, of: [whole], rungs: [{name: r, after: 1h, action: reassign}]}", "can never reassign"),
        (
            "  - {name: a, rungs: [{name: r, after: 1h, action: remind, repeat: {every: 2h, at_most: 2}},"
            " {name: s, after: 3h, action: head}]}",
            "r: is never told again: s is reached before",
        ),
        (
            "  - {name: a, rungs: [{name: r, after: 1h, action: head}, {name: s, at_probability: 5 %, action: head}]}",
            "s: can never be reached",
        ),
        (
            "  - {name: a, rungs: [{name: r, after: 1h, action: head}]}\n"
            "  - {name: b, of: [whole], rungs: [{name: r, after: 1h, action: head}]}",
            "ladder b: can never be chosen",
        ),
    ],
)
def test_what_is_hardly_meant_is_warned_of(ladders: str, told: str) -> None:
    assert [told in warning for warning in warnings(ladders)] == [True]


def test_a_sound_ladder_is_not_warned_of() -> None:
    rungs = "[{name: r, at: 80 %, action: remind}, {name: s, after: 1h, action: reassign}]"
    assert warnings(f"  - {{name: a, of: [approval], rungs: {rungs}}}") == []

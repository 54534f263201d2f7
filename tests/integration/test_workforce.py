"""The workforce as it is set, read by the engine, and told with every task."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from graphs.deadlines.desk import DeadlineDesk
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.routing.people.profile import Profile, TeamForm
from graphs.routing.people.workforce import Strategy
from graphs.routing.people.workforce_desk import AbsenceEnded, ProfileChanged
from graphs.store.people import Actor
from graphs.store.workforce_tables import TeamTerms, WorkProfile
from tests.support.deadlines import always
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.workforce import absent, asking_for, desk, in_charge, set_profile, set_team, task_asked, who


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    """A supervisor who looks after the people."""
    return await in_charge(engine)


async def test_without_a_workforce_the_least_loaded_gets_it_and_it_says_why(engine: Engine) -> None:
    first, second = await task_asked(engine), await task_asked(engine)
    assert [first.assignee_id, second.assignee_id] == ["acme-berta", "acme-dora"]
    assert first.assignment is not None
    assert first.assignment["left_out"] == {"role": ["acme-clara", "acme-sven"], "authority": ["acme-anton"]}
    assert first.assignment["details"] == {"acme-anton": "up to 500.00 EUR"}
    assert [one["id"] for one in first.assignment["candidates"]] == ["acme-berta", "acme-dora", "acme-emil"]
    async with engine.database.unit_of_work("acme") as unit:
        trail = await unit.audit_log.of_case(first.case_id)
    [told] = [values["task"] for _, values in trail if "task" in values]
    assert told["assignment"] == {
        "to": "acme-berta",
        "level": "role",
        "strategy": "least_loaded",
        "candidates": 3,
        "left_out": {"role": 2, "authority": 1},
    }


async def test_what_a_step_asks_for_decides_who_gets_it(engine: Engine, sven: Actor) -> None:
    await set_profile(engine, sven, "emil", skills={"tax": 3}, languages=("de",))
    await set_profile(engine, sven, "dora", skills={"tax": 2}, languages=("de",))
    declared = asking_for(
        2,
        skills=(("tax", 3),),
        effort_minutes=90,
        language=lambda _case: "de",
        sticky=lambda case: case.input["subject"],
    )
    task = await task_asked(engine, declared)
    assert (task.assignee_id, task.skills, task.effort_minutes, task.language) == ("acme-emil", {"tax": 3}, 90, "de")
    assert task.assignment is not None
    assert task.assignment["details"]["acme-dora"] == "tax 3 needed, has 2"
    assert task.assignment["sticky"] == "a note"


async def test_the_same_subject_goes_to_the_same_person_until_they_are_away(engine: Engine, sven: Actor) -> None:
    declared = asking_for(2, sticky=lambda case: case.input["subject"])
    first = await task_asked(engine, declared, subject="vendor V1")
    same = [await task_asked(engine, declared, subject="vendor V1") for _ in range(3)]
    assert {task.assignee_id for task in same} == {first.assignee_id} == {"acme-berta"}
    await absent(engine, sven, "berta", substitute="emil")
    assert (await task_asked(engine, declared, subject="vendor V1")).assignee_id == "acme-emil"


async def test_who_is_absent_or_does_not_work_or_is_full_gets_nothing(engine: Engine, sven: Actor) -> None:
    soon = engine.clock() + timedelta(hours=3)
    hours = f"{soon:%H}:00-{soon + timedelta(hours=1):%H}:00"
    calendar = always("site", hours=hours)
    await DeadlineDesk(services=engine.services).set_calendar(sven, calendar, reason="test")
    await set_profile(engine, sven, "berta", calendar="site")
    await set_profile(engine, sven, "dora", open_limit=1)
    given = [(await task_asked(engine)).assignee_id for _ in range(3)]
    assert given == ["acme-dora", "acme-emil", "acme-emil"]
    await absent(engine, sven, "emil")
    task = await task_asked(engine)
    assert task.assignee_id == "acme-berta"
    assert task.assignment is not None
    assert task.assignment["left_out"]["absent"] == ["acme-emil"]
    assert task.assignment["left_out"]["full"] == ["acme-dora"]


async def test_a_calendar_that_is_gone_is_hours_that_nobody_knows(engine: Engine, sven: Actor) -> None:
    await set_profile(engine, sven, "berta")
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE work_profiles SET calendar = 'moon'"))
    task = await task_asked(engine)
    assert task.assignee_id == "acme-dora"
    assert task.assignment is not None
    assert task.assignment["details"]["acme-berta"] == "nobody knows when"


async def test_a_team_takes_turns_and_goes_on_after_a_restart(engine: Engine, sven: Actor) -> None:
    await set_team(engine, sven, "berta", "dora", strategy=Strategy.ROUND_ROBIN)
    tasks = [await task_asked(engine) for _ in range(5)]
    assert [task.assignee_id for task in tasks] == ["acme-berta", "acme-dora"] * 2 + ["acme-berta"]
    assert {task.team for task in tasks} == {"invoices"}
    assert tasks[0].assignment is not None
    assert tasks[0].assignment["left_out"]["team"] == ["acme-emil"]


async def test_a_queue_is_open_for_its_members(engine: Engine, sven: Actor) -> None:
    await set_team(engine, sven, "berta", "dora", queue=True)
    task = await task_asked(engine)
    assert (task.assignee_id, task.team, task.status) == (None, "invoices", "open")
    assert await engine.incidents_of(task.case_id) == []
    claimed = await engine.desk.claim(await actor(engine.database, "berta"), task.id)
    assert claimed.assignee_id == "acme-berta"


async def test_nobody_left_and_no_supervisor_is_an_incident_beside_an_open_task(engine: Engine) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE users SET active = false WHERE login IN ('berta', 'dora', 'emil')"))
    task = await task_asked(engine)
    assert (task.assignee_id, task.status) == (None, "open")
    [incident] = await engine.incidents_of(task.case_id)
    assert (incident.code, incident.status) == ("nobody_to_ask", "open")
    assert (await engine.case(task.case_id)).status == "waiting"
    assert (await engine.verification()).sound


async def test_who_would_get_it_now_is_told_without_changing_anything(engine: Engine, sven: Actor) -> None:
    task = await task_asked(engine)
    await absent(engine, sven, "berta", substitute="emil")
    found = await who(engine).who(sven, task.id)
    assert (found.task.assignee_id, found.assignment["to"]) == ("acme-berta", "acme-dora")
    assert found.assignment["substitutes"] == {"acme-berta": "acme-emil"}
    assert (await engine.task_of(task.case_id)).assignee_id == "acme-berta"


async def test_two_who_set_one_profile_follow_each_other(engine: Engine, sven: Actor) -> None:
    at_once = [
        desk(engine).set_profile(sven, "berta", Profile(skills={"tax": level}), seen=0, reason="test")
        for level in (1, 2)
    ]
    found = await asyncio.gather(*at_once, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["PersonRecord", "ProfileChanged"]
    with pytest.raises(ProfileChanged):
        await desk(engine).set_profile(sven, "berta", Profile(), seen=0, reason="test")
    await desk(engine).set_profile(sven, "berta", Profile(), seen=1, reason="test")
    async with engine.database.unit_of_work("acme") as unit:
        versions = (await unit.session.execute(select(WorkProfile).order_by("version"))).scalars().all()
    assert [(row.version, bool(row.skills)) for row in versions] == [(1, True), (2, False)]


async def test_managers_never_stand_above_themselves(engine: Engine, sven: Actor) -> None:
    await set_profile(engine, sven, "berta", manager="dora")
    await set_profile(engine, sven, "dora", manager="emil")
    for login in ("berta", "emil"):
        with pytest.raises(Invalid, match="own manager"):
            await set_profile(engine, sven, "emil", manager=login)


async def test_an_absence_is_ended_once_and_never_deleted(engine: Engine, sven: Actor) -> None:
    berta = await actor(engine.database, "berta")
    own = await absent(engine, berta, "berta")
    ended = await desk(engine).end_absence(berta, own)
    assert (ended.ended_by, ended.ended_at is not None) == ("acme-berta", True)
    with pytest.raises(AbsenceEnded):
        await desk(engine).end_absence(sven, own)
    record = await desk(engine).person(berta, "berta")
    assert ([row.id for row in record.absences], record.absent) == ([own], False)
    with pytest.raises(PermissionMissing):
        await absent(engine, berta, "dora")
    with pytest.raises(PermissionMissing):
        await desk(engine).person(berta, "dora")


async def test_an_absence_that_cannot_be_is_refused(engine: Engine, sven: Actor) -> None:
    for days, substitute, error, told in (
        ((1, 0), None, Invalid, "is before"),
        ((-9, -3), None, Invalid, "over already"),
        ((0, 4000), None, Invalid, "has left"),
        ((0, 1), "berta", Invalid, "for themselves"),
        ((0, 1), "nobody", NotFound, "nobody"),
        ((0, 1), "intake", NotFound, "intake"),
    ):
        with pytest.raises(error, match=told):
            await absent(engine, sven, "berta", substitute=substitute, days=days)


async def test_a_role_has_one_team_and_teams_keep_their_past(engine: Engine, sven: Actor) -> None:
    await set_team(engine, sven, "berta")
    await set_team(engine, sven, "berta", "dora", lead="emil")
    assert [(one.name, len(one.members), one.lead_id) for one in await desk(engine).teams(sven)] == [
        ("invoices", 2, "acme-emil")
    ]
    async with engine.database.unit_of_work("acme") as unit:
        kept = (await unit.session.execute(select(TeamTerms.version).order_by("version"))).scalars().all()
    assert kept == [1, 2]
    with pytest.raises(Invalid, match="a role has one team"):
        await desk(engine).set_team(sven, "others", TeamForm(roles=("approver",), members=()), reason="test")
    with pytest.raises(Invalid, match="nobody has the role"):
        await desk(engine).set_team(sven, "others", TeamForm(roles=("pilot",), members=()), reason="test")

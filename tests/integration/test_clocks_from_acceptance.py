"""A case has its clocks from its acceptance on, whoever takes it and when; what could not be known is made good."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.case_desk import CaseDesk
from graphs.deadlines.late_clocks import SETTLED, start_late_clocks
from graphs.intake import Intake
from graphs.new_case import new_case
from graphs.store.people import Actor
from graphs.store.tables import Case
from tests.support.deadlines import clock, clocks, empowered, set_levels, until
from tests.support.engine import LARGE, Engine
from tests.support.ladders import reached
from tests.support.people import actor

PROCESS = "name: whole, scope: process, target: {business_time: 48h}"
STAGES = "name: stages, scope: stage, target: {elapsed: 24h}"
LARGE_ONLY = "name: large, scope: process, when: [{fact: facts.amount, at_least: 60000}], target: {elapsed: 5h}"
LADDER = "name: warn, at: 80 %, action: remind\nname: boss, after: 1h, action: manager"
FIRST = {("process", "toy"), ("stage", "intake")}
MINUTE = timedelta(minutes=1)
MARKS = text("SELECT to_follow FROM service_levels ORDER BY version")


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def marks(engine: Engine) -> Sequence[str | None]:
    """What the rows of the levels say of cases that may have no clock, oldest version first."""
    async with engine.database.unit_of_work("acme") as unit:
        return (await unit.session.execute(MARKS)).scalars().all()


async def look(engine: Engine) -> int:
    """Start what is missing, once it is certain that everybody has heard of the levels."""
    engine.clock.ahead = max(engine.clock.ahead, SETTLED + timedelta(seconds=1))
    return await start_late_clocks(engine.services, "acme")


async def accepted_while_levels_cannot_be_read(engine: Engine) -> Case:
    """Accepted by a process that has never read the levels, while the database does not answer what it asks."""
    services, clerk = engine.services, await actor(engine.database, "clara")
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("LOCK TABLE switches IN ACCESS EXCLUSIVE MODE"))
        return (await Intake(services=services).start(clerk, "toy", {"subject": "a note"}, key="k")).case


async def test_a_lonely_trigger_starts_the_clocks_of_its_case(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, PROCESS, STAGES)
    case = (await engine.start()).case
    found = await clocks(engine, case.id)
    assert set(found) == FIRST
    assert {one.started_at for one in found.values()} == {case.created_at}
    assert found["process", "toy"].due_at == case.created_at + timedelta(hours=48)


async def test_a_case_that_no_worker_takes_is_late_in_time_and_climbs_its_ladder(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, PROCESS, ladder=LADDER)
    case = (await engine.start()).case
    found = await clock(engine, case.id, "process", "toy")
    until(engine, found.due_at, after=timedelta(hours=1, minutes=1))
    await engine.sweep.fire_due()
    await engine.sweep.fire_due()
    kinds = await engine.trail_of(case.id)
    assert (kinds.count("deadline.breached"), kinds.count("escalation.reached")) == (1, 1)
    assert [(row.rung, row.status, len(row.told) > 0) for row in await reached(engine, found.id)] == [
        ("warn", "skipped", False),
        ("boss", "reached", True),
    ]
    assert (await engine.case(case.id)).journaled == 0


async def test_a_suspended_case_that_no_worker_had_goes_on_with_the_clock_of_its_acceptance(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, PROCESS)
    case = (await engine.start()).case
    await CaseDesk(services=engine.services).suspend(sven, case.id, "an audit")
    assert (await clock(engine, case.id, "process", "toy")).state == "paused"
    engine.clock.ahead = timedelta(days=3)
    await CaseDesk(services=engine.services).resume(sven, case.id)
    found = await clock(engine, case.id, "process", "toy")
    assert found.due_at is not None
    assert timedelta(days=5) <= found.due_at - case.created_at < timedelta(days=5, minutes=1)


async def test_a_process_without_service_levels_is_accepted_without_a_clock_or_a_mark(engine: Engine) -> None:
    case = (await engine.start()).case
    assert (await clocks(engine, case.id), await marks(engine)) == ({}, [])


async def test_a_case_is_accepted_although_the_levels_cannot_be_read_and_gets_its_clock(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, PROCESS, STAGES)
    assert await look(engine) == 0
    assert await marks(engine) == [None]
    case = await accepted_while_levels_cannot_be_read(engine)
    assert await clocks(engine, case.id) == {}
    assert None not in await marks(engine)
    engine.clock.ahead += timedelta(hours=2)
    assert [await look(engine), await look(engine)] == [1, 0]
    found = await clocks(engine, case.id)
    assert set(found) == FIRST
    assert {one.started_at for one in found.values()} == {case.created_at}
    assert await marks(engine) == [None]
    assert (await engine.verification()).sound


async def test_the_worker_that_comes_first_starts_the_clock_that_acceptance_could_not(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, PROCESS)
    case = await accepted_while_levels_cannot_be_read(engine)
    engine.reader.amount = LARGE
    await engine.advance(case.id)
    found = await clock(engine, case.id, "process", "toy")
    assert (found.state, found.started_at) == ("running", case.created_at)
    assert await look(engine) == 0
    assert len(await clocks(engine, case.id)) == 1


async def test_cases_that_were_in_the_queue_when_levels_were_set_get_their_clocks(engine: Engine, sven: Actor) -> None:
    waiting = [(await engine.start(key=f"k-{number}")).case for number in range(3)]
    await set_levels(engine, sven, PROCESS)
    assert await start_late_clocks(engine.services, "acme") == 0
    assert await look(engine) == 3
    for case in waiting:
        assert (await clock(engine, case.id, "process", "toy")).started_at == case.created_at
    assert await marks(engine) == [None]


async def test_of_looks_at_the_same_moment_one_starts_each_clock(engine: Engine, sven: Actor) -> None:
    waiting = [(await engine.start(key=f"k-{number}")).case for number in range(4)]
    await set_levels(engine, sven, PROCESS)
    engine.clock.ahead = SETTLED + MINUTE
    counts = await asyncio.gather(*(start_late_clocks(engine.services, "acme") for _ in range(3)))
    assert sum(counts) == 4
    async with engine.database.unit_of_work("acme") as unit:
        found = (await unit.session.execute(text("SELECT case_id FROM deadline_clocks"))).scalars().all()
    assert sorted(found) == sorted(case.id for case in waiting)


async def test_a_case_that_a_worker_has_is_left_to_it_and_looked_at_again(engine: Engine, sven: Actor) -> None:
    case = (await engine.start()).case
    await set_levels(engine, sven, PROCESS)
    await engine.take_lease(case.id, owner="somebody")
    assert await look(engine) == 0
    assert await clocks(engine, case.id) == {}
    assert None not in await marks(engine)
    async with engine.database.unit_of_work("acme") as unit:
        held = await unit.cases.get(case.id)
        await unit.cases.release(case.id, epoch=held.epoch)
    assert await look(engine) == 1


async def test_a_case_of_which_no_level_speaks_is_not_looked_at_for_ever(engine: Engine, sven: Actor) -> None:
    await engine.start()
    await set_levels(engine, sven, "name: odd, scope: step, of: [approve], target: {elapsed: 5h}")
    assert await look(engine) == 0
    assert await marks(engine) == [None]


async def test_a_case_that_the_engine_itself_starts_says_that_it_has_no_clock(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, PROCESS)
    assert await look(engine) == 0
    [definition] = engine.definitions
    case = new_case(
        definition,
        {"subject": "a failure"},
        case_id="made-inside",
        tenant="acme",
        key="inside",
        by=sven.user_id,
        now=engine.clock(),
    )
    async with engine.database.unit_of_work("acme") as unit:
        assert await unit.cases.accept(case) is None
    async with engine.database.unit_of_work("acme") as unit:
        again = await unit.cases.accept(case.model_copy(update={"id": "made-again"}))
    assert again is not None
    assert again.id == "made-inside"
    assert await look(engine) == 1
    assert (await clock(engine, "made-inside", "process", "toy")).started_at == case.created_at


async def test_a_clock_that_cannot_be_chosen_yet_is_there_and_says_so_until_it_can(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, LARGE_ONLY)
    case = (await engine.start()).case
    engine.reader.amount = LARGE
    await engine.advance(case.id)
    found = await clock(engine, case.id, "process", "toy")
    assert (found.state, found.started_at) == ("running", case.created_at)

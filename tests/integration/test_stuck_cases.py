"""Cases that nothing will move are found, put in motion, and else stopped, saying what they lack."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from graphs.incidents.stuck import LOST, RAN, SLICE, UNSEEN, StuckWatch, is_hopeless
from graphs.runtime.sweep import Sweep
from graphs.store.operation_tables import StuckCaseRow
from graphs.store.stuck import StuckCases
from graphs.store.tables import Case, Incident
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.case_desk import failed, suspend
from tests.support.engine import LARGE, Engine
from tests.support.jobs import jobs_of, lose_jobs
from tests.support.planted import plant
from tests.support.timed import timed_definition
from tests.support.waiting import let_send, waiting_definition
from tools.clock import utc_now

A_WHILE = timedelta(seconds=7)


async def swept(engine: Engine, database: TestDatabase, case_id: str, *, times: int) -> Case:
    """The case after so many sweeps; a worker takes it after each, if it was put in motion."""
    sweep = Sweep(services=engine.services)
    for _ in range(times):
        await sweep.run()
        if jobs_of(database, case_id):
            lose_jobs(database)
            await engine.advance(case_id)
    return await engine.case(case_id)


async def stuck_of(engine: Engine, case_id: str) -> Incident:
    [incident] = [found for found in await engine.incidents_of(case_id) if found.status == "open"]
    assert incident.code == "stuck"
    return incident


async def at_a_task(engine: Engine) -> str:
    return (await engine.asking()).id


async def at_a_timer(engine: Engine) -> str:
    engine.definitions = (timed_definition(),)
    return (await engine.advance((await engine.start()).case.id)).id


async def at_a_wait(engine: Engine) -> str:
    engine.definitions = (waiting_definition(within=None),)
    await let_send(engine)
    return (await engine.advance((await engine.start()).case.id)).id


@pytest.mark.parametrize(
    ("what", "stand", "lacks"),
    [
        ("task withdrawn", at_a_task, "waits at 'approve' for a person's answer, and its task is withdrawn"),
        ("timer gone", at_a_timer, "waits at 'pause' for an instant, and no timer is set"),
        ("subscription gone", at_a_wait, "its subscription is gone"),
        ("nobody may send", at_a_wait, "nobody may send here: no active user has `message.send`"),
    ],
)
async def test_a_case_that_nothing_will_wake_is_stopped_and_says_what_it_lacks(
    engine: Engine, own_database: TestDatabase, what: str, stand: object, lacks: str
) -> None:
    case_id = await stand(engine)  # type: ignore[operator]
    lose_jobs(own_database)
    assert (await swept(engine, own_database, case_id, times=2)).status == "waiting"
    assert await engine.incidents_of(case_id) == []
    plant(own_database.owner_url, what, case_id)
    assert (await swept(engine, own_database, case_id, times=RAN)).status == "waiting"
    assert (await swept(engine, own_database, case_id, times=1)).status == "incident"
    incident = await stuck_of(engine, case_id)
    assert lacks in incident.message
    assert f"put in motion, it came back as it was {RAN}×" in incident.message
    async with engine.database.unit_of_work("acme") as unit:
        assert await StuckCases(unit.session).known([case_id]) == {}


async def test_a_stopped_case_without_an_incident_gets_one_at_once(engine: Engine, own_database: TestDatabase) -> None:
    case = await failed(engine)
    lose_jobs(own_database)
    plant(own_database.owner_url, "no incident", case.id)
    assert (await swept(engine, own_database, case.id, times=1)).status == "incident"
    assert "no open incident says why" in (await stuck_of(engine, case.id)).message


async def test_a_suspended_case_without_an_order_gets_one_too(engine: Engine, own_database: TestDatabase) -> None:
    await grant(engine.database, "sven", "case.suspend")
    case = await engine.asking()
    await suspend(engine, case.id)
    assert (await swept(engine, own_database, case.id, times=2)).status == "suspended"
    plant(own_database.owner_url, "no order", case.id)
    assert (await swept(engine, own_database, case.id, times=1)).status == "incident"
    assert "no order says by whom" in (await stuck_of(engine, case.id)).message


async def test_a_case_that_moves_again_is_forgotten(engine: Engine, own_database: TestDatabase) -> None:
    engine.reader.amount = LARGE
    case_id = (await engine.start()).case.id
    lose_jobs(own_database)
    engine.clock.ahead += A_WHILE
    assert (await swept(engine, own_database, case_id, times=3)).status == "waiting"
    engine.clock.ahead += timedelta(minutes=5)
    await engine.sweep.run()
    async with engine.database.unit_of_work("acme") as unit:
        assert await StuckCases(unit.session).known([case_id]) == {}


async def test_a_case_that_nobody_takes_is_stopped_too(engine: Engine, own_database: TestDatabase) -> None:
    case_id = (await engine.start()).case.id
    engine.clock.ahead += A_WHILE
    sweep = engine.sweep
    for _ in range(UNSEEN + 1):
        lose_jobs(own_database)
        await sweep.run()
    assert f"was taken by nobody {UNSEEN}×" in (await stuck_of(engine, case_id)).message


async def test_workers_that_are_lost_with_a_case_do_not_make_it_stuck_so_soon(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = (await engine.start()).case.id
    engine.clock.ahead += A_WHILE
    sweep = engine.sweep
    for _ in range(UNSEEN + RAN):
        lose_jobs(own_database)
        await sweep.run()
        await engine.take_lease(case_id, owner="a dying worker", even_if_held=True)
        with psycopg.connect(own_database.owner_url) as owner:
            owner.execute("UPDATE cases SET lease_until = clock_timestamp() - interval '1 second'")
    assert (await engine.case(case_id)).status == "running"


async def test_a_case_that_is_being_looked_at_is_left_alone(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await at_a_task(engine)
    plant(own_database.owner_url, "task gone", case_id)
    await engine.take_lease(case_id, owner="another")
    lose_jobs(own_database)
    assert await engine.sweep.run() == 0


async def test_only_one_looks_at_a_time(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await at_a_task(engine)
    lose_jobs(own_database)
    plant(own_database.owner_url, "task gone", case_id)
    async with engine.database.unit_of_work("acme") as unit:
        assert await StuckCases(unit.session).alone()
        assert await StuckWatch(services=engine.services).run("acme") == 0
    assert await StuckWatch(services=engine.services).run("acme") == 1


async def test_cases_at_rest_are_looked_through_in_slices(engine: Engine, own_database: TestDatabase) -> None:
    first, second = sorted([await at_a_task(engine), await at_a_task(engine)])
    lose_jobs(own_database)
    for case_id in (first, second):
        plant(own_database.owner_url, "task gone", case_id)
    async with engine.database.unit_of_work("acme") as unit:
        stuck = StuckCases(unit.session)
        one = await stuck.resting(after="", most=1, receivable=())
        two = await stuck.resting(after=one.last, most=1, receivable=())
        end = await stuck.resting(after=two.last, most=1, receivable=())
    assert ([case.id for case in one.found], [case.id for case in two.found]) == ([first], [second])
    assert (one.seen, end.seen, end.last, SLICE >= 1000) == (1, 0, "", True)


@pytest.mark.parametrize(
    ("counted", "hopeless"),
    [
        ({}, False),
        ({"ran": RAN - 1, "unseen": UNSEEN - 1, "lost": LOST - 1}, False),
        ({"ran": RAN}, True),
        ({"unseen": UNSEEN}, True),
        ({"lost": LOST}, True),
        ({"status": "suspended"}, True),
        ({"status": "incident"}, True),
    ],
)
def test_when_a_case_is_given_up(counted: dict[str, int | str], hopeless: bool) -> None:
    now = utc_now()
    known = {"case_id": "c", "tenant": "t", "status": "waiting", "journaled": 1, "epoch": 1}
    row = StuckCaseRow(**{**known, "found_at": now, "nudged_at": now, **counted})
    assert is_hopeless(row) is hopeless


async def test_a_task_of_somebody_who_left_is_given_to_somebody_else(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = await at_a_task(engine)
    task = await engine.task_of(case_id)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE users SET active = false WHERE id = %s", (task.assignee_id,))
    await engine.sweep.run()
    given = await engine.task_of(case_id)
    assert given.assignee_id not in (None, task.assignee_id)
    assert (await engine.trail_of(case_id)).count("task.reassigned") == 1
    assert await engine.incidents_of(case_id) == []


async def test_a_task_that_nobody_may_answer_is_an_incident_once_and_stays_open(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = await at_a_task(engine)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE authority_limits SET max_minor = 1")
        owner.execute("UPDATE users SET active = false WHERE id = (SELECT assignee_id FROM tasks)")
    sweep = engine.sweep
    for _ in range(3):
        await sweep.run()
    [incident] = await engine.incidents_of(case_id)
    assert (incident.code, incident.failed_step) == ("nobody_to_ask", "approve")
    assert "nobody with the role approver and no supervisor may take" in incident.message
    assert ((await engine.case(case_id)).status, (await engine.task_of(case_id)).assignee_id) == ("waiting", None)


async def test_an_error_that_a_database_cannot_store_is_an_incident_all_the_same(engine: Engine) -> None:
    engine.reader.faults = [ValueError("a\x00b \ud800")]
    case = await engine.advance((await engine.start()).case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, incident.message) == ("incident", "toy.read: ValueError: a…b ?")

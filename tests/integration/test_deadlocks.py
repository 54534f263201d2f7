"""Why locks have one order: the old one ends in a deadlock, and under contention the product's never does.

The server counts deadlocks for each database, but a connection tells it what it has seen only now and then, and at
the latest when it is closed: so the count is read once everybody who took part has gone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from graphs.case_desk import CaseDesk
from graphs.errors import EngineError
from graphs.escalation.climb import Escalator
from graphs.escalation.desk import EscalationDesk
from graphs.store.database import Database
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.deadlines import clock, desk, empowered, set_levels, until
from tests.support.engine import Engine
from tests.support.ladders import reached
from tests.support.people import actor
from tests.support.waiting import let_send, send, stand_at_wait, waiting_definition
from tools.clock import utc_now

LEVELS = (
    "name: whole, scope: process, target: {elapsed: 4h}, pauses: [{reason: supplier}]",
    "name: approval, scope: task, of: [approve], target: {elapsed: 4h}, pauses: [{reason: supplier}]",
)
LADDER = """
name: remind, at: 50 %, action: remind
name: likely, at_probability: 70 %, action: remind
name: other, after: 1h, action: reassign
"""
HOUR = timedelta(hours=1)
APPROVE = Answer(decision="approve")
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
SOON = "SET deadlock_timeout = '50ms'"
ANSWERED = "UPDATE tasks SET status = 'answered' WHERE id = %s"
GOES_ON = "UPDATE cases SET status = 'running' WHERE id = %s"
OVERDUE = "UPDATE tasks SET overdue = true WHERE id = %s"
STEPPED = "UPDATE cases SET journaled = journaled + 1 WHERE id = %s"
LOOKS = 3


def deadlocks(database: TestDatabase) -> int:
    """How many the server has found in the database, by what was told so far."""
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(DEADLOCKS, (database.name,)).fetchone()
    return int(row[0]) if row else 0


@pytest.fixture(autouse=True)
def counted_anew(own_database: TestDatabase) -> Iterator[None]:
    """Tests lend each other databases: what one has counted is no other's."""
    forget(own_database)
    yield
    forget(own_database)


def forget(database: TestDatabase) -> None:
    """Let the server count from nothing."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("SELECT pg_stat_reset()")


async def sqlstate(statement: Awaitable[object]) -> str | None:
    """Of the error that the statement ends with."""
    try:
        await statement
    except psycopg.Error as error:
        return error.sqlstate
    return None


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


@pytest.fixture
async def other(engine: Engine, own_database: TestDatabase) -> AsyncIterator[Engine]:
    """The same engine as another process has it: with a writer and connections of its own."""
    opened = Database(own_database.app_url, clock=utc_now)
    yield replace(engine, database=opened, owner="other-worker")
    await opened.close()


async def test_the_old_order_of_an_answer_and_a_firing_timer_is_a_deadlock(
    engine: Engine, own_database: TestDatabase
) -> None:
    """An answer changed its task and then its case; a flush or a timer has the case first, and then its task."""
    case = await engine.asking()
    task = await engine.task_of(case.id)
    connect = psycopg.AsyncConnection.connect
    async with await connect(own_database.owner_url) as answer, await connect(own_database.owner_url) as timer:
        for one in (answer, timer):
            await one.execute(SOON)
            await one.commit()
        await answer.execute(ANSWERED, (task.id,))
        await timer.execute(GOES_ON, (case.id,))
        waiting = asyncio.create_task(sqlstate(answer.execute(GOES_ON, (case.id,))))
        states = {await sqlstate(timer.execute(OVERDUE, (task.id,)))}
        await timer.rollback()
        states.add(await waiting)
    assert states == {None, "40P01"}
    assert deadlocks(own_database) == 1


@pytest.mark.parametrize("turned", [False, True])
async def test_a_heartbeat_waits_for_no_case_while_it_holds_another(
    engine: Engine, own_database: TestDatabase, turned: bool
) -> None:
    """A flush has one case and wants the other; the heartbeat extends the leases of both meanwhile."""
    cases = sorted([(await engine.start()).case.id for _ in range(2)], reverse=turned)
    for case_id in cases:
        await engine.take_lease(case_id, owner="one")
    async with await psycopg.AsyncConnection.connect(own_database.owner_url) as flush:
        await flush.execute(SOON)
        await flush.commit()
        await flush.execute(STEPPED, (cases[0],))
        async with engine.database.unit_of_work("acme") as heartbeat:
            kept, busy = await heartbeat.cases.extend_leases(cases, owner="one", for_=HOUR)
            assert (kept, busy) == (set(cases), {cases[0]})
            other = asyncio.create_task(sqlstate(flush.execute(STEPPED, (cases[1],))))
        assert await other is None
        await flush.commit()
    assert deadlocks(own_database) == 0


async def test_a_lease_that_was_busy_is_kept_once_the_other_has_written(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = (await engine.start()).case.id
    await engine.take_lease(case_id, owner="one")
    before = (await engine.case(case_id)).lease_until
    async with await psycopg.AsyncConnection.connect(own_database.owner_url) as flush:
        await flush.execute(STEPPED, (case_id,))
        async with engine.database.unit_of_work("acme") as heartbeat:
            extended = asyncio.create_task(heartbeat.cases.extend_lease(case_id, owner="one", for_=HOUR))
            await flush.commit()
            assert await extended
            assert not await heartbeat.cases.extend_lease(case_id, owner="two", for_=HOUR)
    after = (await engine.case(case_id)).lease_until
    assert before is not None
    assert after is not None
    assert after > before + HOUR / 2


async def allowed(operation: Awaitable[object]) -> bool:
    """Whether it was done; what the engine refuses is refused with a reason, and nothing else goes wrong."""
    try:
        await operation
    except EngineError:
        return False
    return True


async def pause_and_resume(engine: Engine, sven: Actor, case_id: str) -> None:
    found = await clock(engine, case_id, "task", "approve")
    await desk(engine).pause(sven, found.id, reason="supplier", note="asked")
    await desk(engine).resume(sven, found.id, note="came")


async def suspend_and_resume(engine: Engine, sven: Actor, case_id: str) -> None:
    cases = CaseDesk(services=engine.services)
    await cases.suspend(sven, case_id, "an audit")
    await cases.resume(sven, case_id)


async def acknowledge(engine: Engine, sven: Actor, case_id: str) -> None:
    for row in await reached(engine, (await clock(engine, case_id, "process", "toy")).id):
        await EscalationDesk(services=engine.services).acknowledge(sven, row.id)


async def foresee(engine: Engine, case_id: str) -> None:
    found = await clock(engine, case_id, "process", "toy")
    await Escalator(services=engine.services).foresee("acme", found.id, probability_bps=9_000)


async def fire(engine: Engine) -> None:
    sweep = engine.sweep
    for _ in range(LOOKS):
        await sweep.fire_due()


async def asked_cases(engine: Engine, many: int) -> list[str]:
    """Cases whose task, clocks and ladders are all due."""
    cases = [(await engine.asking()).id for _ in range(many)]
    until(engine, (await clock(engine, cases[-1], "task", "approve")).due_at, after=HOUR + timedelta(minutes=1))
    return cases


async def gone(*engines: Engine) -> None:
    """Close every connection, so that what each has seen is told."""
    for one in engines:
        await one.database.close()


async def test_answers_orders_ladders_and_timers_of_the_same_tasks_never_deadlock(
    engine: Engine, other: Engine, sven: Actor, own_database: TestDatabase
) -> None:
    """Two processes, each with eight things to do to every case; each task has one answer, each breach one mark."""
    await set_levels(engine, sven, *LEVELS, ladder=LADDER)
    cases = await asked_cases(engine, 6)
    tasks = {case_id: (await engine.task_of(case_id)).id for case_id in cases}
    berta, dora = await actor(engine.database, "berta"), await actor(engine.database, "dora")

    async def answers(process: Engine, who: Actor, order: list[str]) -> list[bool]:
        given = (process.desk.answer(who, tasks[case_id], APPROVE) for case_id in order)
        return list(await asyncio.gather(*(allowed(one) for one in given)))

    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        for process in (engine, other):
            group.create_task(fire(process))
        group.create_task(answers(engine, berta, cases))
        group.create_task(answers(other, dora, cases[::-1]))
        for number, case_id in enumerate(cases):
            one, two = (engine, other) if number % 2 else (other, engine)
            group.create_task(allowed(pause_and_resume(one, sven, case_id)))
            group.create_task(allowed(suspend_and_resume(two, sven, case_id)))
            group.create_task(allowed(acknowledge(one, sven, case_id)))
            group.create_task(foresee(two, case_id))
    await fire(engine)
    for case_id in cases:
        kinds = Counter(await engine.trail_of(case_id))
        assert kinds["task.answered"] <= 1
        late = [one for one in await clocks_of(engine, case_id) if one]
        assert kinds["deadline.breached"] == len(late)
        assert (await engine.advance(case_id)).status == ("done" if kinds["task.answered"] else "waiting")
    assert len(engine.notebook.written) == len({key for key, _ in engine.notebook.written})
    assert (await engine.verification()).sound
    await gone(engine, other)
    assert deadlocks(own_database) == 0


async def clocks_of(engine: Engine, case_id: str) -> list[bool]:
    """Of each clock of the case, whether it is marked as breached."""
    query = text("SELECT breached_at IS NOT NULL FROM deadline_clocks WHERE case_id = :id")
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(query, {"id": case_id})).scalars())


async def test_messages_waits_that_end_ladders_and_orders_of_the_same_cases_never_deadlock(
    engine: Engine, other: Engine, sven: Actor, own_database: TestDatabase
) -> None:
    await set_levels(engine, sven, *LEVELS, ladder=LADDER)
    await let_send(engine)
    engine.definitions = other.definitions = (waiting_definition(),)
    subjects = [f"note {number}" for number in range(6)]
    cases = [(await stand_at_wait(engine, subject, within=4 * HOUR)).case_id for subject in subjects]
    until(engine, (await clock(engine, cases[-1], "process", "toy")).due_at, after=HOUR + timedelta(minutes=1))

    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        for process in (engine, other):
            group.create_task(fire(process))
            group.create_task(process.sweep.run())
        for number, (subject, case_id) in enumerate(zip(subjects, cases, strict=True)):
            one, two = (engine, other) if number % 2 else (other, engine)
            group.create_task(allowed(send(one, subject, f"m-{number}")))
            group.create_task(allowed(send(two, subject, f"m-{number}")))
            group.create_task(allowed(suspend_and_resume(two, sven, case_id)))
            group.create_task(allowed(acknowledge(one, sven, case_id)))
            group.create_task(foresee(two, case_id))
    await fire(engine)
    for case_id in cases:
        kinds = Counter(await engine.trail_of(case_id))
        assert kinds["message.correlated"] + kinds["message.missed"] == 1
        assert kinds["deadline.breached"] == 1
        assert (await engine.case(case_id)).status == "running"
    assert (await engine.verification()).sound
    await gone(engine, other)
    assert deadlocks(own_database) == 0


async def test_flushes_of_two_processes_with_the_same_cases_in_another_order_never_deadlock(
    engine: Engine, other: Engine, own_database: TestDatabase
) -> None:
    """Each flush has all answers of a person at once; the other process's has them the other way round."""
    cases = [(await engine.asking()).id for _ in range(8)]
    tasks = [(await engine.task_of(case_id)).id for case_id in cases]
    berta, emil = await actor(engine.database, "berta"), await actor(engine.database, "emil")

    async def answered(process: Engine, who: Actor, order: list[str]) -> int:
        return sum(await asyncio.gather(*(allowed(process.desk.answer(who, task, APPROVE)) for task in order)))

    async with asyncio.timeout(50):
        given = await asyncio.gather(answered(engine, berta, tasks), answered(other, emil, tasks[::-1]))
    assert sum(given) == len(cases)
    for case_id in cases:
        assert (await engine.trail_of(case_id)).count("task.answered") == 1
    await gone(engine, other)
    assert deadlocks(own_database) == 0

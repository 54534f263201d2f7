"""One order of locks: whoever changes a case's rows has the case first, or takes only what nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.case_desk import CaseDesk
from graphs.escalation.desk import EscalationDesk
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.support.deadlines import clock, desk, empowered, set_levels, until
from tests.support.engine import Engine
from tests.support.ladders import reached
from tests.support.patience import eventually
from tests.support.people import actor
from tests.support.waiting import let_send, send, stand_at_wait, waiting_definition

LEVELS = (
    "name: whole, scope: process, target: {elapsed: 48h}, pauses: [{reason: supplier}]",
    "name: approval, scope: task, target: {elapsed: 4h}, pauses: [{reason: supplier}]",
)
LADDER = "name: remind, at: 50 %, action: remind\nname: boss, after: 1h, action: manager"
ROWS = {
    "timers": "SELECT id FROM timers WHERE case_id = :id FOR UPDATE NOWAIT",
    "tasks": "SELECT id FROM tasks WHERE case_id = :id FOR UPDATE NOWAIT",
    "clocks": "SELECT id FROM deadline_clocks WHERE case_id = :id FOR UPDATE NOWAIT",
    "subscriptions": "SELECT id FROM subscriptions WHERE case_id = :id FOR UPDATE NOWAIT",
}
BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND state = 'active'"
)
HOLD = text("UPDATE cases SET updated_at = updated_at WHERE id = :id")
"""What the flush of a worker does first."""
Operation = Callable[[Engine, Actor, str], Awaitable[object]]


async def suspend(engine: Engine, sven: Actor, case_id: str) -> object:
    return await CaseDesk(services=engine.services).suspend(sven, case_id, "an audit")


async def resume(engine: Engine, sven: Actor, case_id: str) -> object:
    return await CaseDesk(services=engine.services).resume(sven, case_id)


async def cancel(engine: Engine, sven: Actor, case_id: str) -> object:
    return await CaseDesk(services=engine.services).cancel(sven, case_id, "not needed")


async def steer(engine: Engine, sven: Actor, case_id: str) -> object:
    return await CaseDesk(services=engine.services).retry(sven, case_id, "check", "look again")


async def answer(engine: Engine, sven: Actor, case_id: str) -> object:
    return await engine.answer(case_id, "berta", Answer(decision="approve"))


async def pause(engine: Engine, sven: Actor, case_id: str) -> object:
    found = await clock(engine, case_id, "task", "approve")
    return await desk(engine).pause(sven, found.id, reason="supplier", note="asked")


async def acknowledge(engine: Engine, sven: Actor, case_id: str) -> object:
    found = await clock(engine, case_id, "task", "approve")
    [row] = await reached(engine, found.id)
    return await EscalationDesk(services=engine.services).acknowledge(sven, row.id)


async def blocked(engine: Engine) -> int:
    """Transactions that wait for a lock, as of now."""
    async with engine.database.unit_of_work("acme") as unit:
        return int((await unit.session.execute(BLOCKED)).scalar_one())


async def others_free(engine: Engine, case_id: str, operation: Awaitable[object]) -> None:
    """While another holds the case, the operation waits for it with nothing in its hands; then it is done."""
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(HOLD, {"id": case_id})
        waiting = asyncio.ensure_future(operation)
        await eventually(lambda: blocked(engine), within_seconds=20)
        for query in ROWS.values():
            await unit.session.execute(text(query), {"id": case_id})
    await asyncio.wait_for(waiting, 20)


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def due(engine: Engine, sven: Actor) -> str:
    """A case of which the first rung was reached."""
    await set_levels(engine, sven, *LEVELS, ladder=LADDER)
    case = await engine.asking()
    found = await clock(engine, case.id, "task", "approve")
    assert found.due_at is not None
    until(engine, found.due_at, after=-timedelta(hours=2))
    await engine.sweep.fire_due()
    return case.id


@pytest.mark.parametrize("operation", [suspend, resume, cancel, steer, answer, pause, acknowledge])
async def test_an_order_waits_for_the_case_with_nothing_in_its_hands(
    engine: Engine, sven: Actor, operation: Operation
) -> None:
    case_id = await due(engine, sven)
    if operation is resume:
        await suspend(engine, sven, case_id)
    await others_free(engine, case_id, operation(engine, sven, case_id))
    assert (await engine.verification()).sound


async def test_a_message_waits_for_the_case_with_nothing_in_its_hands(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    subscription = await stand_at_wait(engine, "a note", within=timedelta(days=2))
    await others_free(engine, subscription.case_id, send(engine, "a note", "m-1"))
    assert (await engine.case(subscription.case_id)).status == "running"


@pytest.mark.parametrize("held", ["cases", "tasks", "deadline_clocks", "timers"])
async def test_what_is_due_waits_for_nobody_and_is_fired_by_the_next_look(
    engine: Engine, sven: Actor, held: str
) -> None:
    """A timer of a task, of a clock and of a ladder: all of them are due, and somebody has one of their rows."""
    case_id = await due(engine, sven)
    found = await clock(engine, case_id, "task", "approve")
    until(engine, found.due_at, after=timedelta(hours=2))
    column = "id" if held == "cases" else "case_id"
    async with AsyncExitStack() as stack:
        unit = await stack.enter_async_context(engine.database.unit_of_work("acme"))
        locked = text(f"SELECT {column} FROM {held} WHERE {column} = :id FOR UPDATE")
        await unit.session.execute(locked, {"id": case_id})
        async with asyncio.timeout(20):
            await engine.sweep.fire_due()
        assert "deadline.breached" not in await engine.trail_of(case_id)
    await engine.sweep.fire_due()
    kinds = await engine.trail_of(case_id)
    assert (kinds.count("task.overdue"), kinds.count("deadline.breached"), kinds.count("escalation.reached")) == (
        1,
        1,
        2,
    )


async def test_answers_and_deadlines_of_many_tasks_at_once_end_without_a_deadlock(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, *LEVELS, ladder=LADDER)
    cases = [await engine.asking() for _ in range(6)]
    found = await clock(engine, cases[-1].id, "task", "approve")
    until(engine, found.due_at, after=timedelta(hours=1))
    berta = await actor(engine.database, "berta")
    tasks = [await engine.task_of(case.id) for case in cases]

    async def answered(number: int) -> None:
        await engine.desk.answer(berta, tasks[number].id, Answer(decision="approve"))

    async def suspended(number: int) -> None:
        await suspend(engine, sven, cases[number].id)

    deadlocks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    async with asyncio.timeout(40), asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(answered(number) if number % 2 else suspended(number))
        for _ in range(3):
            group.create_task(engine.sweep.fire_due())
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.session.execute(deadlocks)).scalar_one() == 0
    assert (await engine.verification()).sound

"""The case desk: cancel, suspend and resume, each in one transaction that stops a running worker; who may order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from graphs.errors import AlreadyAnswered, Invalid, LeaseLost, NotFound, PermissionMissing
from graphs.messages import answer_of_wait
from graphs.steering import CaseNotSteerable
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Timer
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.case_desk import cancel, desk, failed, orders, resume, retry, skip, suspend
from tests.support.engine import Engine
from tests.support.jobs import jobs_of, lose_jobs
from tests.support.people import actor, populate
from tests.support.timed import timed_definition
from tests.support.waiting import WITHIN, let_send, send, stand_at_wait, waiting_definition


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """Sven may order everything."""
    await grant(engine.database, "sven", "case.cancel", "case.suspend", "case.steer")
    return engine


async def timers(engine: Engine, case_id: str, status: str) -> list[Timer]:
    async with engine.database.unit_of_work("acme") as unit:
        found = await unit.session.execute(select(Timer).where(col(Timer.case_id) == case_id))
        return [timer for timer in found.scalars() if timer.status == status]


async def test_a_cancelled_case_has_ended_for_the_given_reason(engine: Engine) -> None:
    case = await cancel(engine, (await engine.asking()).id, reason="ordered twice")
    assert (case.status, case.outcome, case.ended_at is not None) == ("cancelled", "ordered twice", True)
    assert (await engine.trail_of(case.id))[-2:] == ["steering.ordered", "case.cancelled"]
    assert (await engine.verification()).sound


async def test_a_cancelled_case_asks_nobody_any_more(engine: Engine) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    await cancel(engine, case.id)
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.inbox.get(task.id)).status == "withdrawn"
    assert await timers(engine, case.id, "set") == []
    with pytest.raises(AlreadyAnswered):
        await engine.desk.answer(await actor(engine.database, "berta"), task.id, Answer(decision="approve"))
    assert (await engine.case(case.id)).status == "cancelled"


async def test_a_cancelled_case_receives_no_message(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    waiting = await stand_at_wait(engine, "INV-1", within=WITHIN)
    await cancel(engine, waiting.case_id)
    assert (await send(engine, "INV-1", "m-1")).case_id is None
    assert await timers(engine, waiting.case_id, "set") == []


async def test_a_running_worker_can_write_nothing_more_once_its_case_is_cancelled(engine: Engine) -> None:
    taken = await engine.take_lease((await engine.start()).case.id, owner="w")
    case = await cancel(engine, taken.id)
    assert (case.status, case.epoch, case.lease_owner) == ("cancelled", taken.epoch + 1, None)
    with pytest.raises(LeaseLost):
        async with engine.database.unit_of_work("acme") as unit:
            await unit.cases.change(taken.id, epoch=taken.epoch, status="done")


async def test_a_cancelled_case_has_no_open_incident(engine: Engine) -> None:
    case = await cancel(engine, (await failed(engine)).id)
    assert [incident.status for incident in await engine.incidents_of(case.id)] == ["closed"]


async def test_a_suspended_case_can_be_cancelled(engine: Engine) -> None:
    case = await engine.asking()
    await suspend(engine, case.id)
    assert (await cancel(engine, case.id)).status == "cancelled"
    assert [(order.kind, order.status) for order in await orders(engine, case.id)] == [
        ("suspend", "withdrawn"),
        ("cancel", "applied"),
    ]


async def test_a_case_whose_definition_is_gone_can_be_cancelled(engine: Engine) -> None:
    case = await failed(engine)
    engine.definitions = (timed_definition(),)
    assert (await cancel(engine, case.id)).status == "cancelled"


async def test_of_parallel_cancellations_one_is_accepted(engine: Engine) -> None:
    case = await engine.asking()
    results = await asyncio.gather(*(cancel(engine, case.id) for _ in range(6)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Case", *["CaseNotSteerable"] * 5]
    assert (await engine.trail_of(case.id)).count("case.cancelled") == 1


async def test_an_answer_and_a_cancellation_at_the_same_moment_leave_no_half(engine: Engine) -> None:
    case = await engine.asking()
    await asyncio.gather(
        engine.answer(case.id, "berta", Answer(decision="approve")), cancel(engine, case.id), return_exceptions=True
    )
    assert (await engine.case(case.id)).status == "cancelled"
    assert (await engine.verification()).sound


async def test_a_suspended_case_stops_its_worker_and_remembers_what_it_was(engine: Engine) -> None:
    taken = await engine.take_lease((await engine.start()).case.id, owner="w")
    case = await suspend(engine, taken.id)
    assert (case.status, case.epoch, case.lease_until) == ("suspended", taken.epoch + 1, None)
    [order] = await orders(engine, case.id)
    assert (order.kind, order.status, order.data) == ("suspend", "open", {"was": "running"})


@pytest.mark.parametrize("moved", ["status", "epoch", "nothing"])
async def test_an_order_is_given_only_to_the_case_as_it_was_read(engine: Engine, moved: str) -> None:
    read = (await engine.start()).case
    async with engine.database.unit_of_work("acme") as unit:
        if moved == "status":
            await unit.cases.set_status(read.id, "waiting", now=engine.clock())
    if moved == "epoch":
        await engine.take_lease(read.id, owner="w")
    async with engine.database.unit_of_work("acme") as unit:
        assert await Steerings(unit.session).move(read, "suspended", now=engine.clock()) is (moved == "nothing")


async def test_a_resumed_case_goes_on_as_what_it_was(engine: Engine, own_database: TestDatabase) -> None:
    running, waiting = (await engine.start()).case, await engine.asking()
    for case in (running, waiting):
        await suspend(engine, case.id)
    lose_jobs(own_database)
    assert (await resume(engine, running.id)).status == "running"
    assert (await resume(engine, waiting.id)).status == "waiting"
    assert (jobs_of(own_database, running.id), jobs_of(own_database, waiting.id)) == (1, 1)


async def test_a_resumed_case_ends_as_if_nothing_had_been(engine: Engine) -> None:
    case = await engine.asking()
    await suspend(engine, case.id)
    await resume(engine, case.id)
    await engine.answer(case.id, "berta", Answer(decision="approve"))
    assert (await engine.advance(case.id)).status == "done"


async def test_deadlines_pause_while_a_case_is_suspended(engine: Engine) -> None:
    case = await engine.asking()
    deadline = (await engine.task_of(case.id)).deadline_at
    [timer] = await timers(engine, case.id, "set")
    await suspend(engine, case.id)
    engine.clock.ahead = timedelta(days=10)
    await engine.sweep.fire("acme", timer.id)
    await engine.sweep.run()
    assert not (await engine.task_of(case.id)).overdue
    await resume(engine, case.id)
    task = await engine.task_of(case.id)
    [moved] = await timers(engine, case.id, "set")
    assert timedelta(days=10) <= task.deadline_at - deadline < timedelta(days=10, minutes=1)
    assert moved.due_at == task.deadline_at


async def test_a_message_that_comes_meanwhile_is_kept_and_applied_after_resuming(
    engine: Engine, own_database: TestDatabase
) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    waiting = await stand_at_wait(engine, "INV-1")
    await suspend(engine, waiting.case_id)
    lose_jobs(own_database)
    assert (await send(engine, "INV-1", "m-1")).case_id == waiting.case_id
    assert (await engine.case(waiting.case_id)).status == "suspended"
    assert jobs_of(own_database, waiting.case_id) == 0
    assert (await resume(engine, waiting.case_id)).status == "running"
    assert jobs_of(own_database, waiting.case_id) == 1
    async with engine.database.unit_of_work("acme") as unit:
        assert await answer_of_wait(unit, waiting.case_id, waiting.step, 1) is not None


async def test_messages_and_resumptions_at_the_same_moment_lose_nothing(
    engine: Engine, own_database: TestDatabase
) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    waiting = [await stand_at_wait(engine, f"INV-{number}") for number in range(6)]
    for one in waiting:
        await suspend(engine, one.case_id)
    lose_jobs(own_database)
    sending = [asyncio.create_task(send(engine, f"INV-{number}", f"m-{number}")) for number in range(6)]
    await asyncio.gather(*(resume(engine, one.case_id) for one in waiting))
    assert [(await one).case_id for one in sending] == [one.case_id for one in waiting]
    assert 0 not in [jobs_of(own_database, one.case_id) for one in waiting]


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("running", {"resume", "retry", "skip"}),
        ("waiting", {"resume"}),
        ("incident", {"resume", "suspend"}),
        ("suspended", {"retry", "skip", "suspend"}),
        ("compensating", {"cancel", "resume", "retry", "skip", "suspend"}),
        ("done", {"cancel", "resume", "retry", "skip", "suspend"}),
        ("cancelled", {"cancel", "resume", "retry", "skip", "suspend"}),
    ],
)
async def test_an_order_fits_the_status_or_is_refused_by_name(engine: Engine, status: str, refused: set[str]) -> None:
    found = {name for name, order in ORDERS.items() if await refuses(engine, status, order)}
    assert found == refused


async def refuses(engine: Engine, status: str, order: Order) -> bool:
    case = (await engine.start()).case
    if status == "suspended":
        await suspend(engine, case.id)
    else:
        async with engine.database.unit_of_work("acme") as unit:
            await unit.cases.set_status(case.id, status, now=engine.clock())
    try:
        await order(engine, case.id)
    except CaseNotSteerable as error:
        return status in str(error)
    return False


@pytest.mark.parametrize("name", ["cancel", "suspend", "resume", "retry", "skip"])
async def test_an_order_needs_its_right(engine: Engine, name: str) -> None:
    case = await engine.asking()
    with pytest.raises(PermissionMissing):
        await AS_BERTA[name](engine, case.id)


async def test_an_order_needs_a_reason(engine: Engine) -> None:
    case = await engine.asking()
    with pytest.raises(Invalid, match="say why"):
        await cancel(engine, case.id, reason=" ")


async def test_another_tenants_case_cannot_be_ordered_about(engine: Engine) -> None:
    await populate(engine.database, "bolt")
    await grant(engine.database, "sven", "case.cancel", tenant="bolt")
    case = await engine.asking()
    with pytest.raises(NotFound):
        await desk(engine).cancel(await actor(engine.database, "sven", "bolt"), case.id, "not mine")


Order = Callable[[Engine, str], Awaitable[Case]]
ORDERS: dict[str, Order] = {
    "cancel": cancel,
    "suspend": suspend,
    "resume": resume,
    "retry": lambda engine, case_id: retry(engine, case_id, "look_up"),
    "skip": lambda engine, case_id: skip(engine, case_id, "look_up"),
}
AS_BERTA: dict[str, Order] = {
    "cancel": lambda engine, case_id: cancel(engine, case_id, login="berta"),
    "suspend": lambda engine, case_id: suspend(engine, case_id, login="berta"),
    "resume": lambda engine, case_id: resume(engine, case_id, login="berta"),
    "retry": lambda engine, case_id: retry(engine, case_id, "look_up", login="berta"),
    "skip": lambda engine, case_id: skip(engine, case_id, "look_up", login="berta"),
}

"""Messages: exactly one waiting case receives each, an early one waits for its case, an id is taken once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from graphs.errors import Invalid, PermissionMissing
from graphs.messages import (
    KEPT_FOR,
    MessageMismatch,
    answer_of_wait,
    match_early,
    match_missed,
    miss,
    subscription_of,
)
from graphs.store.lifecycle_tables import Message, Subscription
from graphs.store.messages import Messages
from graphs.store.tables import Case, Timer
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.jobs import lose_jobs
from tests.support.patience import eventually
from tests.support.waiting import (
    PAID,
    WITHIN,
    let_send,
    send,
    stand_at_wait,
    subscribe,
    view_of,
    wait_step,
    waiting_definition,
)


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """The toy engine with a process that waits for a payment, and a service that may report one."""
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    return engine


async def answer_of(engine: Engine, subscription: Subscription) -> dict[str, object] | None:
    async with engine.database.unit_of_work("acme") as unit:
        return await answer_of_wait(unit, subscription.case_id, subscription.step, subscription.visit)


async def match(engine: Engine, subscription: Subscription) -> bool:
    async with engine.database.unit_of_work("acme") as unit:
        return await match_early(unit, subscription, now=engine.clock())


async def timer_of(engine: Engine, subscription: Subscription) -> Timer:
    async with engine.database.unit_of_work("acme") as unit:
        subject = f"{subscription.case_id}/{subscription.step}"
        timer = await unit.timers.get("wait", subject, subscription.visit)
    assert timer is not None
    return timer


async def fire(engine: Engine, timer: Timer) -> bool:
    """Fire the timer as the sweep does."""
    async with engine.database.unit_of_work("acme") as unit:
        fired = await unit.timers.fire(timer.id, now=engine.clock())
        return fired is not None and await miss(unit, fired, now=engine.clock())


def jobs_of(own_database: TestDatabase, case_id: str) -> int:
    """Number of jobs that advance the case now."""
    with psycopg.connect(own_database.owner_url) as owner:
        row = owner.execute("SELECT count(*) FROM procrastinate_jobs WHERE lock = %s", (case_id,)).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_waiting_case_receives_its_message_and_goes_on(engine: Engine, own_database: TestDatabase) -> None:
    waiting = await stand_at_wait(engine, "INV-1")
    lose_jobs(own_database)
    received = await send(engine, "INV-1", "m-1", amount=7)
    assert (received.case_id, received.created) == (waiting.case_id, True)
    assert (await engine.case(waiting.case_id)).status == "running"
    assert jobs_of(own_database, waiting.case_id) == 1
    assert await answer_of(engine, waiting) == {
        "message": received.message.id,
        "message_id": "m-1",
        "payload": {"amount": 7},
    }
    assert (await engine.trail_of(waiting.case_id))[-1] == "message.correlated"


async def test_a_message_for_another_key_wakes_nobody(engine: Engine) -> None:
    waiting = await stand_at_wait(engine, "INV-1")
    assert (await send(engine, "INV-2", "m-1")).case_id is None
    assert await answer_of(engine, waiting) is None
    assert (await engine.case(waiting.case_id)).status == "waiting"


async def test_of_two_waiting_cases_the_one_that_waited_longer_receives_it(engine: Engine) -> None:
    first, second = await stand_at_wait(engine, "INV-1"), await stand_at_wait(engine, "INV-1")
    assert (await send(engine, "INV-1", "m-1")).case_id == first.case_id
    assert (await send(engine, "INV-1", "m-2")).case_id == second.case_id
    assert (await send(engine, "INV-1", "m-3")).case_id is None


async def test_an_early_message_waits_for_its_case(engine: Engine) -> None:
    assert (await send(engine, "INV-1", "m-1", amount=9)).case_id is None
    waiting = await stand_at_wait(engine, "INV-1", within=WITHIN)
    assert await match(engine, waiting)
    assert (await answer_of(engine, waiting) or {})["payload"] == {"amount": 9}
    assert (await engine.case(waiting.case_id)).status == "running"
    engine.clock.ahead = WITHIN + timedelta(seconds=1)
    await engine.sweep.run()
    assert await engine.trail_of(waiting.case_id) == ["case.started", "message.correlated"]


async def test_early_messages_are_received_in_the_order_they_came(engine: Engine) -> None:
    await send(engine, "INV-1", "m-1", amount=1)
    await send(engine, "INV-1", "m-2", amount=2)
    waiting = await stand_at_wait(engine, "INV-1")
    await match(engine, waiting)
    assert (await answer_of(engine, waiting) or {})["message_id"] == "m-1"
    assert not await match(engine, waiting)


async def test_an_early_message_is_kept_until_it_expires(engine: Engine) -> None:
    await send(engine, "INV-1", "m-1")
    engine.clock.ahead = KEPT_FOR + timedelta(seconds=1)
    assert not await match(engine, await stand_at_wait(engine, "INV-1"))


async def test_the_same_message_is_taken_once(engine: Engine) -> None:
    first, _ = await stand_at_wait(engine, "INV-1"), await stand_at_wait(engine, "INV-1")
    received = await send(engine, "INV-1", "m-1")
    again = await send(engine, "INV-1", "m-1")
    assert (again.created, again.case_id, again.message.id) == (False, first.case_id, received.message.id)


@pytest.mark.parametrize(("subject", "amount"), [("INV-2", 5), ("INV-1", 6)])
async def test_another_message_of_the_same_id_is_refused(engine: Engine, subject: str, amount: int) -> None:
    await send(engine, "INV-1", "m-1", amount=5)
    with pytest.raises(MessageMismatch):
        await send(engine, subject, "m-1", amount=amount)


async def test_a_message_that_no_process_knows_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(Invalid, match=r"'payment\.lost' \(known: payment\.received\)"):
        await send(engine, "INV-1", "m-1", name="payment.lost")


async def test_who_may_not_send_is_refused(engine: Engine) -> None:
    with pytest.raises(PermissionMissing, match=r"message\.send"):
        await send(engine, "INV-1", "m-1", login="clara")


async def test_a_wait_whose_time_is_up_is_late(engine: Engine) -> None:
    waiting = await stand_at_wait(engine, "INV-1", within=WITHIN)
    engine.clock.ahead = WITHIN + timedelta(seconds=1)
    assert await fire(engine, await timer_of(engine, waiting))
    assert await answer_of(engine, waiting) == {"late": True}
    assert (await engine.case(waiting.case_id)).status == "running"
    assert (await send(engine, "INV-1", "m-1")).case_id is None


async def test_a_wait_that_has_its_message_is_never_late(engine: Engine) -> None:
    waiting = await stand_at_wait(engine, "INV-1", within=WITHIN)
    timer = await timer_of(engine, waiting)
    await send(engine, "INV-1", "m-1")
    engine.clock.ahead = WITHIN + timedelta(seconds=1)
    assert not await fire(engine, timer)
    async with engine.database.unit_of_work("acme") as unit:
        assert not await miss(unit, timer, now=engine.clock())
    assert (await answer_of(engine, waiting) or {})["message_id"] == "m-1"


async def test_what_a_dead_process_did_not_match_is_matched_by_the_sweep(engine: Engine) -> None:
    await send(engine, "INV-1", "m-1")
    waiting = await stand_at_wait(engine, "INV-1")
    assert await match_missed(engine.services, "acme") == 1
    assert await match_missed(engine.services, "acme") == 0
    assert (await answer_of(engine, waiting) or {})["message_id"] == "m-1"


async def test_of_parallel_receivers_each_message_finds_one_case(engine: Engine) -> None:
    waiting = [await stand_at_wait(engine, "INV-1") for _ in range(5)]
    received = await asyncio.gather(*(send(engine, "INV-1", f"m-{number}") for number in range(12)))
    cases = [one.case_id for one in received if one.case_id is not None]
    assert sorted(cases) == sorted(one.case_id for one in waiting)
    answers = [await answer_of(engine, one) for one in waiting]
    assert len({answer["message_id"] for answer in answers if answer}) == 5


async def test_parallel_deliveries_of_one_message_are_one_message(engine: Engine) -> None:
    waiting = [await stand_at_wait(engine, "INV-1") for _ in range(3)]
    received = await asyncio.gather(*(send(engine, "INV-1", "m-1") for _ in range(10)))
    assert [one.created for one in received].count(True) == 1
    assert {one.case_id for one in received} == {waiting[0].case_id}


async def blocked_or_done(database: TestDatabase, task: asyncio.Task[Any]) -> None:
    """Return once the task waits for a lock of matching, or has ended without."""
    query = """
        SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
    """
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        await eventually(lambda: task.done() or owner.execute(query).fetchone() != (0,), within_seconds=30)


async def test_a_message_that_comes_while_its_case_begins_to_wait_finds_it(
    engine: Engine, own_database: TestDatabase
) -> None:
    case = (await engine.start(subject="INV-1")).case
    subscription = subscription_of(wait_step(), view_of(case), visit=1, now=engine.clock())
    async with engine.database.unit_of_work("acme") as unit:
        await Messages(unit.session).subscribe(subscription)
        assert not await match_early(unit, subscription, now=engine.clock())
        sending = asyncio.create_task(send(engine, "INV-1", "m-1"))
        await blocked_or_done(own_database, sending)
    assert (await sending).case_id == case.id


async def test_a_case_that_begins_to_wait_while_its_message_comes_finds_it(
    engine: Engine, own_database: TestDatabase
) -> None:
    waiting = await stand_at_wait(engine, "INV-1")
    message = (await send(engine, "INV-1", "m-1")).message
    other = await stand_at_wait(engine, "INV-1")
    coming = Message(**{**message.model_dump(), "id": "row-2", "message_id": "m-2", "case_id": None})
    async with engine.database.unit_of_work("acme") as unit:
        await Messages(unit.session).lock("acme", PAID, "INV-1")
        await Messages(unit.session).keep(coming)
        matching = asyncio.create_task(match(engine, other))
        await blocked_or_done(own_database, matching)
    assert await matching
    assert (await answer_of(engine, other) or {})["message_id"] == "m-2"
    assert (await answer_of(engine, waiting) or {})["message_id"] == "m-1"


async def test_receivers_and_subscribers_at_the_same_moment_all_meet(engine: Engine) -> None:
    cases = [(await engine.start(subject="INV-1")).case for _ in range(8)]
    arriving = [asyncio.create_task(send(engine, "INV-1", f"m-{number}")) for number in range(8)]
    subscriptions = await asyncio.gather(*(subscribe_and_match(engine, case) for case in cases))
    await asyncio.gather(*arriving)
    answers = [await answer_of(engine, subscription) for subscription in subscriptions]
    assert sorted(str(answer["message_id"]) for answer in answers if answer) == [f"m-{number}" for number in range(8)]
    assert {(await engine.case(case.id)).status for case in cases} == {"running"}
    assert (await engine.verification()).sound


async def subscribe_and_match(engine: Engine, case: Case) -> Subscription:
    subscription = await subscribe(engine, case)
    await match(engine, subscription)
    return subscription


async def test_lateness_and_a_message_at_the_same_moment_have_one_winner(engine: Engine) -> None:
    waiting = [await stand_at_wait(engine, f"INV-{number}", within=WITHIN) for number in range(8)]
    timers = [await timer_of(engine, one) for one in waiting]
    engine.clock.ahead = WITHIN + timedelta(seconds=1)
    sending = [asyncio.create_task(send(engine, f"INV-{number}", f"m-{number}")) for number in range(8)]
    late = await asyncio.gather(*(fire(engine, timer) for timer in timers))
    received = [(await one).case_id is not None for one in sending]
    assert [one is not other for one, other in zip(late, received, strict=True)] == [True] * 8


async def test_a_withdrawn_wait_receives_nothing(engine: Engine) -> None:
    waiting = await stand_at_wait(engine, "INV-1")
    async with engine.database.unit_of_work("acme") as unit:
        await Messages(unit.session).withdraw(waiting.case_id)
    assert (await send(engine, "INV-1", "m-1")).case_id is None
    assert await answer_of(engine, waiting) is None


async def test_what_must_be_in_time_is_kept_while_nobody_has_waited_yet(engine: Engine) -> None:
    assert not (await send(engine, "INV-1", "m-1", amount=9, only_in_time=True)).late
    waiting = await stand_at_wait(engine, "INV-1")
    assert await match(engine, waiting)
    assert (await answer_of(engine, waiting) or {})["payload"] == {"amount": 9}


async def test_a_second_answer_that_must_be_in_time_is_never_received(engine: Engine) -> None:
    assert not (await send(engine, "INV-1", "m-1", only_in_time=True)).late
    assert (await send(engine, "INV-1", "m-2", only_in_time=True)).late
    first, second = await stand_at_wait(engine, "INV-1"), await stand_at_wait(engine, "INV-1")
    assert [await match(engine, one) for one in (first, second)] == [True, False]
    assert (await answer_of(engine, first) or {})["message_id"] == "m-1"


async def test_a_late_answer_that_must_be_in_time_is_recorded_with_its_case_and_never_received(engine: Engine) -> None:
    waiting = await stand_at_wait(engine, "INV-1", within=WITHIN)
    engine.clock.ahead = WITHIN + timedelta(seconds=1)
    await fire(engine, await timer_of(engine, waiting))
    assert (await send(engine, "INV-1", "m-1", only_in_time=True)).late
    assert (await engine.trail_of(waiting.case_id))[-1] == "message.late"
    assert (await send(engine, "INV-1", "m-1", only_in_time=True)).late
    assert not await match(engine, await stand_at_wait(engine, "INV-1"))
    assert (await engine.verification()).sound

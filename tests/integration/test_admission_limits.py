"""Limits of a target hold for all workers together: slots, token bucket, breaker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from graphs.audit import AuditRecord
from graphs.limiter import MARGIN
from graphs.refusals import BreakerOpen, NoSlot, RateLimited
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.limited import Gate, LimitedTool, set_limits
from tests.support.people import populate
from tools.clock import utc_now
from tools.errors import Ambiguous, NeedsPerson, Permanent, Transient
from tools.limits import Breaker, Rate, TargetLimits
from tools.resilience import GRACE

SECOND = timedelta(seconds=1)
COOL_DOWN = timedelta(seconds=30)
THREE_SLOTS = TargetLimits(max_concurrent=3)
GUARDED = TargetLimits(breaker=Breaker(failures=3, cool_down=COOL_DOWN))
DOWN = Transient("down", tool="toy.write")


@pytest.fixture
async def people(database: Database) -> Database:
    await populate(database)
    return database


@pytest.fixture
async def other(people: Database, own_database: TestDatabase) -> AsyncIterator[Database]:
    """The database as another process sees it."""
    opened = Database(own_database.app_url, clock=utc_now)
    yield opened
    await opened.close()


async def kinds(database: Database) -> list[str]:
    """What was recorded of the breaker, in order."""
    async with database.unit_of_work("acme") as unit:
        return [entry.kind for entry, _ in await unit.audit_log.of_case("case")]


async def fail(gate: Gate, times: int, error: Exception = DOWN) -> None:
    for _ in range(times):
        await gate.made(error)


async def test_a_target_takes_as_many_calls_at_once_as_it_is_said_to(people: Database, other: Database) -> None:
    here, there = (
        Gate(database=people, tool=LimitedTool(limits=THREE_SLOTS)),
        Gate(database=other, tool=LimitedTool(limits=THREE_SLOTS)),
    )
    async with here.call(), there.call(), here.call():
        with pytest.raises(NoSlot) as refused:
            await there.made()
    assert refused.value.ask_at == there.now + SECOND
    assert await there.made()


async def test_a_refused_call_takes_nothing(people: Database) -> None:
    limits = TargetLimits(max_concurrent=1, rate=Rate(calls=1, per=timedelta(hours=1), burst=2))
    gate = Gate(database=people, tool=LimitedTool(limits=limits))
    async with gate.call():
        with pytest.raises(NoSlot):
            await gate.made()
    assert await gate.made()
    with pytest.raises(RateLimited):
        await gate.made()


@pytest.mark.parametrize(("early", "free"), [(timedelta(microseconds=1), False), (timedelta(0), True)])
async def test_the_slot_of_a_dead_worker_comes_free_when_its_time_has_passed(
    people: Database, early: timedelta, free: bool
) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(max_concurrent=1)))
    dead = gate.call()
    await dead.__aenter__()
    gate.now += gate.tool.time_limit + GRACE + MARGIN - early
    if free:
        assert await gate.made()
        return
    with pytest.raises(NoSlot) as refused:
        await gate.made()
    assert refused.value.ask_at == gate.now + early


async def test_a_late_holder_does_not_give_away_the_slot_of_its_successor(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(max_concurrent=1)))
    late = gate.call()
    await late.__aenter__()
    gate.later(timedelta(minutes=1))
    async with gate.call():
        await late.__aexit__(None, None, None)
        with pytest.raises(NoSlot):
            await gate.made()


async def test_a_call_that_is_cancelled_gives_its_slot_back(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(max_concurrent=1)))
    under_way = asyncio.Event()

    async def endless() -> None:
        async with gate.call():
            under_way.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(endless())
    await under_way.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await gate.made()


async def test_a_result_is_not_lost_when_its_slot_cannot_be_given_back(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(max_concurrent=1)))
    async with gate.call():
        gate.admission.limiter._database = Database("postgresql://nobody@127.0.0.1:1/none", clock=utc_now)
    gate.admission.limiter._database = people
    with pytest.raises(NoSlot):
        await gate.made()
    gate.later(timedelta(minutes=1))
    assert await gate.made()


async def test_a_call_waits_in_place_for_a_moment(people: Database) -> None:
    limits = TargetLimits(max_concurrent=1)
    gate = Gate(database=people, tool=LimitedTool(limits=limits), patience=timedelta(seconds=30))
    first = gate.call()
    await first.__aenter__()
    waiting = [asyncio.create_task(gate.made()) for _ in range(3)]
    await first.__aexit__(None, None, None)
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_of_thirty_at_once_in_four_processes_three_are_let_in(
    people: Database, own_database: TestDatabase
) -> None:
    databases = [Database(own_database.app_url, clock=utc_now) for _ in range(4)]
    gates = [Gate(database=database, tool=LimitedTool(limits=THREE_SLOTS)) for database in databases]
    async with AsyncExitStack() as held:
        asked = (held.enter_async_context(gates[number % 4].call(case_id=f"case-{number}")) for number in range(30))
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers.count(None) == 3
    assert [type(answer) for answer in answers if answer is not None] == [NoSlot] * 27
    for database in databases:
        await database.close()


@pytest.mark.parametrize("burst", [1, 2, 5])
async def test_a_burst_is_let_through_and_no_call_more(people: Database, burst: int) -> None:
    rate = Rate(calls=10, per=SECOND, burst=burst)
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(rate=rate)))
    for _ in range(burst):
        assert await gate.made()
    with pytest.raises(RateLimited) as refused:
        await gate.made()
    assert refused.value.ask_at == gate.now + timedelta(milliseconds=100)


@pytest.mark.parametrize(
    ("pause", "calls"),
    [
        (timedelta(milliseconds=100) - timedelta(microseconds=1), 0),
        (timedelta(milliseconds=100), 1),
        (timedelta(milliseconds=199), 1),
        (timedelta(milliseconds=200), 2),
        (timedelta(hours=1), 5),
    ],
)
async def test_an_empty_bucket_fills_with_time_up_to_its_burst(people: Database, pause: timedelta, calls: int) -> None:
    rate = Rate(calls=10, per=SECOND, burst=5)
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(rate=rate)))
    for _ in range(5):
        await gate.made()
    gate.later(pause)
    for _ in range(calls):
        assert await gate.made()
    with pytest.raises(RateLimited):
        await gate.made()


async def test_a_clock_that_goes_back_fills_no_bucket(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(rate=Rate(calls=1, per=SECOND))))
    await gate.made()
    gate.now -= timedelta(hours=1)
    with pytest.raises(RateLimited) as refused:
        await gate.made()
    assert refused.value.ask_at == gate.now + timedelta(hours=1) + SECOND


@pytest.mark.parametrize(("failures", "shut"), [(2, False), (3, True)])
async def test_a_breaker_opens_with_the_failure_it_is_set_to(people: Database, failures: int, shut: bool) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, failures)
    if not shut:
        assert await gate.made()
        return
    with pytest.raises(BreakerOpen) as refused:
        await gate.made()
    assert refused.value.ask_at == gate.now + COOL_DOWN
    assert await kinds(people) == ["breaker.opened"]


@pytest.mark.parametrize("error", [DOWN, Ambiguous("no answer")])
async def test_what_the_target_did_not_answer_is_a_failure(people: Database, error: Exception) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3, error)
    with pytest.raises(BreakerOpen):
        await gate.made()


@pytest.mark.parametrize("error", [Permanent("no"), NeedsPerson("sure?")])
async def test_a_no_is_an_answer_and_no_failure(people: Database, error: Exception) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 2)
    await fail(gate, 5, error)
    await fail(gate, 2)
    assert await gate.made()


@pytest.mark.parametrize("error", [Permanent("x", code="invalid_arguments"), ValueError("ours")])
async def test_what_never_reached_the_target_says_nothing_about_it(people: Database, error: Exception) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 2)
    await fail(gate, 5, error)
    await fail(gate, 1)
    with pytest.raises(BreakerOpen):
        await gate.made()


async def test_an_answer_between_two_failures_starts_the_count_anew(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 2)
    await gate.made()
    await fail(gate, 2)
    assert await gate.made()


@pytest.mark.parametrize(("early", "tried"), [(timedelta(microseconds=1), False), (timedelta(0), True)])
async def test_an_open_breaker_lets_a_call_try_when_it_has_cooled_down(
    people: Database, early: timedelta, tried: bool
) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3)
    gate.now += COOL_DOWN - early
    if not tried:
        with pytest.raises(BreakerOpen):
            await gate.made()
        return
    assert await gate.made()
    assert await gate.made()
    assert await kinds(people) == ["breaker.opened", "breaker.probed", "breaker.closed"]


async def test_of_many_in_two_processes_one_tries_a_cooled_down_target(people: Database, other: Database) -> None:
    gates = [Gate(database=database, tool=LimitedTool(limits=GUARDED)) for database in (people, other)]
    await fail(gates[0], 3)
    for gate in gates:
        gate.later(COOL_DOWN)
    async with AsyncExitStack() as held:
        asked = (held.enter_async_context(gates[number % 2].call()) for number in range(12))
        answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BreakerOpen)]
    assert answers.count(None) == 1
    assert [answer.ask_at for answer in refused] == [gates[0].now + SECOND] * 11
    assert [await gate.made() for gate in gates] == [True, True]


async def test_a_probe_that_fails_opens_the_breaker_again(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3)
    gate.later(COOL_DOWN)
    await fail(gate, 1)
    with pytest.raises(BreakerOpen) as refused:
        await gate.made()
    assert refused.value.ask_at == gate.now + COOL_DOWN
    assert await kinds(people) == ["breaker.opened", "breaker.probed", "breaker.opened"]


async def test_a_probe_that_says_nothing_leaves_the_next_one_to_try(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3)
    gate.later(COOL_DOWN)
    await fail(gate, 1, ValueError("ours"))
    assert await gate.made()


async def test_after_a_probe_that_died_another_may_try(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3)
    gate.later(COOL_DOWN)
    dead = gate.call()
    await dead.__aenter__()
    gate.later(gate.tool.time_limit + GRACE + MARGIN)
    assert await gate.made()
    await dead.__aexit__(Transient, DOWN, None)
    assert await gate.made()


async def test_a_call_that_fails_after_the_breaker_opened_does_not_keep_it_open(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    slow = gate.call()
    await slow.__aenter__()
    await fail(gate, 3)
    gate.later(COOL_DOWN - SECOND)
    await slow.__aexit__(Transient, DOWN, None)
    gate.later(SECOND)
    assert await gate.made()


async def test_another_process_knows_of_an_open_breaker_once_it_reads_again(people: Database, other: Database) -> None:
    here, there = (Gate(database=database, tool=LimitedTool(limits=GUARDED)) for database in (people, other))
    await there.made()
    await fail(here, 3)
    there.later(timedelta(milliseconds=501))
    with pytest.raises(BreakerOpen):
        await there.made()


async def test_what_an_operator_set_goes_before_what_the_tool_declares(people: Database) -> None:
    await set_limits(people, "ledger", max_concurrent=1)
    gate = Gate(database=people, tool=LimitedTool(limits=THREE_SLOTS))
    async with gate.call():
        with pytest.raises(NoSlot, match="no more than 1 call"):
            await gate.made()


async def test_tools_of_one_target_share_its_slots(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=TargetLimits(max_concurrent=1)))
    reading = LimitedTool(limits=TargetLimits(max_concurrent=1), name="toy.read")
    async with gate.call(tool=reading):
        with pytest.raises(NoSlot):
            await gate.made()


async def test_the_trail_of_a_breaker_is_sound(people: Database) -> None:
    gate = Gate(database=people, tool=LimitedTool(limits=GUARDED))
    await fail(gate, 3)
    async with people.unit_of_work("acme") as unit:
        unit.record("acme", AuditRecord(kind="switch.set", actor="acme-dora"))
    async with people.unit_of_work("acme", snapshot=True) as unit:
        assert (await unit.audit_log.verify("acme")).sound

"""Laws of the limits, for any interleaving of calls, deaths and time."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.limiter import MARGIN
from graphs.refusals import NoSlot, RateLimited
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.limited import Gate, LimitedTool
from tests.support.people import populate
from tools.clock import utc_now
from tools.limits import Rate, TargetLimits
from tools.resilience import GRACE

HELD_FOR = LimitedTool().time_limit + GRACE + MARGIN
PROCESSES = 3
LAWFUL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

acts = st.one_of(
    st.tuples(st.just("begin"), st.integers(0, PROCESSES - 1)),
    st.tuples(st.just("end"), st.integers(0, 9)),
    st.tuples(st.just("die"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 12)),
)


async def with_databases(urls: TestDatabase, law: Any) -> None:
    """Run the law on databases as several processes see them."""
    databases = [Database(urls.app_url, clock=utc_now, pool=2) for _ in range(PROCESSES)]
    try:
        await law(databases)
    finally:
        for database in databases:
            await database.close()


async def fill(url: str) -> None:
    database = Database(url, clock=utc_now)
    await populate(database)
    await database.close()


@pytest.fixture
def peopled(own_database: TestDatabase) -> TestDatabase:
    """A database with people, made outside the test's own loop."""
    with ThreadPoolExecutor(1) as outside:
        outside.submit(asyncio.run, fill(own_database.app_url)).result()
    return own_database


@LAWFUL
@given(slots=st.integers(1, 3), script=st.lists(acts, max_size=14))
def test_never_more_than_its_slots_are_held_and_a_free_one_is_given(
    peopled: TestDatabase, slots: int, script: list[tuple[str, int]]
) -> None:
    async def law(databases: list[Database]) -> None:
        tool = LimitedTool(limits=TargetLimits(max_concurrent=slots), target=f"t-{uuid.uuid4()}")
        gates = [Gate(database=database, tool=tool) for database in databases]
        held: list[tuple[Any, datetime]] = []
        dead: list[datetime] = []
        for act, number in script:
            now = gates[0].now
            live = sum(until > now for until in [*dead, *(until for _, until in held)])
            assert live <= slots
            match act:
                case "begin" if live == slots:
                    with pytest.raises(NoSlot):
                        await gates[number].call().__aenter__()
                case "begin":
                    call = gates[number].call()
                    await call.__aenter__()
                    held.append((call, now + HELD_FOR))
                case "end" if held:
                    call, _ = held.pop(number % len(held))
                    await call.__aexit__(None, None, None)
                case "die" if held:
                    dead.append(held.pop(number % len(held))[1])
                case "wait":
                    for gate in gates:
                        gate.now += timedelta(seconds=number)
                case _:
                    pass

    asyncio.run(with_databases(peopled, law))


@LAWFUL
@given(
    calls=st.integers(1, 7),
    burst=st.integers(1, 4),
    pauses=st.lists(st.integers(0, 1_500_000), min_size=1, max_size=14),
)
def test_a_bucket_gives_what_has_flowed_in_and_never_more(
    peopled: TestDatabase, calls: int, burst: int, pauses: list[int]
) -> None:
    async def law(databases: list[Database]) -> None:
        rate = Rate(calls=calls, per=timedelta(seconds=1), burst=burst)
        tool = LimitedTool(limits=TargetLimits(rate=rate), target=f"t-{uuid.uuid4()}")
        gates = [Gate(database=database, tool=tool) for database in databases]
        admitted: list[datetime] = []
        tokens = Fraction(burst)
        for turn, pause in enumerate(pauses):
            for gate in gates:
                gate.now += timedelta(microseconds=pause)
            interval = rate.interval // timedelta(microseconds=1)
            tokens = min(Fraction(burst), tokens + Fraction(pause, interval))
            if tokens >= 1:
                assert await gates[turn % PROCESSES].made()
                admitted.append(gates[0].now)
                tokens -= 1
            else:
                with pytest.raises(RateLimited) as refused:
                    await gates[turn % PROCESSES].made()
                assert refused.value.ask_at > gates[0].now
        assert_no_window_has_more(admitted, rate)

    asyncio.run(with_databases(peopled, law))


def assert_no_window_has_more(admitted: list[datetime], rate: Rate) -> None:
    """In any time t at most `rate * t + burst` calls."""
    for first, begin in enumerate(admitted):
        for last in range(first, len(admitted)):
            window = admitted[last] - begin
            most = rate.burst + Fraction(window // timedelta(microseconds=1) * rate.calls, 1_000_000)
            assert last - first + 1 <= most


async def test_under_real_contention_no_more_than_its_slots_are_held(
    peopled: TestDatabase,
) -> None:
    """Six processes' worth of tasks take, hold and give back 240 times; a witness counts who is inside."""
    tool = LimitedTool(limits=TargetLimits(max_concurrent=3))
    inside, most, made = 0, 0, 0

    async def work(gate: Gate) -> None:
        nonlocal inside, most, made
        for _ in range(20):
            try:
                async with gate.call():
                    inside += 1
                    most = max(most, inside)
                    await asyncio.sleep(0)
                    inside -= 1
                    made += 1
            except NoSlot:
                continue

    async def law(databases: list[Database]) -> None:
        gates = [Gate(database=databases[number % PROCESSES], tool=tool) for number in range(12)]
        jobs: list[Coroutine[Any, Any, None]] = [work(gate) for gate in gates]
        await asyncio.gather(*jobs)

    await with_databases(peopled, law)
    assert made > 20
    assert most <= 3

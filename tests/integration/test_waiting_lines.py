"""Cases that wait for a target ask again one after the other: a crowd neither storms it nor holds up anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from graphs.limits import LimitDesk
from graphs.refusals import NoSlot
from graphs.runtime.parking import FIRST_BACKOFF, LONGEST_LINE, backoff
from graphs.store.admission import Targets
from graphs.store.case_standings import CaseStandings
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.integration.test_engine_admission import parkings
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.limited import NOON, Gate, LimitedTool, set_limits
from tests.support.patience import eventually
from tests.support.people import actor, populate
from tools.clock import utc_now
from tools.errors import Transient
from tools.limits import TargetLimits

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def gate(database: Database) -> Gate:
    """A target that takes one call at once, and was asked once."""
    await populate(database)
    limits = TargetLimits(max_concurrent=1)
    made = Gate(database=database, tool=LimitedTool(limits=limits), patience=timedelta(seconds=30))
    assert await made.made()
    return made


async def turn(database: Database, *, now: datetime = NOON, pause: timedelta = MINUTE) -> datetime:
    async with database.unit_of_work("acme") as unit:
        return await Targets(unit.session).turn("acme", "ledger", pause=pause, earliest=now, latest=now + LONGEST_LINE)


async def limited(engine: Engine, cases: int, **limits: object) -> list[str]:
    """Cases of which the first is let in and the others were refused."""
    await set_limits(engine.database, "toy.write", **limits)
    started = [(await engine.start()).case.id for _ in range(cases)]
    for case_id in started:
        await engine.advance(case_id)
    return started[1:]


async def turns(engine: Engine, cases: Sequence[str]) -> list[datetime]:
    """When each asks again."""
    return [datetime.fromisoformat((await parkings(engine, case_id))[-1]["until"]) for case_id in cases]


async def shown(engine: Engine, case_id: str) -> list[tuple[str, str]]:
    """What the case is said to wait for."""
    async with engine.database.unit_of_work("acme") as unit:
        standing = (await CaseStandings(unit.session).of([case_id]))[case_id]
    return [(wait.kind, wait.what) for wait in standing.waits]


async def waiting(engine: Engine) -> dict[str, int]:
    """How many cases wait, by target."""
    async with engine.database.unit_of_work("acme") as unit:
        return {state.target: state.waiting for state in await Targets(unit.session).listed(now=engine.clock())}


async def test_each_has_its_turn_a_pause_after_the_one_before_it(gate: Gate) -> None:
    assert [await turn(gate.database) - NOON for _ in range(3)] == [0 * MINUTE, MINUTE, 2 * MINUTE]


async def test_a_long_line_ends_after_two_minutes(gate: Gate) -> None:
    pause = LONGEST_LINE - SECOND
    assert [await turn(gate.database, pause=pause) - NOON for _ in range(3)] == [0 * SECOND, pause, LONGEST_LINE]


async def test_where_nobody_waits_any_more_the_next_one_is_the_first(gate: Gate) -> None:
    await turn(gate.database)
    assert await turn(gate.database, now=NOON + 2 * MINUTE) == NOON + 2 * MINUTE


async def test_processes_that_ask_at_once_give_no_turn_twice(gate: Gate, own_database: TestDatabase) -> None:
    others = [Database(own_database.app_url, clock=utc_now) for _ in range(3)]
    found = await asyncio.gather(*(turn(others[number % 3], pause=SECOND) for number in range(30)))
    assert sorted(found) == [NOON + number * SECOND for number in range(30)]
    for database in others:
        await database.close()


async def test_with_each_call_that_may_be_made_one_case_asks(engine: Engine) -> None:
    waiting = await limited(engine, 5, rate_calls=1, rate_per=20 * SECOND, rate_burst=1)
    first, *others = await turns(engine, waiting)
    assert [one - first for one in others] == [20 * SECOND, 40 * SECOND, 60 * SECOND]
    for done in range(1, 5):
        engine.clock.ahead = done * 20 * SECOND + SECOND / 2
        assert await engine.sweep.fire_due() == 1
        assert (await engine.advance(waiting[done - 1])).status == "done"


async def test_a_target_says_how_many_wait_and_a_case_which_target_it_waits_for(engine: Engine) -> None:
    late = await limited(engine, 4, rate_calls=1, rate_per=20 * SECOND, rate_burst=1)
    assert await waiting(engine) == {"toy.write": 3}
    assert await shown(engine, late[0]) == [("turn", "toy.write")]
    engine.clock.ahead = 20 * SECOND + SECOND / 2
    await engine.sweep.fire_due()
    assert await waiting(engine) == {"toy.write": 2}
    assert (await engine.advance(late[0])).status == "done"
    assert await shown(engine, late[0]) == []


async def test_whoever_waits_asks_again_when_other_limits_are_set(engine: Engine) -> None:
    late = await limited(engine, 3, rate_calls=1, rate_per=60 * MINUTE, rate_burst=1)
    await set_limits(engine.database, "toy.read", rate_calls=1, rate_per=60 * MINUTE, rate_burst=1)
    other = [(await engine.start()).case.id for _ in range(2)]
    for case_id in other:
        await engine.advance(case_id)
    assert (await waiting(engine))["toy.write"] == 3
    await grant(engine.database, "sven", "limit.set")
    sven = await actor(engine.database, "sven")
    await LimitDesk(services=engine.services).set(sven, "toy.write", TargetLimits())
    assert await engine.sweep.fire_due() == 3
    assert await waiting(engine) == {"toy.read": 1, "toy.write": 0}
    assert [(await engine.advance(case_id)).status for case_id in late] == ["done"] * 2


async def test_a_case_that_waits_for_a_breaker_waits_for_a_target_that_is_down(engine: Engine) -> None:
    engine.notebook.faults = [Transient("down", tool="toy.write")]
    late = await limited(engine, 2, breaker_failures=1, breaker_cool_down=MINUTE)
    assert await shown(engine, late[0]) == [("retry", "toy.write")]


async def test_a_breaker_that_is_tried_again_is_not_stormed(engine: Engine) -> None:
    engine.notebook.faults = [Transient("down", tool="toy.write")]
    waiting = await limited(engine, 5, breaker_failures=1, breaker_cool_down=MINUTE)
    assert len(set(await turns(engine, waiting))) == 4


async def test_a_place_is_not_held_for_a_slot_that_comes_free_too_late(gate: Gate) -> None:
    async with gate.call():
        gate.later(10 * MINUTE)
    held = gate.call()
    await held.__aenter__()
    first = asyncio.create_task(gate.made())
    [queue] = gate.admission.limiter._queues.values()
    await eventually(lambda: queue.waiting == 1, within_seconds=5)
    async with asyncio.timeout(5):
        with pytest.raises(NoSlot):
            await gate.made()
    await held.__aexit__(None, None, None)
    assert await first


@pytest.mark.parametrize("attempt", [1, 2, 5])
def test_what_has_failed_together_does_not_come_back_together(attempt: int) -> None:
    found = {backoff(attempt, case_id=f"case {number}") for number in range(50)}
    least = FIRST_BACKOFF * 2 ** (attempt - 1)
    assert len(found) == 50
    assert least <= min(found) < 1.1 * least
    assert 1.4 * least < max(found) < 1.5 * least
    assert backoff(attempt, case_id="case 7") in found


async def test_others_are_not_held_up_by_a_crowd(engine: Engine) -> None:
    """Forty cases wait for calls of which one a minute may be made; a case that makes none is through at once."""
    await set_limits(engine.database, "toy.write", rate_calls=1, rate_per=MINUTE, rate_burst=1)
    crowd = [(await engine.start()).case.id for _ in range(40)]
    async with engine.working():
        await eventually(lambda: all_but_one_parked(engine, crowd), within_seconds=30)
        engine.reader.amount = 60_000
        asked = await engine.start()
        await engine.until(asked.case.id, "waiting", within_seconds=5)
    assert await times_parked(engine, crowd) == [0] + [1] * 39


async def times_parked(engine: Engine, cases: Sequence[str]) -> list[int]:
    return sorted([len(await parkings(engine, case_id)) for case_id in cases])


async def all_but_one_parked(engine: Engine, cases: Sequence[str]) -> bool:
    return (await times_parked(engine, cases))[1] > 0

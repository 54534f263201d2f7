"""Timers of tasks, clocks and ladders that come together fire in one transaction, each once, and none for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.escalation.climb import in_turns
from graphs.store.people import Actor
from tests.support.deadlines import clock, empowered, set_levels, until
from tests.support.engine import Engine
from tests.support.ladders import notices

LEVELS = (
    "name: whole, scope: process, target: {elapsed: 4h}",
    "name: approval, scope: task, of: [approve], target: {elapsed: 4h}",
)
LADDER = "name: remind, at: 50 %, action: remind\nname: boss, after: 1h, action: manager"
SET = text("SELECT id FROM timers WHERE status = 'set' ORDER BY id")
ONCE = {"task.overdue": 1, "deadline.breached": 2, "escalation.reached": 2}
TRANSACTIONS = text("SELECT count(DISTINCT xmin::text) FROM deadline_clocks WHERE status = 'running'")


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def late_cases(engine: Engine, sven: Actor, many: int) -> list[str]:
    """Cases of which everything is due: the task, its clock, the clock of the process, and what both ladders hold."""
    await set_levels(engine, sven, *LEVELS, ladder=LADDER)
    cases = [(await engine.asking()).id for _ in range(many)]
    found = await clock(engine, cases[-1], "task", "approve")
    until(engine, found.due_at, after=timedelta(hours=1, minutes=1))
    return cases


async def timers(engine: Engine) -> list[str]:
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(SET)).scalars())


async def told(engine: Engine, case_id: str) -> dict[str, int]:
    """How often each of the things that timers do is on record."""
    kinds = Counter(await engine.trail_of(case_id))
    return {kind: kinds[kind] for kind in ONCE}


async def transactions(engine: Engine) -> int:
    """How many transactions have last written the clocks."""
    async with engine.database.unit_of_work("acme") as unit:
        return int((await unit.session.execute(TRANSACTIONS)).scalar_one())


async def test_everything_that_is_due_of_many_cases_fires_once_in_one_transaction(engine: Engine, sven: Actor) -> None:
    cases = await late_cases(engine, sven, 3)
    due = await timers(engine)
    assert len(due) == 15
    assert await transactions(engine) >= 3
    sweep = engine.sweep
    assert await sweep.fire_together("acme", due) == 15
    assert await transactions(engine) == 1
    assert await sweep.fire_together("acme", due) == 0
    for case_id in cases:
        assert await told(engine, case_id) == ONCE
        assert await notices(engine, case_id) == [("sven", "escalation.manager")] * 2
    assert await timers(engine) == []
    assert (await engine.verification()).sound


async def test_however_many_look_each_timer_fires_for_one_of_them(engine: Engine, sven: Actor) -> None:
    cases = await late_cases(engine, sven, 4)
    due = await timers(engine)
    fired = await asyncio.gather(*(engine.sweep.fire_together("acme", due[n:] + due[:n]) for n in (0, 7, 13)))
    while await engine.sweep.fire_due():
        pass
    assert sum(fired) <= len(due)
    assert [await told(engine, case_id) for case_id in cases] == [ONCE] * 4
    assert (await engine.verification()).sound


@pytest.mark.parametrize("held", ["cases", "deadline_clocks", "tasks", "timers"])
async def test_what_somebody_has_of_one_case_holds_up_no_other(engine: Engine, sven: Actor, held: str) -> None:
    busy, free = await late_cases(engine, sven, 2)
    column = "id" if held == "cases" else "case_id"
    async with engine.database.unit_of_work("acme") as unit:
        locked = text(f"SELECT {column} FROM {held} WHERE {column} = :id FOR UPDATE")
        await unit.session.execute(locked, {"id": busy})
        await engine.sweep.fire_due()
        assert await told(engine, free) == ONCE
        assert await told(engine, busy) != ONCE
    await engine.sweep.fire_due()
    assert await told(engine, busy) == ONCE


async def test_a_timer_that_fails_is_left_and_all_others_fire(engine: Engine, sven: Actor) -> None:
    broken, sound = await late_cases(engine, sven, 2)
    ruined = text("UPDATE deadline_clocks SET ladder = '{\"ladder\": 7}' WHERE case_id = :id AND task_id IS NOT NULL")
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(ruined, {"id": broken})
    await engine.sweep.fire_due()
    assert await told(engine, sound) == ONCE
    assert await told(engine, broken) == {**ONCE, "escalation.reached": 1}
    assert len(await timers(engine)) == 1


async def test_clocks_of_one_case_climb_one_after_the_other(engine: Engine, sven: Actor) -> None:
    first, second = await late_cases(engine, sven, 2)
    whole, task = [await clock(engine, first, *key) for key in (("process", "toy"), ("task", "approve"))]
    other = await clock(engine, second, "process", "toy")
    assert in_turns([whole, task, other]) == [[whole, other], [task]]

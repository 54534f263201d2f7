"""Timers: a row an instant, fired once, by whoever looks first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from graphs.store.tables import Case, Timer
from graphs.tasks import Answer
from tests.support.engine import Engine
from tests.support.timed import WAIT, timed_definition


async def timers_of(engine: Engine) -> Sequence[Timer]:
    """All timers that are set, however far ahead."""
    async with engine.database.unit_of_work("acme") as unit:
        found = await unit.session.execute(select(Timer).where(col(Timer.status) == "set"))
        return found.scalars().all()


async def overdue(engine: Engine, case_id: str) -> bool:
    return (await engine.task_of(case_id)).overdue


@pytest.fixture
async def waiting(engine: Engine) -> str:
    """A case that waits for a person, with a deadline three days ahead."""
    return (await engine.asking()).id


async def test_a_case_with_a_deadline_three_days_ahead_goes_on_at_once_when_answered(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    async with engine.working():
        await engine.until(accepted.case.id, "waiting")
        [deadline] = await timers_of(engine)
        assert deadline.due_at - engine.clock() > timedelta(days=2)
        await engine.answer(accepted.case.id, "berta", Answer(decision="approve"))
        answered_at = time.monotonic()
        await engine.until(accepted.case.id, "done", within_seconds=10)
    print(f"answer to done: {time.monotonic() - answered_at:.2f} s")  # noqa: T201


async def test_a_task_is_marked_overdue_once_its_deadline_has_passed(engine: Engine, waiting: str) -> None:
    [deadline] = await timers_of(engine)
    engine.clock.ahead = deadline.due_at - engine.clock() - timedelta(seconds=30)
    await engine.sweep.fire("acme", deadline.id)
    assert not await overdue(engine, waiting)
    engine.clock.ahead += timedelta(seconds=31)
    await engine.sweep.fire("acme", deadline.id)
    await engine.sweep.fire("acme", deadline.id)
    assert await overdue(engine, waiting)
    assert (await engine.trail_of(waiting)).count("task.overdue") == 1


@pytest.mark.parametrize(("late_by", "fires"), [(-1, False), (0, True), (1, True)])
async def test_a_timer_fires_from_its_instant_on(engine: Engine, waiting: str, late_by: int, fires: bool) -> None:
    [deadline] = await timers_of(engine)
    async with engine.database.unit_of_work("acme") as unit:
        fired = await unit.timers.fire(deadline.id, now=deadline.due_at + timedelta(microseconds=late_by))
    assert (fired is not None) is fires


async def test_a_deadline_never_approves(engine: Engine, waiting: str) -> None:
    engine.clock.ahead = timedelta(days=4)
    await engine.sweep.run()
    case = await engine.advance(waiting)
    assert (case.status, engine.notebook.calls) == ("waiting", 0)


async def test_what_is_due_is_fired_whoever_looks_first(engine: Engine, waiting: str) -> None:
    engine.clock.ahead = timedelta(days=3, seconds=10)
    assert await engine.sweep.fire_due() == 1
    assert await engine.sweep.fire_due() == 0
    assert await overdue(engine, waiting)


async def test_deadlines_that_come_together_fire_once_each_though_two_look(engine: Engine) -> None:
    cases = [(await engine.asking()).id for _ in range(3)]
    timers = [timer.id for timer in await timers_of(engine)]
    assert await engine.sweep.fire_together("acme", timers) == 0
    engine.clock.ahead = timedelta(days=4)
    assert sum(await asyncio.gather(*(engine.sweep.fire_together("acme", timers) for _ in range(2)))) == 3
    for case_id in cases:
        assert await overdue(engine, case_id)
        assert (await engine.trail_of(case_id)).count("task.overdue") == 1


async def test_what_somebody_has_at_the_moment_holds_up_no_other_deadline(engine: Engine) -> None:
    held, free = [(await engine.asking()).id for _ in range(2)]
    engine.clock.ahead = timedelta(days=4)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(select(Case).where(col(Case.id) == held).with_for_update())
        await engine.sweep.fire_due()
        assert [await overdue(engine, case_id) for case_id in (held, free)] == [False, True]
    await engine.sweep.fire_due()
    assert await overdue(engine, held)
    assert [(await engine.trail_of(case_id)).count("task.overdue") for case_id in (held, free)] == [1, 1]


async def test_an_answered_task_has_no_deadline_any_more(engine: Engine, waiting: str) -> None:
    await engine.answer(waiting, "berta", Answer(decision="approve"))
    assert await timers_of(engine) == []


async def test_a_timer_step_waits_until_its_instant(engine: Engine) -> None:
    engine.definitions = (timed_definition(),)
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id, times=2)
    assert (case.status, engine.reader.calls) == ("waiting", 1)
    [timer] = await timers_of(engine)
    assert close_to(timer.due_at, engine.clock() + WAIT)
    engine.clock.ahead = WAIT + timedelta(seconds=1)
    await engine.sweep.fire("acme", timer.id)
    case = await engine.advance(accepted.case.id)
    assert case.status == "done"
    assert await engine.steps_of(case.id) == [("look_up", 1), ("pause", 1), ("done", 1)]


async def test_a_worker_wakes_a_timer_step_by_itself(engine: Engine) -> None:
    engine.definitions = (timed_definition(wait=timedelta(milliseconds=300)),)
    accepted = await engine.start()
    async with engine.working():
        case = await engine.until(accepted.case.id, "done")
    assert case.outcome == "waited"


def close_to(instant: datetime, other: datetime) -> bool:
    return abs(instant - other) < timedelta(seconds=20)

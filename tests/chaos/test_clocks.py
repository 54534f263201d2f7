"""Clocks jump, differ and change to summer time: no timer fires early, late or twice, and no effect happens twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests.chaos.invariants import violations
from tests.chaos.process import ASKED, STRAIGHT
from tests.chaos.theatre import Theatre, ended
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Engine
from tests.support.timed import WAIT, timed_definition
from tests.support.toy import AmountReader
from tools.clock import utc_now

HOURS = timedelta(hours=2)
SECOND = timedelta(seconds=1)
SWEEPS = 5
FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)
JOBS = text("SELECT count(*) FROM procrastinate_jobs")


async def paused(engine: Engine, wait: timedelta = WAIT) -> str:
    """A case that waits for an instant."""
    engine.definitions, engine.reader = (timed_definition(wait=wait),), AmountReader(0)
    case_id = (await engine.start(key="timed")).case.id
    assert (await engine.advance(case_id)).status == "waiting"
    return case_id


async def swept(engine: Engine, ahead: timedelta) -> None:
    """The clock jumps, and everything that is due then happens; several times, as with several workers."""
    engine.clock.ahead = ahead
    for _ in range(SWEEPS):
        await engine.sweep.run()


async def jobs(engine: Engine) -> int:
    """Number of jobs in the queue."""
    async with engine.database.unit_of_work() as unit:
        return int((await unit.session.execute(JOBS)).scalar_one())


async def sound(engine: Engine) -> None:
    """Every invariant holds."""
    assert await violations(engine.database, engine.notebook.written) == []


@pytest.mark.parametrize("jump", [-HOURS, HOURS, WAIT - timedelta(minutes=1)], ids=["-2 h", "+2 h", "just before"])
async def test_a_jump_that_ends_before_a_timer_does_not_fire_it(engine: Engine, jump: timedelta) -> None:
    case_id = await paused(engine)
    await swept(engine, jump)
    assert (await engine.advance(case_id)).status == "waiting"
    await swept(engine, WAIT + 5 * SECOND)
    assert (await engine.advance(case_id)).status == "done"
    await sound(engine)


async def test_a_timer_that_fired_stays_fired_when_the_clock_jumps_back(engine: Engine) -> None:
    case_id = await paused(engine)
    await swept(engine, WAIT + 5 * SECOND)
    queued = await jobs(engine)
    for ahead in (-HOURS, WAIT + HOURS, timedelta(0)):
        await swept(engine, ahead)
    assert await jobs(engine) == queued
    assert (await engine.advance(case_id)).status == "done"
    assert await engine.steps_of(case_id) == [("look_up", 1), ("pause", 1), ("done", 1)]
    await sound(engine)


async def test_three_days_at_once_remind_of_each_task_once(engine: Engine) -> None:
    cases = [(await engine.start(key=str(number), subject=ASKED)).case.id for number in range(4)]
    for case_id in cases:
        await engine.advance(case_id)
    queued = await jobs(engine)
    for ahead in (timedelta(days=3, minutes=1), timedelta(0), timedelta(days=3, hours=2), -HOURS):
        await swept(engine, ahead)
    assert [(await engine.trail_of(case_id)).count("task.overdue") for case_id in cases] == [1] * len(cases)
    assert await jobs(engine) == queued
    assert engine.notebook.calls == 0
    await sound(engine)


async def test_the_trail_keeps_its_order_when_the_clock_runs_backwards(engine: Engine) -> None:
    for ahead in (HOURS, -HOURS, timedelta(days=3), timedelta(0)):
        engine.clock.ahead = ahead
        case_id = (await engine.start(key=str(ahead), subject=STRAIGHT)).case.id
        assert (await engine.advance(case_id)).status == "done"
    engine.clock.ahead = timedelta(0)
    assert (await engine.verification()).sound
    await sound(engine)


@pytest.fixture
def berlin(own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Process and database live where summer time begins and ends."""
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE \"{own_database.name}\" SET timezone TO 'Europe/Berlin'".encode())
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("month", [3, 10], ids=["into summer time", "out of it"])
@pytest.mark.usefixtures("berlin")
async def test_an_hour_lasts_an_hour_over_a_change_of_time(month: int, engine: Engine) -> None:
    """At 01:00 UTC on the last Sunday of March and of October, clocks in Berlin are changed."""
    change = datetime(2026, month, 29 if month == 3 else 25, 1, tzinfo=UTC)
    begun = change - timedelta(minutes=30) - utc_now()
    engine.clock.ahead = begun
    case_id = await paused(engine, timedelta(hours=1))
    await swept(engine, begun + timedelta(minutes=58))
    assert (await engine.advance(case_id)).status == "waiting"
    await swept(engine, begun + timedelta(minutes=61))
    assert (await engine.advance(case_id)).status == "done"
    await sound(engine)


async def test_a_worker_two_hours_ahead_beside_one_that_is_not_doubles_nothing(theatre: Theatre) -> None:
    theatre.open_notebook()
    theatre.start_worker()
    async with theatre.successor(ahead=HOURS).running():
        for _ in range(8):
            await theatre.accept(STRAIGHT)
        await theatre.all_end()
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 8


async def test_a_worker_two_hours_ahead_does_not_send_again_while_a_call_is_under_way(theatre: Theatre) -> None:
    theatre.before = 6.0
    theatre.limit = timedelta(seconds=8)
    theatre.open_notebook()
    case_id = await theatre.accept(STRAIGHT)
    worker = theatre.start_worker()
    await theatre.request_received()
    worker.kill()
    await worker.ended()
    theatre.let_heartbeats_pass()
    async with theatre.successor(ahead=HOURS).running():
        await theatre.finished(case_id)
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 1


def faketime() -> str:
    """The library that moves a process's clock; skips the test where there is none."""
    wanted = os.environ.get("INTERLOCK_LIBFAKETIME")
    found = next((path for path in (wanted, *FAKETIME) if path and Path(path).exists()), None)
    if found is None:
        pytest.skip("libfaketime is not installed (INTERLOCK_LIBFAKETIME names its file)")
    return found


@pytest.mark.parametrize("offset", ["+2h", "-2h", "+3d"])
async def test_a_process_whose_system_clock_jumped_works_beside_one_whose_did_not(
    theatre: Theatre, offset: str
) -> None:
    theatre.open_notebook()
    moved = {**os.environ, "LD_PRELOAD": faketime(), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    command = [sys.executable, "-m", "tests.chaos.worker_process", json.dumps(asdict(theatre.order()))]
    process = subprocess.Popen(command, cwd=ROOT, env=moved, stdout=subprocess.PIPE, text=True)
    with ended(process):
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        theatre.start_worker()
        for _ in range(6):
            await theatre.accept(STRAIGHT)
        await theatre.all_end()
        process.terminate()
        assert process.wait(20) == 0
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 6

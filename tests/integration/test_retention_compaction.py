"""Compaction: what the trail holds goes, nothing that was shown is lost, and doing it again does nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from graphs.compaction import KeptCase, kept_case, kept_task
from graphs.retention import RetentionDesk, RetentionRun, RetentionSweep
from graphs.store.tables import Task
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.retention import YEAR, compacted, finished


async def whole(engine: Engine, case_id: str) -> KeptCase:
    async with engine.database.unit_of_work("acme") as unit:
        return await kept_case(unit, case_id)


def rows_of(database: TestDatabase, case_id: str) -> dict[str, int]:
    tables = ("tasks", "effects", "timers", "incidents")
    with psycopg.connect(database.owner_url) as owner:
        counts = {
            table: owner.execute(f"SELECT count(*) FROM {table} WHERE case_id = %s", (case_id,)).fetchone()
            for table in tables
        }
        counts["checkpoints"] = owner.execute("SELECT count(*) FROM checkpoints").fetchone()
    return {table: row[0] for table, row in counts.items() if row}


async def test_an_ended_case_has_neither_checkpoint_nor_timer(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await finished(engine)
    assert rows_of(own_database, case_id) == {"tasks": 1, "effects": 1, "timers": 0, "incidents": 0, "checkpoints": 0}


def of_list(task: Task) -> dict[str, Any]:
    """The task as a list reads it: how it was given to somebody is read with one task only."""
    return task.model_dump(exclude={"assignment"})


async def test_a_compacted_case_shows_what_it_showed_before(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await finished(engine)
    before = await whole(engine, case_id)
    assert await compacted(engine, case_id) == 1
    after = await whole(engine, case_id)
    assert rows_of(own_database, case_id)["tasks"] == rows_of(own_database, case_id)["effects"] == 0
    assert [of_list(task) for task in after.tasks] == [of_list(task) for task in before.tasks]
    assert [effect.model_dump() for effect in after.effects] == [effect.model_dump() for effect in before.effects]
    assert after.case.input == before.case.input
    assert (before.compacted_at, after.compacted_at is not None) == (None, True)


async def test_a_task_of_a_compacted_case_is_found_by_its_id(engine: Engine) -> None:
    case_id = await finished(engine)
    [before] = (await whole(engine, case_id)).tasks
    await compacted(engine, case_id)
    async with engine.database.unit_of_work("acme") as unit:
        after = await kept_task(unit, before.id)
    assert of_list(after) == of_list(before)
    assert (after.decision or {})["reason"] == "as agreed"


async def test_what_the_trail_does_not_hold_word_for_word_stays(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await finished(engine)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("""UPDATE tasks SET reasons = '[{"rule": "another"}]'""")
    await compacted(engine, case_id)
    [task] = (await whole(engine, case_id)).tasks
    assert task.reasons == [{"rule": "another"}]


async def test_compacting_again_changes_nothing(engine: Engine) -> None:
    case_id = await finished(engine)
    await compacted(engine, case_id)
    before = await whole(engine, case_id)
    assert await compacted(engine, case_id) == 0
    assert await whole(engine, case_id) == before


@pytest.fixture
async def desk(engine: Engine) -> RetentionDesk:
    await grant(engine.database, "sven", "retention.run", "retention.policy")
    return RetentionDesk(services=engine.services)


async def keep_for(engine: Engine, desk: RetentionDesk, process: str, status: str, days: int | None) -> None:
    age = timedelta(days=days) if days is not None else None
    who = await actor(engine.database, "sven")
    await desk.set_policy(who, process=process, status=status, compact_after=age, erase_after=None)


async def test_a_run_compacts_what_is_old_enough_and_records_it(engine: Engine, desk: RetentionDesk) -> None:
    old = [await finished(engine, amount=500) for _ in range(3)]
    await keep_for(engine, desk, "*", "*", 30)
    sweep = RetentionSweep(services=engine.services, batch=2)
    assert await sweep.run() == RetentionRun()
    engine.clock.ahead = timedelta(days=31)
    young = await finished(engine, amount=500)
    assert await sweep.of_tenant("acme", actor="acme-sven", dry=True) == RetentionRun(compacted=3)
    assert await sweep.run() == RetentionRun(compacted=3)
    assert await sweep.run() == RetentionRun()
    assert [(await whole(engine, case)).compacted_at is not None for case in (*old, young)] == [True] * 3 + [False]
    async with engine.database.unit_of_work("acme", snapshot=True) as unit:
        checked = await unit.audit_log.verify("acme")
    assert checked.sound


async def test_the_policy_that_names_more_wins(engine: Engine, desk: RetentionDesk) -> None:
    case_id = await finished(engine, amount=500)
    engine.clock.ahead = YEAR
    await keep_for(engine, desk, "*", "*", 30)
    await keep_for(engine, desk, "toy", "*", None)
    assert await RetentionSweep(services=engine.services).run() == RetentionRun()
    await keep_for(engine, desk, "toy", "done", 30)
    assert await RetentionSweep(services=engine.services).run() == RetentionRun(compacted=1)
    assert (await whole(engine, case_id)).compacted_at is not None


async def test_a_case_that_has_not_ended_is_never_compacted(engine: Engine, desk: RetentionDesk) -> None:
    engine.reader.amount = 5_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    await keep_for(engine, desk, "*", "*", 0)
    engine.clock.ahead = YEAR
    assert await RetentionSweep(services=engine.services).run() == RetentionRun()


async def test_what_somebody_has_locked_waits_for_the_next_run(
    engine: Engine, desk: RetentionDesk, own_database: TestDatabase
) -> None:
    case_id = await finished(engine, amount=500)
    await keep_for(engine, desk, "*", "*", 0)
    sweep = RetentionSweep(services=engine.services)
    with psycopg.connect(own_database.owner_url) as other:
        other.execute("SELECT 1 FROM cases WHERE id = %s FOR UPDATE", (case_id,))
        assert await sweep.run() == RetentionRun()
        other.rollback()
    assert await sweep.run() == RetentionRun(compacted=1)


async def test_runs_at_once_beside_a_worker_compact_each_case_once(engine: Engine, desk: RetentionDesk) -> None:
    await keep_for(engine, desk, "*", "*", 0)
    ended = [await finished(engine, amount=500) for _ in range(6)]
    sweeps = [RetentionSweep(services=engine.services, batch=2) for _ in range(3)]
    async with engine.working():
        started = [await engine.start() for _ in range(6)]
        runs = await asyncio.gather(*(sweep.run() for sweep in sweeps))
        for accepted in started:
            await engine.until(accepted.case.id, "done")
    runs += [await sweeps[0].run()]
    assert sum(run.compacted for run in runs) == len(ended) + len(started)
    assert (await engine.trail_of(ended[0])).count("case.ended") == 1
    assert (await engine.verification()).sound


async def test_ended_jobs_of_a_compacted_case_are_gone(engine: Engine, own_database: TestDatabase) -> None:
    case_id = await finished(engine, amount=500)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    await compacted(engine, case_id)
    with psycopg.connect(own_database.owner_url) as owner:
        left = owner.execute("SELECT (SELECT count(*) FROM procrastinate_jobs), count(*) FROM procrastinate_events")
        assert left.fetchone() == (0, 0)


async def test_the_api_shows_a_compacted_case_whole(engine: Engine) -> None:
    case_id = await finished(engine)
    async with caller(engine, "clara") as client:
        before = (await client.get(f"/cases/{case_id}")).json()
        task = (await client.get(f"/tasks/{before['tasks'][0]['id']}")).json()
        await compacted(engine, case_id)
        after = (await client.get(f"/cases/{case_id}")).json()
        assert (await client.get(f"/tasks/{task['id']}")).json() == task
    assert after.pop("compacted_at") is not None
    assert before.pop("compacted_at") is None
    assert after == before

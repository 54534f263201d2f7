"""Recovery: what looks finished and is not, what two workers want at once, and jobs that get lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel

from graphs.runtime.advance import BUSY_SECONDS
from graphs.runtime.worker import Worker
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.jobs import forget_end, jobs_of, lose_jobs
from tests.support.patience import eventually
from tests.support.toy import AmountReader

IDLE = timedelta(seconds=7)


async def test_a_case_whose_job_was_lost_is_enqueued_again_once_idle(
    engine: Engine, own_database: TestDatabase
) -> None:
    accepted = await engine.start()
    lose_jobs(own_database)
    assert await engine.sweep.run() == 0
    engine.clock.ahead += IDLE
    assert await engine.sweep.run() == 1
    assert await engine.sweep.run() == 0
    async with engine.working():
        assert (await engine.until(accepted.case.id, "done")).outcome == "written"


async def test_an_answer_whose_job_was_lost_is_applied(engine: Engine, own_database: TestDatabase) -> None:
    case = await engine.asking()
    await engine.answer(case.id, "berta", Answer(decision="approve"))
    lose_jobs(own_database)
    engine.clock.ahead += IDLE
    assert await engine.sweep.run() == 1
    async with engine.working():
        assert (await engine.until(case.id, "done")).outcome == "written"


async def test_a_case_that_waits_for_a_person_is_not_forgotten_but_left_alone(engine: Engine) -> None:
    await engine.asking()
    engine.clock.ahead += IDLE
    async with engine.database.unit_of_work("acme") as unit:
        forgotten = await unit.cases.forgotten(now=engine.clock(), idle_for=timedelta(seconds=6))
    assert forgotten == []


async def test_a_job_whose_end_was_not_recorded_holds_up_nothing(engine: Engine, own_database: TestDatabase) -> None:
    first = await engine.start()
    async with engine.working():
        await engine.until(first.case.id, "done")
        forget_end(own_database, first.case.id)
        await eventually(lambda: jobs_of(own_database, first.case.id) == 0, within_seconds=15)
        second = await engine.start()
        await engine.until(second.case.id, "done")
    assert engine.notebook.calls == 2


class PatientReader(AmountReader):
    """Says when a read has begun and ends it when told to."""

    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.begun = asyncio.Event()
        self.end = asyncio.Event()

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.begun.set()
        await self.end.wait()
        return await super().execute(arguments, key=key)


async def test_while_one_worker_advances_a_case_another_does_not(engine: Engine) -> None:
    engine.reader = reader = PatientReader(500)
    accepted = await engine.start()
    first = asyncio.create_task(engine.advance(accepted.case.id))
    await reader.begun.wait()
    second = Engine(
        database=engine.database, url=engine.url, reader=AmountReader(1), notebook=engine.notebook, owner="second"
    )
    untouched = await second.advance(accepted.case.id)
    assert (untouched.lease_owner, untouched.epoch, second.reader.calls) == ("test-worker", 1, 0)
    reader.end.set()
    case = await first
    assert (case.status, reader.calls, engine.notebook.calls) == ("done", 1, 1)


async def test_one_worker_does_not_advance_a_case_twice_at_once(engine: Engine) -> None:
    engine.reader = reader = PatientReader(500)
    accepted = await engine.start()
    advancer = engine.advancer(owner="one")
    both = [asyncio.create_task(advancer.advance("acme", accepted.case.id)) for _ in range(2)]
    await reader.begun.wait()
    reader.end.set()
    await asyncio.gather(*both)
    await advancer.close()
    case = await engine.case(accepted.case.id)
    assert (case.status, case.epoch, reader.calls) == ("done", 1, 1)


async def test_two_workers_finish_ten_cases_once_each(engine: Engine) -> None:
    accepted = [await engine.start() for _ in range(10)]
    services = engine.services
    async with Worker(services=services, url=engine.url).running(), Worker(services=services, url=engine.url).running():
        for started in accepted:
            await engine.until(started.case.id, "done")
    assert len({key for key, _ in engine.notebook.written}) == len(engine.notebook.written) == 10
    assert engine.reader.calls == 10
    assert (await engine.verification()).sound


async def test_a_run_whose_lease_is_lost_is_cancelled_by_the_heartbeat(engine: Engine) -> None:
    engine.reader = reader = PatientReader(500)
    accepted = await engine.start()
    advancer = engine.advancer(owner="one")
    run = asyncio.create_task(advancer.advance("acme", accepted.case.id))
    await reader.begun.wait()
    await engine.take_lease(accepted.case.id, owner="two", even_if_held=True)
    await advancer.keep_leases()
    with pytest.raises(asyncio.CancelledError):
        await run
    await advancer.close()
    case = await engine.case(accepted.case.id)
    assert (case.lease_owner, await engine.steps_of(case.id)) == ("two", [])


@pytest.mark.parametrize("writes_for", [0.0, BUSY_SECONDS / 2, BUSY_SECONDS * 5])
async def test_the_heartbeat_keeps_a_lease_whose_case_is_being_written(
    engine: Engine, own_database: TestDatabase, writes_for: float
) -> None:
    engine.reader = reader = PatientReader(500)
    case_id = (await engine.start()).case.id
    advancer = engine.advancer(owner="one")
    run = asyncio.create_task(advancer.advance("acme", case_id))
    await reader.begun.wait()
    before = await engine.case(case_id)
    async with await psycopg.AsyncConnection.connect(own_database.owner_url) as flush:
        await flush.execute("SELECT FROM cases WHERE id = %s FOR NO KEY UPDATE", (case_id,))
        kept = asyncio.create_task(advancer.keep_leases())
        await asyncio.sleep(writes_for)
        await flush.commit()
        await kept
    after = await engine.case(case_id)
    assert before.lease_until is not None
    assert after.lease_until is not None
    assert after.lease_until > before.lease_until
    assert not run.done()
    reader.end.set()
    await run
    await advancer.close()


async def test_the_heartbeat_keeps_a_long_steps_lease(engine: Engine) -> None:
    engine.reader = reader = PatientReader(500)
    accepted = await engine.start()
    advancer = engine.advancer(owner="one")
    run = asyncio.create_task(advancer.advance("acme", accepted.case.id))
    await reader.begun.wait()
    before = await engine.case(accepted.case.id)
    await advancer.keep_leases()
    after = await engine.case(accepted.case.id)
    assert before.lease_until is not None
    assert after.lease_until is not None
    assert after.lease_until > before.lease_until
    assert (after.lease_owner, after.epoch) == (before.lease_owner, before.epoch)
    reader.end.set()
    await run
    await advancer.close()

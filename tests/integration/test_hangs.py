"""A judgement that hangs in C code ends two workers, no third: the case is judged in a child then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Engine

pytestmark = pytest.mark.chaos
LEASE_IS_OVER = "UPDATE cases SET lease_until = now() - interval '1 second' WHERE id = %s AND lease_until IS NOT NULL"


@contextmanager
def hanging_worker(url: str) -> Iterator[subprocess.Popen[str]]:
    """A worker that takes jobs, gone when the block ends."""
    command = [sys.executable, "-m", "tests.support.hanging_worker", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        try:
            yield process
            process.terminate()
            process.wait(20)
        finally:
            process.kill()


async def let_another_take(engine: Engine, database: TestDatabase, case_id: str) -> None:
    """As if the dead worker's lease had run out, and the sweep had found the case."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(LEASE_IS_OVER.encode(), (case_id,))
    async with engine.database.unit_of_work("acme") as unit:
        await unit.jobs.advance("acme", case_id)


@pytest.mark.timeout(120)
async def test_a_hang_ends_the_process_and_the_case_goes_on_elsewhere(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = (await engine.start()).case.id
    for _ in range(2):
        with hanging_worker(engine.url) as worker:
            assert worker.wait(40) == 1
        await let_another_take(engine, own_database, case_id)
    with hanging_worker(engine.url) as worker:
        case = await engine.until(case_id, "done", "incident", within_seconds=40)
        assert worker.poll() is None
    assert case.status == "done"
    assert (await engine.effect_of(case_id)).status == "confirmed"
    assert (await engine.verification()).sound

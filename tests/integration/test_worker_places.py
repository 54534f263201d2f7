"""A worker fills its places, whatever jobs hold, and takes no more than it can begin."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from graphs.runtime.worker import Worker
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.patience import eventually
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

PLACES = 6
DOING = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")


class SlowNotebook(Notebook):
    """Answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = 0
        self.answers = asyncio.Event()

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.under_way += 1
        await self.answers.wait()
        return await super().execute(arguments, key=key)


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=SlowNotebook())


async def jobs_under_way(database: Database) -> int:
    async with database.unit_of_work("acme") as unit:
        return int((await unit.session.execute(DOING)).scalar_one())


async def test_cases_that_came_one_by_one_wait_for_a_slow_system_together(engine: Engine) -> None:
    notebook = engine.notebook
    assert isinstance(notebook, SlowNotebook)
    cases = [(await engine.start()).case.id for _ in range(3 * PLACES)]
    worker = Worker(services=engine.services, url=engine.url, execution=engine.execution, concurrency=PLACES)
    async with worker.running():
        await eventually(lambda: notebook.under_way == PLACES, within_seconds=10)
        assert await jobs_under_way(engine.database) == PLACES
        notebook.answers.set()
        for case_id in cases:
            await engine.until(case_id, "done")
    assert len(notebook.written) == 3 * PLACES

"""The queue's pool replaces what the server has ended, and asks nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from graphs.runtime.room import Room, RoomyJobs
from graphs.store.database import Database
from graphs.store.jobs import CASE_QUEUE, Jobs
from graphs.store.queue_connector import CONNECTIONS, queue_connector
from tests.conftest import TestDatabase
from tests.support.databases import hang_up

Pool = AsyncConnectionPool[AsyncConnection[Any]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The server's processes that were asked whether they are there, in order."""
    found: list[int] = []
    ask = AsyncConnectionPool.check_connection

    async def heard(connection: AsyncConnection[Any]) -> None:
        found.append(connection.info.backend_pid)
        await ask(connection)

    monkeypatch.setattr(AsyncConnectionPool, "check_connection", staticmethod(heard))
    return found


@pytest.fixture
async def pool(own_database: TestDatabase) -> AsyncIterator[Pool]:
    connector = queue_connector(own_database.app_url, role=None)
    await connector.open_async()
    yield connector.pool
    await connector.close_async()


async def servers(pool: Pool, count: int = CONNECTIONS) -> list[int]:
    """The server's processes behind so many connections at once; each has answered."""
    async with AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(pool.connection()) for _ in range(count)]
        for connection in taken:
            await connection.execute("SELECT 1")
        return [connection.info.backend_pid for connection in taken]


async def test_nobody_is_asked_while_all_are_there(pool: Pool, asked: list[int]) -> None:
    assert set(await servers(pool)) == set(await servers(pool))
    assert asked == []


@pytest.mark.parametrize("connections", [1, 4, CONNECTIONS])
async def test_all_that_the_server_has_ended_are_replaced_at_once(
    pool: Pool, own_database: TestDatabase, asked: list[int], connections: int
) -> None:
    before = await servers(pool, connections)
    hang_up(own_database.owner_url)
    after = await servers(pool, connections)
    assert not set(before) & set(after)
    assert set(before) <= set(asked), "all were asked when the first had ended"
    assert len(asked) == len(set(asked)), "and each of them once"


async def test_one_on_which_something_came_is_asked_and_kept(
    pool: Pool, own_database: TestDatabase, asked: list[int]
) -> None:
    async with pool.connection() as connection:
        await connection.execute("LISTEN news")
        listening = connection.info.backend_pid
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("NOTIFY news")
    assert listening in await servers(pool)
    assert asked == [listening]


async def test_a_job_of_many_cases_names_itself_and_not_each_of_them(
    database: Database, own_database: TestDatabase
) -> None:
    connector = queue_connector(own_database.app_url, role=None)
    await connector.open_async()
    async with database.unit_of_work("acme") as unit:
        await Jobs(unit.session).advance("acme", "case-1")
    jobs = RoomyJobs(connector, Room())
    job = await jobs.fetch_job([CASE_QUEUE], await jobs.register_worker())
    await connector.close_async()
    assert job is not None
    assert job.task_kwargs == {"cases": [["acme", "case-1"]]}
    assert job.log_context() == {"id": job.id, "task_name": "interlock.advance", "attempts": 0}

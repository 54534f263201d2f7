"""A unit of work does not meet a connection that broke in the pool; what breaks within it is its failure."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from graphs.audit import AuditRecord
from graphs.store.database import UNAVAILABLE, Database, UnitOfWork
from graphs.store.writer import Change
from tests.conftest import TestDatabase
from tests.support.databases import hang_up
from tools.clock import utc_now

SERVER = text("SELECT pg_backend_pid()")


async def server_of(unit: UnitOfWork) -> int:
    return int((await unit.session.execute(SERVER)).scalar_one())


async def several(database: Database, count: int) -> set[int]:
    """So many connections are in the pool afterwards; the processes of the server behind them."""
    async with AsyncExitStack() as stack:
        units = [await stack.enter_async_context(database.unit_of_work("acme")) for _ in range(count)]
        return {await server_of(unit) for unit in units}


@pytest.mark.parametrize("connections", [1, 2, 5])
async def test_all_that_broke_in_the_pool_are_replaced_unseen(
    database: Database, own_database: TestDatabase, connections: int
) -> None:
    before = await several(database, connections)
    hang_up(own_database.owner_url)
    after = await several(database, connections)
    assert len(before) == len(after) == connections
    assert not before & after


async def test_a_snapshot_on_a_new_connection_is_a_snapshot(database: Database, own_database: TestDatabase) -> None:
    await several(database, 1)
    hang_up(own_database.owner_url)
    async with database.unit_of_work("acme", snapshot=True) as unit:
        level = await unit.session.execute(text("SHOW transaction_isolation"))
        assert level.scalar_one() == "repeatable read"
    async with database.unit_of_work("acme") as unit:
        level = await unit.session.execute(text("SHOW transaction_isolation"))
        assert level.scalar_one() == "read committed"


async def test_a_unit_of_all_tenants_sees_them_on_a_new_connection(
    database: Database, own_database: TestDatabase
) -> None:
    async with database.unit_of_work("acme") as unit:
        await unit.session.execute(text("INSERT INTO tenants (id, name) VALUES ('acme', 'Acme')"))
    hang_up(own_database.owner_url)
    async with database.unit_of_all_tenants() as unit:
        assert list(unit.tenants) == ["acme"]


async def test_a_commit_and_a_question_after_a_restart_of_the_server_succeed(
    database: Database, own_database: TestDatabase
) -> None:
    async with database.unit_of_work("acme") as unit:
        await unit.session.execute(text("INSERT INTO tenants (id, name) VALUES ('acme', 'Acme')"))
    record = AuditRecord(kind="news.told", actor="worker")
    for _ in range(2):
        change = Change("acme")
        change.record(record, utc_now())
        await database.writer.commit(change)
        assert await database.asked.get("acme", "no task", user_id="clara", on=utc_now().date()) is None
        hang_up(own_database.owner_url)
    async with database.unit_of_work("acme") as unit:
        kinds = await unit.session.execute(text("SELECT kind FROM audit_entries ORDER BY seq"))
        assert kinds.scalars().all() == ["news.told"] * 2


async def test_what_breaks_after_the_first_statement_fails_and_nothing_of_it_stays(
    database: Database, own_database: TestDatabase
) -> None:
    async def cut_off() -> None:
        async with database.unit_of_work("acme") as unit:
            await unit.session.execute(text("INSERT INTO tenants (id, name) VALUES ('acme', 'Acme')"))
            hang_up(own_database.owner_url)
            await server_of(unit)

    with pytest.raises(UNAVAILABLE):
        await cut_off()
    async with database.unit_of_all_tenants() as unit:
        assert list(unit.tenants) == []


async def test_a_server_that_is_gone_for_good_is_said_at_the_second_try(
    database: Database, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await several(database, 2)
    hang_up(own_database.owner_url)
    tried: list[str] = []

    async def refused(*_: Any, **__: Any) -> AsyncConnection[Any]:
        tried.append("connect")
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(AsyncConnection, "connect", refused)
    with pytest.raises(UNAVAILABLE):
        await several(database, 1)
    assert tried == ["connect"]


@pytest.fixture
async def sent(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that statements ask for from now on; a connection is in the pool."""
    await several(database, 1)
    found: list[str] = []
    execute = AsyncCursor.execute

    async def noting(self: AsyncCursor[Any], query: Any, *more: Any, **keywords: Any) -> AsyncCursor[Any]:
        found.append(str(query).partition("(")[0].removeprefix("SELECT "))
        return await execute(self, query, *more, **keywords)

    monkeypatch.setattr(AsyncCursor, "execute", noting)
    return found


async def test_an_error_of_the_first_statement_that_is_no_broken_connection_is_not_tried_again(
    database: Database, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphs.store.database.SET_TENANTS", text("SELECT to_date(:tenants, 'YYYY')"))
    with pytest.raises(DBAPIError, match="invalid value"):
        await several(database, 1)
    assert sent == ["to_date"]


async def test_no_statement_is_sent_only_to_see_whether_somebody_is_there(database: Database, sent: list[str]) -> None:
    await several(database, 1)
    assert sent == ["set_config", "pg_backend_pid"]

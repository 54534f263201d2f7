"""What a tenant may not see or change, the database itself refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.pack_tables import APPEND_ONLY_PACKS
from graphs.store.people_tables import Role, Tenant
from graphs.store.tables import TENANT_TABLES
from tests.conftest import TestDatabase, clone
from tests.support.two_tenants import fill
from tools.clock import utc_now

Connection = psycopg.Connection[dict[str, Any]]
PROTECTED = TENANT_TABLES
APPEND_ONLY = ("audit_entries", "audit_values", "audit_checkpoints", "agent_calibrations", *APPEND_ONLY_PACKS)
NEVER_DELETED = (*APPEND_ONLY, "audit_heads")


@pytest.fixture(scope="module")
def two_tenants(server: EmbeddedPostgres, template: str) -> Iterator[TestDatabase]:
    """`acme` has a row in every table, `bolt` has people only; the tests of this module change nothing."""
    with clone(server, template) as cloned:
        asyncio.run(fill(cloned.app_url))
        yield cloned


@pytest.fixture
def owner(two_tenants: TestDatabase) -> Iterator[Connection]:
    with psycopg.connect(two_tenants.owner_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def bolt(two_tenants: TestDatabase) -> Iterator[Connection]:
    """The application's role, acting for `bolt`."""
    with psycopg.connect(two_tenants.app_url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("SELECT set_config('app.tenants', '{bolt}', false)")
        yield connection


def one(connection: Connection, query: str, table: str) -> Any:
    """The single value that the query returns."""
    row = connection.execute(sql.SQL(query).format(sql.Identifier(table))).fetchone()
    assert row is not None
    return next(iter(row.values()))


OF_ACME = "SELECT count(*) FROM {} WHERE tenant = 'acme'"


def test_another_tenants_rows_cannot_be_seen(owner: Connection, bolt: Connection) -> None:
    stored = {table: one(owner, OF_ACME, table) for table in PROTECTED}
    seen = {table: one(bolt, OF_ACME, table) for table in PROTECTED}
    assert min(stored.values()) > 0, stored
    assert set(seen.values()) == {0}


@pytest.mark.parametrize("table", [table for table in PROTECTED if table not in APPEND_ONLY])
def test_another_tenants_rows_cannot_be_changed(bolt: Connection, table: str) -> None:
    update = sql.SQL("UPDATE {} SET tenant = 'bolt' WHERE tenant = 'acme'").format(sql.Identifier(table))
    assert bolt.execute(update).rowcount == 0


@pytest.mark.parametrize("table", [table for table in PROTECTED if table not in NEVER_DELETED])
def test_another_tenants_rows_cannot_be_deleted(bolt: Connection, table: str) -> None:
    delete = sql.SQL("DELETE FROM {} WHERE tenant = 'acme'").format(sql.Identifier(table))
    assert bolt.execute(delete).rowcount == 0


@pytest.mark.parametrize("table", PROTECTED)
def test_no_row_can_be_written_for_another_tenant(owner: Connection, bolt: Connection, table: str) -> None:
    row = one(owner, "SELECT to_jsonb(t) FROM {} t WHERE tenant = 'acme' LIMIT 1", table)
    insert = sql.SQL("INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, %s)").format(sql.Identifier(table))
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        bolt.execute(insert, (Jsonb(row),))


def test_no_row_can_be_moved_to_another_tenant(bolt: Connection) -> None:
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        bolt.execute("UPDATE users SET tenant = 'acme' WHERE tenant = 'bolt'")


def test_without_a_tenant_nothing_is_seen(two_tenants: TestDatabase) -> None:
    with psycopg.connect(two_tenants.app_url, autocommit=True, row_factory=dict_row) as nobody:
        assert {one(nobody, "SELECT count(*) FROM {}", table) for table in PROTECTED} == {0}


def test_the_application_cannot_put_row_level_security_aside(bolt: Connection) -> None:
    bolt.execute("SET row_security = off")
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        bolt.execute("SELECT * FROM cases")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_rows ON cases",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "ALTER ROLE interlock_app BYPASSRLS",
        "SET ROLE postgres",
        "SET ROLE interlock_queue",
        "SET session_replication_role = replica",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_application_cannot_give_itself_more_rights(bolt: Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error, match=r"permission denied|must be (owner|able)|cannot set"):
        bolt.execute(statement.encode())


def test_the_applications_role_owns_nothing_and_bypasses_nothing(owner: Connection) -> None:
    role = owner.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'interlock_app'")
    assert role.fetchone() == {"rolsuper": False, "rolbypassrls": False, "rolcreaterole": False}
    owned = owner.execute("SELECT count(*) FROM pg_class WHERE relowner = 'interlock_app'::regrole")
    assert owned.fetchone() == {"count": 0}


def test_every_table_with_a_tenant_is_under_forced_row_level_security(owner: Connection) -> None:
    with_tenant = owner.execute(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant' AND table_schema = 'public'"
    ).fetchall()
    forced = owner.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity").fetchall()
    unprotected = {row["table_name"] for row in with_tenant} - {row["relname"] for row in forced}
    assert unprotected == {"api_keys"}


async def test_the_repositories_find_nothing_of_another_tenant(two_tenants: TestDatabase) -> None:
    database = Database(two_tenants.app_url, clock=utc_now)
    async with database.unit_of_work("acme") as unit:
        [task, *_] = await unit.inbox.listed("acme", status=("open",), assignee_id=None, case_id=None, limit=9)
        [incident, *_] = await unit.incidents.listed("acme", status=None, limit=9)
    async with database.unit_of_work("bolt") as unit:
        assert await unit.cases.count_by_status() == {}
        assert await unit.audit_log.of_case(task.case_id) == []
        with pytest.raises(NotFound):
            await unit.cases.get(task.case_id)
        with pytest.raises(NotFound):
            await unit.inbox.get(task.id)
        with pytest.raises(NotFound):
            await unit.incidents.get(incident.id)
    await database.close()


async def test_what_is_done_for_everybody_sees_the_rows_of_all_and_nothing_of_it_stays(
    own_database: TestDatabase,
) -> None:
    hostile = ("acme", 'quoted "tenant"', "{braces}", "a,comma", "NULL", "back\\slash", "ünïcode")
    database = Database(own_database.app_url, clock=utc_now, pool=1)
    try:
        async with database.unit_of_all_tenants() as unit:
            assert list(unit.tenants) == []
        for tenant in hostile:
            async with database.unit_of_work(tenant) as unit:
                await unit.people.add(Tenant(id=tenant, name=tenant))
                await unit.people.add(Role(tenant=tenant, name="clerk", title="Clerk", permissions=[]))
        async with database.unit_of_all_tenants() as unit:
            assert sorted(unit.tenants) == sorted(hostile)
            rows = await unit.session.execute(select(col(Role.tenant)))
            assert sorted(rows.scalars()) == sorted(hostile)
        async with database.unit_of_work("acme") as unit:
            assert list((await unit.session.execute(select(col(Role.tenant)))).scalars()) == ["acme"]
        async with database.unit_of_work() as unit:
            assert list((await unit.session.execute(select(col(Role.tenant)))).scalars()) == []
    finally:
        await database.close()

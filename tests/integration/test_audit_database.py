"""The audit trail in the database: append-only, gap-free under concurrency, and tampering is found."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.store.audit_log import AuditLog
from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from tests.conftest import ROOT, TestDatabase, clone
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now

Connection = psycopg.Connection[dict[str, Any]]
PROCESSES = 3
ENTRIES = 40


@pytest.fixture(scope="module")
def trail(server: EmbeddedPostgres, template: str) -> Iterator[TestDatabase]:
    """The trail of a finished case; the tests that use it roll back what they do."""
    with clone(server, template) as cloned:
        asyncio.run(finish_a_case(cloned.app_url))
        yield cloned


async def finish_a_case(url: str) -> None:
    database = Database(url, clock=utc_now)
    await populate(database)
    engine = Engine(database=database, url=url, reader=AmountReader(500), notebook=Notebook())
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    assert (await engine.verification()).sound
    await database.close()


@pytest.fixture
def owner(trail: TestDatabase) -> Iterator[Connection]:
    with psycopg.connect(trail.owner_url, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app(trail: TestDatabase) -> Iterator[Connection]:
    """The application's role, acting for `acme`."""
    with psycopg.connect(trail.app_url, row_factory=dict_row) as connection:
        connection.execute("SELECT set_config('app.tenants', '{acme}', false)")
        yield connection
        connection.rollback()


@pytest.fixture
async def intruder(trail: TestDatabase) -> AsyncIterator[AsyncSession]:
    """A transaction of the owner with the triggers disabled; never committed."""
    database = Database(trail.owner_url, clock=utc_now)
    with suppress(Undone):
        async with database.unit_of_work("acme") as unit:
            for table in ("audit_entries", "audit_values"):
                await unit.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            yield unit.session
            raise Undone
    await database.close()


class Undone(Exception):
    """The transaction is not to be committed."""


CHANGES = [
    "UPDATE audit_entries SET kind = 'nothing.happened'",
    "UPDATE audit_values SET content = '{}'",
    "UPDATE audit_values SET content = content || '{\"more\": null}'",
    "UPDATE audit_values SET content = content || '{\"zzz\": null}', salts = salts || decode(repeat('00', 16), 'hex')",
    "UPDATE audit_values SET content = content - 'input' WHERE seq = 1",
    "UPDATE audit_values SET content = jsonb_set(content, '{input}', '1') WHERE seq = 1",
    "UPDATE audit_values SET content = jsonb_set(content, '{input}', 'null') WHERE seq = 1",
    "UPDATE audit_values SET salts = salts_without(content, salts, ARRAY['input']) WHERE seq = 1",
    "UPDATE audit_values SET content = jsonb_set(content, '{input}', 'null'), salts = '' WHERE seq = 1",
    "UPDATE audit_values SET salts = set_byte(salts, 0, 255 - get_byte(salts, 0))",
    "UPDATE audit_values SET seq = seq + 1000",
    "DELETE FROM audit_entries",
    "DELETE FROM audit_values",
    "TRUNCATE audit_entries",
    "TRUNCATE audit_values",
    "TRUNCATE audit_entries, audit_values",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_application_cannot_change_the_trail(app: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement.encode())


@pytest.mark.parametrize("statement", CHANGES)
def test_triggers_stop_the_owner_too(owner: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege, match=r"append-only|only be erased"):
        owner.execute(statement.encode())


@pytest.mark.parametrize("statement", ["DELETE FROM audit_heads", "TRUNCATE audit_heads"])
def test_the_application_cannot_remove_the_head(app: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement.encode())


TAMPERING = {
    "edited": ("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 3", 3, "was changed"),
    "edited instant": ("UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE seq = 3", 3, "was changed"),
    "edited commitment": (
        "UPDATE audit_entries SET commitments = set_byte(commitments, 9, 255 - get_byte(commitments, 9)) WHERE seq = 3",
        3,
        "was changed",
    ),
    "deleted": ("DELETE FROM audit_entries WHERE seq = 3", 3, "missing"),
    "swapped": (
        "UPDATE audit_entries SET seq = 5000 - seq WHERE seq IN (3, 4);"
        "UPDATE audit_entries SET seq = CASE seq WHEN 4997 THEN 4 ELSE 3 END WHERE seq > 4000",
        3,
        "was changed",
    ),
    "added commitment": (
        "UPDATE audit_entries SET commitments = commitments || '\\x046d6f7265'::bytea || hash WHERE seq = 3",
        3,
        "was changed",
    ),
    "cut commitment": ("UPDATE audit_entries SET commitments = substr(commitments, 1, 20) WHERE seq = 3", 3, "was"),
    "cut off": (
        "DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)",
        None,
        "missing: the head stands at",
    ),
    "all cut off": ("DELETE FROM audit_entries", 1, "missing: the head stands at"),
    "appended": (
        "INSERT INTO audit_entries (tenant, seq, at, kind, actor, case_id, commitments, hash)"
        " SELECT tenant, seq + 1, at, kind, actor, case_id, '', hash"
        " FROM audit_entries ORDER BY seq DESC LIMIT 1",
        None,
        "was changed",
    ),
    "edited visit": ("UPDATE audit_entries SET visit = 7 WHERE seq = 3", 3, "was changed"),
    "edited value": (
        "UPDATE audit_values SET content = jsonb_set(content, '{input}', '{\"amount\": 1}') WHERE seq = 1",
        1,
        "'input' was changed",
    ),
    "edited salt": (
        "UPDATE audit_values SET salts = set_byte(salts, 16, 255 - get_byte(salts, 16)) WHERE seq = 1",
        1,
        "'input' was changed",
    ),
    "erased salt": (
        "UPDATE audit_values SET salts = salts_without(content, salts, ARRAY['input']) WHERE seq = 1",
        1,
        "'input' was changed",
    ),
    "cut salts": ("UPDATE audit_values SET salts = substr(salts, 1, 16) WHERE seq = 1", 1, "'input' was changed"),
    "deleted value": ("UPDATE audit_values SET content = content - 'input' WHERE seq = 1", 1, "'input' is missing"),
    "deleted values": ("DELETE FROM audit_values WHERE seq = 1", 1, "'digest' is missing"),
    "added value": (
        "UPDATE audit_values SET content = content || jsonb_build_object('more', content -> 'input') WHERE seq = 1",
        1,
        "'more' was added",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
async def test_what_an_intruder_does_to_the_trail_is_found(
    intruder: AsyncSession, tampering: tuple[str, int | None, str]
) -> None:
    statements, seq, what = tampering
    for statement in statements.split(";"):
        await intruder.execute(text(statement.replace(":", r"\:")))
    problems = (await AuditLog(intruder).verify("acme")).problems
    assert any(what in problem.what and seq in (None, problem.seq) for problem in problems), problems
    assert seq in (None, problems[0].seq)


async def test_an_erased_value_leaves_the_chain_sound(intruder: AsyncSession) -> None:
    log = AuditLog(intruder)
    before = await log.verify("acme")
    await log.erase("acme", 1, "input")
    after = await log.verify("acme")
    assert after.sound
    assert (after.erased, after.values, after.head) == (1, before.values - 1, before.head)


async def test_the_application_may_erase(engine: Engine) -> None:
    await engine.start()
    async with engine.database.unit_of_work("acme") as unit:
        await unit.audit_log.erase("acme", 1, "input")
        with pytest.raises(NotFound, match="entry 1 has no value 'nothing'"):
            await unit.audit_log.erase("acme", 1, "nothing")
    checked = await engine.verification()
    assert (checked.sound, checked.erased) == (True, 1)


async def test_a_transaction_that_fails_leaves_no_gap(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        await write(engine.database, "acme", lambda: 1 // 0)
    await write(engine.database, "acme", lambda: 1)
    checked = await engine.verification()
    assert (checked.sound, checked.entries) == (True, 1)


async def write(database: Database, tenant: str, value: Callable[[], int]) -> None:
    async with database.unit_of_work(tenant) as unit:
        unit.record(tenant, AuditRecord(kind="test.written", actor="test", values={"value": 1}))
        value()


async def test_entries_of_two_tenants_in_one_transaction_cannot_deadlock(engine: Engine) -> None:
    await populate(engine.database, "bolt")

    async def both(first: str, second: str) -> None:
        async with engine.database.unit_of_work("acme", "bolt") as unit:
            unit.record(first, AuditRecord(kind="test.written", actor="test"))
            unit.record(second, AuditRecord(kind="test.written", actor="test"))

    async with asyncio.timeout(timedelta(seconds=30).total_seconds()):
        await asyncio.gather(*(both("acme", "bolt") for _ in range(10)), *(both("bolt", "acme") for _ in range(10)))
    assert [(await engine.verification(tenant)).entries for tenant in ("acme", "bolt")] == [20, 20]


def test_three_processes_write_two_gap_free_chains(own_database: TestDatabase) -> None:
    asyncio.run(tenants_of(own_database.app_url))
    command = [sys.executable, "-m", "tests.support.audit_writer", own_database.app_url, str(ENTRIES)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(PROCESSES)]
    assert [writer.wait(timeout=50) for writer in writers] == [0] * PROCESSES
    results = asyncio.run(verified(own_database.app_url))
    assert results == [(True, PROCESSES * ENTRIES), (True, PROCESSES * ENTRIES)]


async def tenants_of(url: str) -> None:
    database = Database(url, clock=utc_now)
    for tenant in ("acme", "bolt"):
        await populate(database, tenant)
    await database.close()


async def verified(url: str) -> list[tuple[bool, int]]:
    database = Database(url, clock=utc_now)
    found = []
    for tenant in ("acme", "bolt"):
        async with database.unit_of_work(tenant, snapshot=True) as unit:
            checked = await unit.audit_log.verify(tenant)
        found.append((checked.sound, checked.entries))
    await database.close()
    return found

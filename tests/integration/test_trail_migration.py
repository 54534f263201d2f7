"""Migrations 0007 and 0038: a trail written before is stored otherwise afterwards, and is the same trail."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from graphs.store.audit_export import AuditExport
from graphs.store.database import Database
from graphs.store.databases import sqlalchemy_url
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import alembic_config, migrate, upgrade_tables
from graphs.store.security import ROLES
from tests.conftest import TestDatabase, clone
from tests.golden import rows
from tests.golden.record import FOLDER, SUFFIX
from tools.clock import utc_now

RECORDED = FOLDER / "toy@1" / f"approved.journal{SUFFIX}"


@pytest.fixture
def trail() -> dict[str, list[dict[str, Any]]]:
    """Rows of the trail as revision 0006 stored them."""
    recording = json.loads(lzma.decompress(RECORDED.read_bytes()))
    entries = sorted(recording["trail"]["audit_entries"], key=lambda row: int(row["seq"]))
    last = entries[-1]
    return {
        "audit_heads": [{"tenant": "acme", "seq": last["seq"], "hash": last["hash"]}],
        "audit_entries": entries,
        "audit_values": recording["trail"]["audit_values"],
    }


@pytest.fixture
def earlier(server: EmbeddedPostgres, trail: dict[str, list[dict[str, Any]]]) -> Iterator[TestDatabase]:
    """A database of revision 0006 that holds the trail."""
    with clone(server, "template1") as database:
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute(ROLES)
        upgrade_tables(database.owner_url, "0006")
        rows.load(database.owner_url, trail)
        yield database


async def test_a_trail_that_was_written_before_still_verifies(
    earlier: TestDatabase, trail: dict[str, list[dict[str, Any]]]
) -> None:
    migrate(earlier.owner_url)
    database = Database(earlier.app_url, clock=utc_now)
    async with database.unit_of_work("acme", snapshot=True) as unit:
        verification = await unit.audit_log.verify("acme")
    await database.close()
    assert (verification.problems, verification.entries) == ((), len(trail["audit_entries"]))
    assert verification.head == trail["audit_heads"][0]["hash"]


async def test_each_entry_still_says_what_it_follows(
    earlier: TestDatabase, trail: dict[str, list[dict[str, Any]]]
) -> None:
    migrate(earlier.owner_url)
    case_id = next(row["case_id"] for row in trail["audit_entries"] if row["case_id"])
    written = [row for row in trail["audit_entries"] if row["case_id"] == case_id]
    database = Database(earlier.app_url, clock=utc_now)
    async with database.unit_of_work("acme") as unit:
        found = await unit.audit_log.entries_of_case(case_id)
    await database.close()
    assert [(e.seq, e.previous_hash, e.hash, dict(e.commitments)) for e in found] == [
        (row["seq"], row["previous_hash"], row["hash"], row["commitments"]) for row in written
    ]


async def test_values_have_their_salts_beside_them_and_an_erased_one_stays_erased(
    earlier: TestDatabase, trail: dict[str, list[dict[str, Any]]]
) -> None:
    first, *rest = written_values(trail)
    numbers = [row["seq"] for row in trail["audit_entries"]]
    erase_by_hand(earlier, seq=first[0], name=first[1])
    migrate(earlier.owner_url)
    database = Database(earlier.app_url, clock=utc_now)
    async with database.unit_of_work("acme", snapshot=True) as unit:
        found = [
            (value.seq, value.name, value.salt, value.value)
            for entry in await AuditExport(unit.session).entries("acme", numbers, valued=numbers)
            for value in entry.values
        ]
        verification = await unit.audit_log.verify("acme")
    await database.close()
    assert sorted(found, key=str) == sorted([(*first[:2], None, None), *rest], key=str)
    assert (verification.problems, verification.erased, verification.values) == ((), 1, len(rest))


async def test_a_value_that_was_written_before_can_be_erased_afterwards(
    earlier: TestDatabase, trail: dict[str, list[dict[str, Any]]]
) -> None:
    seq, name, salt, _ = written_values(trail)[-1]
    migrate(earlier.owner_url)
    database = Database(earlier.app_url, clock=utc_now)
    async with database.unit_of_work("acme") as unit:
        await unit.audit_log.erase("acme", seq, name)
    async with database.unit_of_work("acme", snapshot=True) as unit:
        verification = await unit.audit_log.verify("acme")
    await database.close()
    assert (verification.problems, verification.erased) == ((), 1)
    with psycopg.connect(earlier.owner_url) as owner:
        row = owner.execute("SELECT encode(salts, 'hex') FROM audit_values WHERE seq = %s", (seq,)).fetchone()
    assert row is not None
    assert salt not in row[0]


def test_the_way_back_gives_each_value_its_salt_again(
    earlier: TestDatabase, trail: dict[str, list[dict[str, Any]]]
) -> None:
    seq, name, *_ = written_values(trail)[0]
    erase_by_hand(earlier, seq=seq, name=name)
    migrate(earlier.owner_url)
    engine = create_engine(sqlalchemy_url(earlier.owner_url), poolclass=NullPool)
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0037")
    engine.dispose()
    with psycopg.connect(earlier.owner_url) as owner:
        found = dict(owner.execute("SELECT seq, content FROM audit_values").fetchall())
    before = {row["seq"]: row["content"] for row in trail["audit_values"]}
    assert found == {**before, seq: {**before[seq], name: {"salt": None, "value": None}}}


def written_values(trail: dict[str, list[dict[str, Any]]]) -> list[tuple[int, str, str, Any]]:
    """(entry, name, salt, value) of every value of the recorded trail."""
    rows = sorted(trail["audit_values"], key=lambda row: int(row["seq"]))
    return [(row["seq"], name, item["salt"], item["value"]) for row in rows for name, item in row["content"].items()]


def erase_by_hand(database: TestDatabase, *, seq: int, name: str) -> None:
    """Erase a value as revision 0006 stored it."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            """UPDATE audit_values SET content = jsonb_set(content, ARRAY[%s], '{"salt": null, "value": null}')
            WHERE seq = %s""",
            (name, seq),
        )

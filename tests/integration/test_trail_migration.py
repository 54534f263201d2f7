"""Migration 0007: a trail that was written before is stored otherwise afterwards, and is the same trail."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate, upgrade_tables
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

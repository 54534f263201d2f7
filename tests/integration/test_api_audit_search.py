"""Searching and checking the trail over HTTP."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from graphs.store import audit_search
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.dossiers import verify
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook
from tests.support.trail import checkpointer


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


async def searched(engine: Engine, login: str = "sven", tenant: str = "acme", **asked: Any) -> dict[str, Any]:
    async with caller(engine, login, tenant=tenant) as client:
        answer = await client.get("/audit/entries", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(page: dict[str, Any]) -> list[int]:
    return [entry["seq"] for entry in page["entries"]]


async def test_the_newest_entries_come_first_and_pages_follow_without_a_gap(engine: Engine) -> None:
    await engine.advance((await engine.start()).case.id)
    whole = await searched(engine)
    first = await searched(engine, limit=3)
    rest = await searched(engine, limit=200, cursor=first["next"])
    assert numbers(whole) == list(range(numbers(whole)[0], 0, -1))
    assert numbers(first) + numbers(rest) == numbers(whole)
    assert (rest["next"], rest["looked_to"]) == (None, 1)


async def test_it_is_searched_by_kind_and_noun_and_case_and_person(engine: Engine) -> None:
    one, other = (await engine.start()).case.id, (await engine.start()).case.id
    await engine.advance(one)
    started = await searched(engine, kind="case.started")
    cases = await searched(engine, kind="case")
    of_one = await searched(engine, case=one)
    by_name = await searched(engine, by="clara")
    nobody = await searched(engine, by="nobody at all")
    assert {entry["case"] for entry in started["entries"]} == {one, other}
    assert {entry["kind"] for entry in cases["entries"]} == {"case.started", "case.ended"}
    assert {entry["case"] for entry in of_one["entries"]} == {one}
    assert {entry["actor"] for entry in by_name["entries"]} == {"acme-clara"}
    assert by_name["entries"][0]["actor_name"] != ""
    assert nobody["entries"] == []


async def test_words_are_found_in_values_and_never_in_their_salts(engine: Engine, own_database: TestDatabase) -> None:
    await engine.advance((await engine.start()).case.id)
    ended = await searched(engine, words="WRITTEN")
    with psycopg.connect(own_database.owner_url) as owner:
        row = owner.execute("SELECT encode(salts, 'hex') FROM audit_values ORDER BY seq LIMIT 1").fetchone()
    assert row is not None
    salt = row[0][:32]
    assert "case.ended" in {entry["kind"] for entry in ended["entries"]}
    assert (await searched(engine, words=salt))["entries"] == []
    assert (await searched(engine, words='100%"_'))["entries"] == []


async def test_a_period_is_found_by_halving_and_its_ends_are_exact(engine: Engine) -> None:
    await engine.advance((await engine.start()).case.id)
    whole = (await searched(engine))["entries"]
    third = whole[-3]
    since = await searched(engine, **{"from": third["at"]})
    until = await searched(engine, to=third["at"])
    later = datetime.fromisoformat(whole[0]["at"]) + timedelta(days=1)
    assert third["seq"] in numbers(since)
    assert third["seq"] not in numbers(until)
    assert sorted(numbers(since) + numbers(until)) == sorted(entry["seq"] for entry in whole)
    assert (await searched(engine, **{"from": later.isoformat()}))["entries"] == []


async def test_a_search_reads_one_stretch_and_says_how_far_it_looked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_search, "STRETCH", 4)
    await engine.advance((await engine.start()).case.id)
    end = numbers(await searched(engine))[0]
    page = await searched(engine, kind="case.started")
    assert (page["entries"], page["looked_to"], page["next"]) == ([], end - 3, end - 3)
    seen = []
    while page["next"] is not None:
        page = await searched(engine, kind="case.started", cursor=page["next"])
        seen += numbers(page)
    assert seen == [1]


async def test_who_may_not_read_the_trail_finds_nothing_and_no_other_tenant_is_seen(engine: Engine) -> None:
    case = (await engine.start()).case.id
    await populate(engine.database, "bolt")
    async with caller(engine, "clara") as clara:
        refused = [
            await clara.get(path) for path in ("/audit/entries", "/audit/verify/progress", f"/cases/{case}/dossier")
        ]
    assert [answer.json()["code"] for answer in refused] == ["permission_missing"] * 3
    assert (await searched(engine, tenant="bolt"))["entries"] == []
    assert (await searched(engine, tenant="bolt", case=case))["entries"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "Task"},
        {"kind": "a.b.c"},
        {"case": "x"},
        {"cursor": 0},
        {"cursor": 2**63},
        {"from": "2026-11-01T00:00:00"},
        {"words": "a\0b"},
        {"by": "x" * 201},
    ],
)
async def test_what_cannot_be_asked_is_refused(engine: Engine, asked: dict[str, Any]) -> None:
    async with caller(engine, "sven") as sven:
        answer = await sven.get("/audit/entries", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def checked(engine: Engine) -> list[dict[str, Any]]:
    async with caller(engine, "sven") as sven:
        answer = await sven.get("/audit/verify/progress")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_check_says_how_far_it_is_and_holds_the_signed_head_against_the_entries(
    engine: Engine, own_database: TestDatabase, tmp_path: Path
) -> None:
    await engine.advance((await engine.start()).case.id)
    unsigned = (await checked(engine))[-1]["result"]
    engine.checkpointer = checkpointer(engine.database, tmp_path / "outside")
    await engine.checkpointer.cover("acme")
    covered = unsigned["chain"]["entries"]
    await engine.start()
    first, *_, last = await checked(engine)
    assert unsigned["head"] is None
    assert first == {"progress": {"entry": 0, "of": last["result"]["chain"]["entries"]}}
    assert (last["result"]["sound"], last["result"]["head"]["size"], last["result"]["head"]["problem"]) == (
        True,
        covered,
        "",
    )
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE audit_entries SET hash = %s WHERE seq = 1", (b"\x01" * 32,))
    rewritten = (await checked(engine))[-1]["result"]
    assert rewritten["sound"] is False
    assert "not those that were signed" in rewritten["head"]["problem"]


async def test_a_cases_dossier_is_a_zip_under_its_name_that_verifies(engine: Engine, tmp_path: Path) -> None:
    engine.checkpointer = checkpointer(engine.database, tmp_path / "outside")
    case = (await engine.start()).case.id
    await engine.advance(case)
    async with caller(engine, "sven") as sven:
        sent = await sven.get(f"/cases/{case}/dossier", params={"whole": True})
        note = (await sven.get("/audit/key")).json()["checkpoint"]
        missing = await sven.get("/cases/00000000-0000-4000-8000-000000000000/dossier")
    assert sent.headers["content-disposition"] == f'attachment; filename="dossier-{case}.zip"'
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        archive.extractall(tmp_path / "d")
    assert verify(tmp_path / "d", note).problems == []

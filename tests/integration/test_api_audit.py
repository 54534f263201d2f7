"""The audit trail and the event stream over HTTP."""

from __future__ import annotations

import asyncio
import io
import uuid
import zipfile
from pathlib import Path

import psycopg
import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller, events_of
from tests.support.dossiers import KEY, verify
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook
from tests.support.trail import checkpointer


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


async def test_an_auditor_reads_a_cases_trail(engine: Engine) -> None:
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        trail = await sven.get(f"/cases/{case_id}/audit")
        refused = await clara.get(f"/cases/{case_id}/audit")
    entries = trail.json()["entries"]
    assert entries[0]["kind"] == "case.started"
    assert entries[-1]["kind"] == "case.ended"
    assert entries[-1]["values"]["end"] == {"status": "done", "outcome": "written"}
    assert refused.status_code == 403


async def test_a_sound_chain_is_sound_and_an_edited_one_is_not(engine: Engine, own_database: TestDatabase) -> None:
    await engine.advance((await engine.start()).case.id)
    async with caller(engine, "sven") as sven:
        sound = (await sven.get("/audit/verify")).json()
        with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute("SET row_security = off")
            owner.execute("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 2")
        edited = (await sven.get("/audit/verify")).json()
    assert (sound["sound"], sound["problems"]) == (True, [])
    assert edited["sound"] is False
    assert edited["problems"][0] == {"seq": 2, "what": "was changed after it was written"}


async def test_a_dossier_is_sent_as_a_zip(engine: Engine, tmp_path: Path) -> None:
    engine.checkpointer = checkpointer(engine.database, tmp_path / "outside")
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    async with caller(engine, "sven") as sven:
        before = (await sven.get("/audit/key")).json()
        sent = await sven.get("/audit/export", params={"case": case_id, "known": [1]})
        after = (await sven.get("/audit/key")).json()
    assert (before["key"], before["checkpoint"]) == (KEY, None)
    assert after["checkpoint"].splitlines()[:2] == [before["origin"], "8"]
    assert sent.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        archive.extractall(tmp_path / "d")
    assert verify(tmp_path / "d", after["checkpoint"]).problems == []


@pytest.mark.parametrize(
    ("login", "asked", "status", "code"),
    [
        ("clara", {"case": "00000000-0000-4000-8000-000000000000"}, 403, "permission_missing"),
        ("sven", {"case": "00000000-0000-4000-8000-000000000000"}, 404, "not_found"),
        ("sven", {"case": "../x"}, 422, "invalid_request"),
        ("sven", {}, 422, "invalid"),
        ("sven", {"from": "2026-11-01T00:00:00", "to": "2026-11-02T00:00:00"}, 422, "invalid"),
        ("sven", {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, 422, "invalid"),
        ("sven", {"from": "2026-11-01T00:00:00Z"}, 422, "invalid"),
    ],
)
async def test_a_dossier_that_cannot_be_made_is_a_problem(
    engine: Engine, tmp_path: Path, login: str, asked: dict[str, str], status: int, code: str
) -> None:
    engine.checkpointer = checkpointer(engine.database, tmp_path)
    async with caller(engine, login) as client:
        answered = await client.get("/audit/export", params=asked)
    assert (answered.status_code, answered.json()["code"]) == (status, code)


async def test_without_a_key_nothing_is_exported(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        key, sent = await sven.get("/audit/key"), await sven.get("/audit/export", params={"case": str(uuid.uuid4())})
    assert {(answer.status_code, answer.json()["code"]) for answer in (key, sent)} == {(409, "trail_not_signed")}


async def test_events_come_in_order_and_end_with_the_case(engine: Engine) -> None:
    case_id = (await engine.start()).case.id
    async with caller(engine) as clara:
        stream = asyncio.create_task(clara.get(f"/cases/{case_id}/events"))
        await engine.advance(case_id)
        response = await stream
    events = events_of(response.text)
    ids = [int(event["id"]) for event in events]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert (events[0]["event"], events[-1]["event"]) == ("case.started", "case.ended")
    assert ids == sorted(set(ids))
    assert all(event["data"]["seq"] == int(event["id"]) for event in events)
    assert {event["data"]["case"] for event in events} == {case_id}


async def test_a_stream_goes_on_behind_the_last_event_seen(engine: Engine) -> None:
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    async with caller(engine) as clara:
        whole = events_of((await clara.get(f"/cases/{case_id}/events")).text)
        seen = whole[2]["id"]
        rest = events_of((await clara.get(f"/cases/{case_id}/events", headers={"Last-Event-ID": seen})).text)
        nothing = await clara.get(f"/cases/{case_id}/events", headers={"Last-Event-ID": whole[-1]["id"]})
    assert rest == whole[3:]
    assert events_of(nothing.text) == []


@pytest.mark.parametrize("seen", ["-1", "x", "9223372036854775808"])
async def test_a_last_event_that_is_none_is_refused(engine: Engine, seen: str) -> None:
    case_id = (await engine.start()).case.id
    async with caller(engine) as clara:
        response = await clara.get(f"/cases/{case_id}/events", headers={"Last-Event-ID": seen})
    assert response.status_code == 422


async def test_openapi_describes_every_path_and_asks_for_a_key(engine: Engine) -> None:
    async with caller(engine, None) as nobody:
        document = (await nobody.get("/openapi.json")).json()
    described = [operation["description"] for path in document["paths"].values() for operation in path.values()]
    assert len(described) == 236
    assert document["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["Session"]["name"] == "__Host-interlock"
    assert document["paths"]["/cases"]["get"]["security"] == [{"ApiKey": []}, {"Session": []}]
    assert "multipart/form-data" in document["paths"]["/cases"]["post"]["requestBody"]["content"]

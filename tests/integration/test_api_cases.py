"""Cases over HTTP: every accepted trigger has exactly one case."""

from __future__ import annotations

import asyncio

import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller, key_of
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

TOY = {"process": "toy", "input": {"subject": "a note"}}
KEY = {"Idempotency-Key": "delivery-1"}


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


async def test_a_new_trigger_starts_a_case_in_the_name_of_the_keys_user(engine: Engine) -> None:
    async with caller(engine) as clara:
        response = await clara.post("/cases", json=TOY, headers=KEY)
    started = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/cases/{started['case']['id']}"
    assert started["created"] is True
    assert started["case"]["created_by"] == "acme-clara"
    assert started["case"]["process"] == "toy@1"
    assert started["case"]["status"] == "running"


async def test_the_same_key_and_body_is_the_same_case(engine: Engine) -> None:
    async with caller(engine) as clara:
        first = await clara.post("/cases", json=TOY, headers=KEY)
        second = await clara.post("/cases", json=TOY, headers=KEY)
    assert second.status_code == 200
    assert second.json()["created"] is False
    assert second.json()["case"]["id"] == first.json()["case"]["id"]


async def test_the_same_key_with_another_body_is_refused(engine: Engine) -> None:
    async with caller(engine) as clara:
        await clara.post("/cases", json=TOY, headers=KEY)
        other = await clara.post("/cases", json={"process": "toy", "input": {"subject": "b"}}, headers=KEY)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"


async def test_twenty_deliveries_at_once_make_one_case(engine: Engine) -> None:
    async with caller(engine) as clara:
        responses = await asyncio.gather(*(clara.post("/cases", json=TOY, headers=KEY) for _ in range(20)))
    assert sorted(response.status_code for response in responses) == [200] * 19 + [201]
    assert len({response.json()["case"]["id"] for response in responses}) == 1


async def test_without_a_key_every_json_trigger_is_a_case_of_its_own(engine: Engine) -> None:
    async with caller(engine) as clara:
        first, second = await clara.post("/cases", json=TOY), await clara.post("/cases", json=TOY)
    assert first.json()["case"]["id"] != second.json()["case"]["id"]


async def test_a_key_belongs_to_a_tenant(engine: Engine, database: Database) -> None:
    await populate(database, "bolt")
    async with caller(engine) as clara, caller(engine, tenant="bolt") as other:
        first = await clara.post("/cases", json=TOY, headers=KEY)
        second = await other.post("/cases", json=TOY, headers=KEY)
    assert second.status_code == 201
    assert first.json()["case"]["id"] != second.json()["case"]["id"]


async def test_cases_are_listed_newest_first_and_page_by_page(engine: Engine) -> None:
    async with caller(engine) as clara:
        ids = [(await clara.post("/cases", json=TOY)).json()["case"]["id"] for _ in range(5)]
        first = (await clara.get("/cases", params={"limit": 2})).json()
        second = (await clara.get("/cases", params={"limit": 2, "cursor": first["next"]})).json()
        third = (await clara.get("/cases", params={"limit": 2, "cursor": second["next"]})).json()
    shown = [case["id"] for page in (first, second, third) for case in page["cases"]]
    assert shown == list(reversed(ids))
    assert third["next"] is None


async def test_cases_are_listed_by_status(engine: Engine) -> None:
    async with caller(engine) as clara:
        done = (await clara.post("/cases", json=TOY)).json()["case"]["id"]
        running = (await clara.post("/cases", json=TOY)).json()["case"]["id"]
        await engine.advance(done)
        page = (await clara.get("/cases", params={"status": "running"})).json()
    assert [case["id"] for case in page["cases"]] == [running]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0wMS0wMQ==", "MjAyNi0wMS0wMXwA"])
async def test_a_cursor_that_is_none_is_refused(engine: Engine, cursor: str) -> None:
    async with caller(engine) as clara:
        response = await clara.get("/cases", params={"cursor": cursor})
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_cursor"


async def test_a_case_is_shown_with_its_steps_and_effects(engine: Engine) -> None:
    async with caller(engine) as clara:
        case_id = (await clara.post("/cases", json=TOY)).json()["case"]["id"]
        await engine.advance(case_id)
        case = (await clara.get(f"/cases/{case_id}")).json()
    assert (case["status"], case["outcome"]) == ("done", "written")
    assert [step["name"] for step in case["steps"]] == ["look_up", "check", "propose", "write", "done"]
    assert [(effect["tool"], effect["status"]) for effect in case["effects"]] == [("toy.write", "confirmed")]
    assert case["tasks"] == []
    assert case["incidents"] == []


async def test_another_tenants_case_does_not_exist(engine: Engine, database: Database) -> None:
    await populate(database, "bolt")
    case_id = (await engine.start()).case.id
    async with caller(engine, "sven", tenant="bolt") as other:
        answers = [await other.get(f"/cases/{case_id}{part}") for part in ("", "/events", "/audit")]
        listed = await other.get("/cases")
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.json()["code"] for answer in answers} == {"not_found"}
    assert listed.json()["cases"] == []


async def test_who_may_not_start_a_case_is_refused(engine: Engine) -> None:
    async with caller(engine, "anton") as anton:
        response = await anton.post("/cases", json=TOY)
    assert response.status_code == 403
    assert response.json()["code"] == "permission_missing"


async def test_the_key_may_also_come_as_x_api_key(engine: Engine) -> None:
    async with caller(engine, None) as nobody:
        response = await nobody.get("/cases", headers={"X-API-Key": key_of("clara")})
    assert response.status_code == 200


async def test_the_processes_are_listed_with_their_steps(engine: Engine) -> None:
    async with caller(engine) as clara:
        processes = (await clara.get("/processes")).json()["processes"]
    assert [(process["name"], process["version"]) for process in processes] == [("toy", 1)]
    assert {"name": "write", "kind": "effect", "stage": "write", "destinations": ["done", "propose"]} in processes[0][
        "steps"
    ]


async def test_the_server_is_alive_but_not_ready_without_a_worker(engine: Engine) -> None:
    async with caller(engine, None) as nobody:
        health, ready = await nobody.get("/health"), await nobody.get("/ready")
    assert (health.status_code, health.json()) == (200, {"status": "ok", "model": "unset", "embeddings": "unset"})
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "database": True, "worker": False})

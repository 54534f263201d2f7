"""Every error is a problem (RFC 9457), and hostile requests are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from graphs.store.database import Database
from graphs.store.people_tables import ApiKey, User
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook, toy_definition
from tools.clock import utc_now

JSON = {"Content-Type": "application/json"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", f"/cases/{UNKNOWN}", 404, "not_found"),
        ("GET", f"/tasks/{UNKNOWN}", 404, "not_found"),
        ("POST", f"/incidents/{UNKNOWN}/retry", 403, "permission_missing"),
        ("DELETE", "/cases", 405, "method_not_allowed"),
        ("GET", "/cases/not-an-id", 422, "invalid_request"),
        ("GET", "/cases/%00", 422, "invalid_request"),
        ("GET", "/cases?limit=0", 422, "invalid_request"),
        ("GET", "/cases?limit=201", 422, "invalid_request"),
        ("GET", "/cases?status=lost", 422, "invalid_request"),
        ("GET", "/audit/verify", 403, "permission_missing"),
    ],
)
async def test_an_error_is_a_problem_with_a_stable_code(
    engine: Engine, method: str, path: str, status: int, code: str
) -> None:
    async with caller(engine) as clara:
        response = await clara.request(method, path)
    problem = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"urn:interlock:problem:{code}")
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"].startswith("/")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic a2V5"},
        {"Authorization": f"Bearer {'x' * 5000}"},
        {"X-API-Key": "' OR 1=1 --"},
    ],
)
async def test_without_a_known_key_nothing_is_told(engine: Engine, headers: dict[str, str]) -> None:
    async with caller(engine, None) as nobody:
        answers = [await nobody.get(path, headers=headers) for path in ("/cases", "/processes", "/nothing")]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert answers[0].json()["code"] == "unauthenticated"
    assert answers[0].headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_key_and_an_inactive_user_are_refused(engine: Engine, database: Database) -> None:
    async with database.unit_of_work("acme") as unit:
        revoke = update(ApiKey).where(col(ApiKey.user_id) == "acme-clara").values(revoked_at=utc_now())
        await unit.session.execute(revoke)
        await unit.session.execute(update(User).where(col(User.id) == "acme-anton").values(active=False))
    async with caller(engine, "clara") as clara, caller(engine, "anton") as anton:
        assert (await clara.get("/cases")).status_code == 401
        assert (await anton.get("/cases")).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b"\xff", 400, "malformed_json"),
        (b'{"process": "toy", "process": "toy", "input": {}}', 400, "duplicate_json_key"),
        (b'{"process": "toy", "input": {"subject": NaN}}', 400, "json_number_refused"),
        (b'{"process": "toy", "input": {"subject": 1e400}}', 400, "json_number_refused"),
        (b'{"process": "toy", "input": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "json_too_deep"),
        (b'{"process": "toy", "input": {"subject": "' + b"x" * 1024 * 1024 + b'"}}', 413, "json_too_large"),
        (b"[]", 422, "invalid_request"),
        (b'"toy"', 422, "invalid_request"),
        (b'{"process": "toy"}', 422, "invalid_request"),
        (b'{"process": 7, "input": {}}', 422, "invalid_request"),
        (b'{"process": "toy", "input": {}, "actor": "acme-berta"}', 422, "invalid_request"),
        (b'{"process": "toy", "input": {"subject": "\\u0000"}}', 422, "invalid_request"),
        (b'{"process": "toy", "input": {"subject": "\\ud800"}}', 422, "invalid_request"),
        (b'{"process": "toy", "input": {"\\u0000": "a"}}', 422, "invalid_request"),
        (b'{"process": "nothing", "input": {}}', 422, "invalid"),
        (b'{"process": "toy", "input": {}}', 422, "invalid"),
    ],
)
async def test_a_hostile_body_is_refused_by_name(engine: Engine, body: bytes, status: int, code: str) -> None:
    async with caller(engine) as clara:
        response = await clara.post("/cases", content=body, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_fraction_stays_exact(engine: Engine) -> None:
    body = b'{"process": "toy", "input": {"subject": "a", "amount": 0.10000000000000000001}}'
    async with caller(engine) as clara:
        started = await clara.post("/cases", content=body, headers=JSON)
        case = await clara.get(f"/cases/{started.json()['case']['id']}")
    assert case.json()["input"]["amount"] == "0.10000000000000000001"


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
async def test_another_media_type_is_refused(engine: Engine, media_type: str) -> None:
    async with caller(engine) as clara:
        response = await clara.post("/cases", content=b"{}", headers={"Content-Type": media_type})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("key", ["", "k" * 201, "two words", "umlaut-ü"])
async def test_an_idempotency_key_is_visible_ascii_up_to_200(engine: Engine, key: str) -> None:
    body = {"process": "toy", "input": {"subject": "a"}}
    async with caller(engine) as clara:
        refused = await clara.post("/cases", json=body, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
        taken = await clara.post("/cases", json=body, headers={"Idempotency-Key": "k" * 200})
    assert refused.status_code == 422
    assert taken.status_code == 201


async def test_a_fault_of_ours_tells_no_details(engine: Engine) -> None:
    def broken(_body: Mapping[str, Any]) -> None:
        raise RuntimeError("the secret of acme")

    engine.definitions = (replace(toy_definition(), check_input=broken),)
    async with caller(engine) as clara:
        response = await clara.post("/cases", json={"process": "toy", "input": {}})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "secret" not in response.text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
async def test_whatever_is_sent_is_never_a_fault_of_ours(engine: Engine, body: bytes) -> None:
    async with caller(engine) as clara:
        response = await clara.post("/cases", content=body, headers=JSON)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"

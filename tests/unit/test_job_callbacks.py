"""Callbacks of jobs: only a genuine one of this time is read, and one that is refused leaves nothing behind."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.connector_watch import ConnectorWatch
from api.connectors import Connectors
from graphs.process import ProcessRegistry
from graphs.runtime.services import Services
from graphs.store.database import Database
from tests.support.api import BASE_URL
from tests.support.engine import SEAL
from tests.support.job_process import ROBOTS, context, job_settings, opened
from tests.support.job_server import SECRET
from tools.callback import CallbackForged, CallbackMalformed, CallbackUnverifiable
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.connector import Standing
from tools.jobs.callbacks import read_callback, verify
from tools.jobs.connector import JobsConnector
from tools.testing.job_server import Caller

OTHER = "whsec_" + base64.b64encode(b"some other key of a stranger....").decode()
DONE = {"type": "job.finished", "data": {"job": "job-1", "key": "k", "type": "fast", "state": "succeeded"}}
BODY = json.dumps(DONE)


FRESH = timedelta(0)


def signed(
    body: str = BODY, *, secret: str = SECRET, message_id: str = "m-1", age: timedelta = timedelta(0)
) -> dict[str, str]:
    return Caller(secret).headers(message_id, body, at=datetime.now(UTC) - age)


def accepted(headers: dict[str, str], body: str = BODY, *secrets: str) -> str:
    return verify([SecretStr(secret) for secret in secrets or (SECRET,)], headers, body.encode())


def test_a_genuine_callback_is_the_message_of_its_job() -> None:
    callback = read_callback(ROBOTS, accepted(signed()), BODY.encode(), deliver_as="intake")
    assert callback is not None
    assert (callback.message, callback.key, callback.message_id) == ("job.finished", "robots/job-1", "m-1")
    assert callback.payload["state"] == "succeeded"
    assert "key" not in callback.payload


def test_a_secret_is_changed_without_a_gap() -> None:
    assert accepted(signed(secret=OTHER), BODY, SECRET, OTHER) == "m-1"


def test_a_callback_may_carry_the_signatures_of_both_secrets() -> None:
    at = datetime.now(UTC)
    other, genuine = (Caller(secret).headers("m-1", BODY, at=at) for secret in (OTHER, SECRET))
    both = f"{other['webhook-signature']} {genuine['webhook-signature']}"
    assert accepted({**genuine, "webhook-signature": both}) == "m-1"


FORGED: dict[str, dict[str, Any]] = {
    "by another secret": {"headers": signed(secret=OTHER)},
    "for another body": {"body": BODY.replace("succeeded", "failed")},
    "under another id": {"headers": {**signed(), "webhook-id": "m-2"}},
    "at another time": {"headers": {**signed(), "webhook-timestamp": str(int(datetime.now(UTC).timestamp()) + 1)}},
    "too old": {"headers": signed(age=timedelta(minutes=5, seconds=2))},
    "too new": {"headers": signed(age=-timedelta(minutes=20))},
    "without an id": {"headers": {**signed(), "webhook-id": ""}},
    "with an id that is too long": {"headers": signed(message_id="m" * 151)},
    "without a signature": {"headers": {**signed(), "webhook-signature": ""}},
    "with half a signature": {"headers": {**signed(), "webhook-signature": "v1"}},
    "with an asymmetric one": {"headers": {**signed(), "webhook-signature": "v1a,AAAA"}},
    "with no base64": {"headers": {**signed(), "webhook-signature": "v1,ä?"}},
    "with time in words": {"headers": {**signed(), "webhook-timestamp": "now"}},
    "with time without end": {"headers": {**signed(), "webhook-timestamp": "inf"}},
    "with nothing": {"headers": {}},
}


@pytest.mark.parametrize("how", FORGED)
def test_what_is_not_genuine_is_refused(how: str) -> None:
    with pytest.raises(CallbackForged):
        accepted(FORGED[how].get("headers", signed()), FORGED[how].get("body", BODY))


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(CallbackForged):
        verify([SecretStr(SECRET)], signed(), b"\xff\xfe")


@pytest.mark.parametrize("age", [timedelta(minutes=4, seconds=50), -timedelta(minutes=4, seconds=50)])
def test_five_minutes_are_allowed_for(age: timedelta) -> None:
    assert accepted(signed(age=age)) == "m-1"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_a", ""])
def test_a_secret_that_cannot_sign_refuses_all(secret: str) -> None:
    with pytest.raises(CallbackUnverifiable):
        accepted(signed(), BODY, secret)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"type": "job.finished"}',
        '{"type": "job.finished", "type": "x", "data": {}}',
        json.dumps({**DONE, "data": {"job": "job-1"}}),
        BODY.replace("succeeded", "running"),
        BODY.replace("succeeded", "splendid"),
        BODY.replace("job-1", "job 1\\u0000"),
        "[" * 10_000,
    ],
)
def test_a_genuine_callback_of_another_form_is_refused_by_name(body: str) -> None:
    with pytest.raises(CallbackMalformed):
        read_callback(ROBOTS, "m-1", body.encode(), deliver_as="intake")


def test_a_callback_about_something_else_is_nothing() -> None:
    assert read_callback(ROBOTS, "m-1", b'{"type": "job.progress", "data": {}}', deliver_as="intake") is None


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    """The API over a database that nobody can reach: what is refused never came so far."""
    database = Database("postgresql://nobody@127.0.0.1:9/none", clock=utc_now)
    services = Services(
        database=database, catalogs=lambda tenant: Catalog(), rulebooks={}, registry=ProcessRegistry([]), seal=SEAL
    )
    connector = JobsConnector(ROBOTS, job_settings("http://robots.test", max_callback_bytes=500), context())
    watch = ConnectorWatch(connectors=Connectors(opened=(opened(connector),)))
    transport = httpx.ASGITransport(create_app(services, watch=watch), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client
    await connector.client.aclose()
    await database.close()


@pytest.mark.parametrize(
    ("path", "body", "age", "status", "code"),
    [
        ("/callbacks/robots", BODY, None, 401, "callback_forged"),
        ("/callbacks/robots", BODY, timedelta(hours=1), 401, "callback_forged"),
        ("/callbacks/robots", "{}", FRESH, 422, "callback_malformed"),
        ("/callbacks/robots", "x" * 501, FRESH, 413, "too_large"),
        ("/callbacks/others", BODY, FRESH, 404, "not_found"),
        ("/callbacks/Robots!", BODY, FRESH, 422, "invalid_request"),
        ("/callbacks/robots/x", BODY, FRESH, 401, "unauthenticated"),
        ("/callbacks/", BODY, FRESH, 401, "unauthenticated"),
    ],
)
async def test_a_refused_callback_is_answered_by_name_and_reaches_no_database(
    api: httpx.AsyncClient, path: str, body: str, age: timedelta | None, status: int, code: str
) -> None:
    """It is signed when the test runs, `age` ago; None leaves it unsigned."""
    answer = await api.post(path, content=body, headers={} if age is None else signed(body, age=age))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_only_a_post_is_taken_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.get("/callbacks/robots")).status_code == 401


async def test_a_callback_about_something_else_is_thanked_for(api: httpx.AsyncClient) -> None:
    body = '{"type": "job.progress", "data": {}}'
    answer = await api.post("/callbacks/robots", content=body, headers=signed(body))
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})


async def test_a_genuine_callback_without_a_database_is_to_be_sent_again(api: httpx.AsyncClient) -> None:
    answer = await api.post("/callbacks/robots", content=BODY, headers=signed())
    assert answer.status_code == 503


async def test_a_tool_that_does_not_answer_is_down_and_it_is_said_what_to_do() -> None:
    connector = JobsConnector(ROBOTS, job_settings("http://127.0.0.1:9"), context())
    health = await connector.check()
    assert (health.standing, "cannot be reached" in health.problem) == (Standing.DOWN, True)
    assert health.remedy.startswith("see whether the system runs")
    await connector.client.aclose()

"""Orders about cases, and messages to them, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.waiting import PAID, let_send, stand_at_wait, waiting_definition
from tools.errors import Permanent

UNKNOWN = "00000000-0000-4000-8000-000000000000"
REASON = {"reason": "because"}


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await grant(engine.database, "sven", "case.cancel", "case.suspend", "case.steer")
    return engine


async def failed(engine: Engine) -> str:
    engine.reader.faults = [Permanent("gone")]
    return (await engine.advance((await engine.start()).case.id)).id


async def post(engine: Engine, path: str, body: Any, *, login: str = "sven", **headers: str) -> tuple[int, Any]:
    async with caller(engine, login) as client:
        response = await client.post(path, json=body, headers=headers)
    return response.status_code, response.json()


def payment(**other: Any) -> dict[str, Any]:
    return {"name": PAID, "key": "INV-1", "message_id": "m-1", "payload": {"amount": 5}, **other}


async def test_a_case_is_suspended_resumed_and_cancelled(engine: Engine) -> None:
    case = (await engine.asking()).id
    answers = [
        await post(engine, f"/cases/{case}/suspend", REASON),
        await post(engine, f"/cases/{case}/resume", {}),
        await post(engine, f"/cases/{case}/cancel", REASON),
    ]
    assert [(code, shown["status"]) for code, shown in answers] == [
        (200, "suspended"),
        (200, "waiting"),
        (200, "cancelled"),
    ]
    assert answers[-1][1]["outcome"] == "because"


async def test_a_withdrawn_task_is_shown_with_its_case(engine: Engine) -> None:
    case = (await engine.asking()).id
    await post(engine, f"/cases/{case}/cancel", REASON)
    async with caller(engine, "sven") as sven:
        shown = (await sven.get(f"/cases/{case}")).json()
        listed = (await sven.get("/tasks", params={"status": "withdrawn"})).json()["tasks"]
    assert [task["status"] for task in shown["tasks"]] == ["withdrawn"]
    assert [task["case"] for task in listed] == [case]


async def test_a_stopped_case_goes_on_from_a_step(engine: Engine) -> None:
    case = await failed(engine)
    code, shown = await post(engine, f"/cases/{case}/retry", {"from_step": "look_up", **REASON})
    assert (code, shown["status"]) == (200, "running")


async def test_a_step_is_skipped_with_facts(engine: Engine) -> None:
    case = await failed(engine)
    body = {"step": "look_up", "facts": {"pages": 3, "colour": "red", "signed": True}, **REASON}
    assert (await post(engine, f"/cases/{case}/skip", body))[0] == 200


async def test_a_copy_is_made_once_for_a_key(engine: Engine) -> None:
    case, path = (await engine.asking()).id, "/cases/{}/fork"
    first = await post(engine, path.format(case), REASON, **{"Idempotency-Key": "k"})
    again = await post(engine, path.format(case), REASON, **{"Idempotency-Key": "k"})
    assert (first[0], first[1]["created"], first[1]["case"]["title"]) == (201, True, "Analysis: a note")
    assert (again[0], again[1]["created"], again[1]["case"]["id"]) == (200, False, first[1]["case"]["id"])


@pytest.mark.parametrize(
    ("order", "body", "status", "code"),
    [
        ("resume", {}, 409, "case_not_steerable"),
        ("retry", {"from_step": "approve", **REASON}, 409, "step_not_retryable"),
        ("retry", {"from_step": "nowhere", **REASON}, 422, "invalid"),
        ("skip", {"step": "check", **REASON}, 409, "case_not_at_step"),
        ("skip", {"step": "approve", **REASON}, 409, "step_not_skippable"),
        ("skip", {"step": "approve", "facts": {"a": 1.5}, **REASON}, 409, "step_not_skippable"),
        ("skip", {"step": "approve", "facts": {"a": []}, **REASON}, 422, "invalid_request"),
        ("fork", {"from_step": "write", **REASON}, 409, "step_not_retryable"),
        ("cancel", {}, 422, "invalid_request"),
        ("cancel", {"reason": " "}, 422, "invalid"),
        ("cancel", {"reason": "\x00"}, 422, "invalid_request"),
        ("cancel", {"why": "x", **REASON}, 422, "invalid_request"),
    ],
)
async def test_an_order_that_does_not_fit_is_a_named_problem(
    engine: Engine, order: str, body: Any, status: int, code: str
) -> None:
    answered, problem = await post(engine, f"/cases/{(await engine.asking()).id}/{order}", body)
    assert (answered, problem["code"]) == (status, code)


@pytest.mark.parametrize("order", ["cancel", "suspend", "resume", "retry", "skip", "fork"])
async def test_an_order_needs_its_right_and_a_case(engine: Engine, order: str) -> None:
    body = {"retry": {"from_step": "check"}, "skip": {"step": "check"}}.get(order, {})
    reason = {} if order == "resume" else REASON
    refused = await post(engine, f"/cases/{(await engine.asking()).id}/{order}", {**body, **reason}, login="clara")
    unknown = await post(engine, f"/cases/{UNKNOWN}/{order}", {**body, **reason})
    assert (refused[0], refused[1]["code"]) == (403, "permission_missing")
    assert (unknown[0], unknown[1]["code"]) == (404, "not_found")


async def test_a_message_is_received_once(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    waiting = await stand_at_wait(engine, "INV-1")
    first = await post(engine, "/messages", payment(), login="intake")
    again = await post(engine, "/messages", payment(), login="intake")
    other = await post(engine, "/messages", payment(payload={"amount": 6}), login="intake")
    assert (first[0], first[1]["case"], first[1]["created"]) == (201, waiting.case_id, True)
    assert (again[0], again[1]["id"], again[1]["created"]) == (200, first[1]["id"], False)
    assert (other[0], other[1]["code"]) == (409, "message_id_reused")


async def test_a_message_that_came_early_says_how_long_it_waits(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    code, kept = await post(engine, "/messages", payment(kept_for_seconds=3600), login="intake")
    assert (code, kept["case"]) == (201, None)
    assert kept["expires_at"] > kept["received_at"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "payment.lost"}, 422, "invalid"),
        ({"kept_for_seconds": 0}, 422, "invalid_request"),
        ({"payload": []}, 422, "invalid_request"),
        ({"message_id": ""}, 422, "invalid_request"),
    ],
)
async def test_a_message_nobody_can_receive_is_refused(
    engine: Engine, change: dict[str, Any], status: int, code: str
) -> None:
    engine.definitions = (waiting_definition(),)
    await let_send(engine)
    answered, problem = await post(engine, "/messages", payment(**change), login="intake")
    assert (answered, problem["code"]) == (status, code)


async def test_a_message_needs_its_right(engine: Engine) -> None:
    assert (await post(engine, "/messages", payment(), login="clara"))[0] == 403

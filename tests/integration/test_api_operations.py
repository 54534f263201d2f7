"""Groups of incidents and orders about them, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.store.operations import Operations
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.failing import carried, stopped, supervise
from tests.support.people import populate
from tools.errors import Permanent

UNKNOWN = "00000000-0000-4000-8000-000000000000"
REASON = {"reason": "the year is open again"}


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await supervise(engine)
    return engine


async def post(
    engine: Engine, path: str, body: Any, *, login: str = "sven", tenant: str = "acme"
) -> tuple[int, dict[str, Any]]:
    async with caller(engine, login, tenant=tenant) as client:
        answer = await client.post(path, json=body)
    return answer.status_code, answer.json()


async def get(
    engine: Engine, path: str, *, login: str = "sven", tenant: str = "acme", **query: Any
) -> tuple[int, dict[str, Any]]:
    async with caller(engine, login, tenant=tenant) as client:
        answer = await client.get(path, params=query)
    return answer.status_code, answer.json()


async def test_groups_are_listed_with_their_cause_and_what_to_do(engine: Engine) -> None:
    one, other = await stopped(engine, 2)
    await stopped(engine, 1, error=Permanent("no such account", tool="toy.read", code="account_missing"))
    await engine.retry(other.id)
    status, found = await get(engine, "/incidents/groups")
    assert (status, [group["code"] for group in found["groups"]]) == (200, ["account_missing", "year_closed"])
    group = found["groups"][1]
    assert (group["open"], group["closed"], group["cases"], group["versions"]) == (1, 1, 2, [1])
    assert (group["process"], group["step"], group["tool"]) == ("toy", "look_up", "toy.read")
    assert group["shape"] == "toy.read: the year is closed"
    assert group["first_seen"] < group["last_seen"]
    _, detail = await get(engine, f"/incidents/groups/{one.fingerprint}", status="open")
    assert [incident["id"] for incident in detail["incidents"]] == [one.id]
    assert (detail["next_step"], detail["fixes"]) == ("correct the data or the target, then retry", {"none": 1})
    _, shown = await get(engine, f"/incidents/{one.id}")
    assert (shown["group"], shown["failed_step"], shown["next_step"]) == (1, "look_up", detail["next_step"])


async def test_groups_can_be_chosen_by_status_and_process(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    asked = [
        {"status": "open"},
        {"status": "closed"},
        {"process": "toy"},
        {"process": "other' OR 1=1 --"},
        {"process": "toy", "status": "open"},
    ]
    sizes = [len((await get(engine, "/incidents/groups", **query))[1]["groups"]) for query in asked]
    assert sizes == [1, 0, 1, 0, 1]
    _, page = await get(engine, f"/incidents/groups/{incident.fingerprint}", after=incident.id)
    assert page["incidents"] == []


async def test_an_operation_is_previewed_begun_watched_and_listed(engine: Engine) -> None:
    incidents = await stopped(engine, 2)
    path = f"/incidents/groups/{incidents[0].fingerprint}/retry"
    seen = await post(engine, path, {**REASON, "dry_run": True})
    assert (seen[0], seen[1]["total"], seen[1]["operation"]) == (200, 2, None)
    assert {one["ordered"] for one in seen[1]["preview"]} == {"retry: is running"}
    first, again = await post(engine, path, REASON), await post(engine, path, REASON)
    assert (first[0], again[0], again[1]["operation"]["created"]) == (201, 200, False)
    operation = first[1]["operation"]["id"]
    assert again[1]["operation"]["id"] == operation
    await carried(engine, operation, turns=3)
    _, shown = await get(engine, f"/operations/{operation}", status="done", after=1)
    assert (shown["status"], shown["done"], [item["place"] for item in shown["items"]]) == ("done", 2, [2])
    _, listed = await get(engine, "/operations")
    assert [one["id"] for one in listed["operations"]] == [operation]
    assert (await post(engine, f"/operations/{operation}/cancel", REASON))[0] == 409


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [
        ("retry", {}, "done"),
        ("correct", {"values": {"note": "x"}}, None),
        ("skip", {"facts": {"code": "A-1"}}, "waiting"),
        ("reroute", {"from_step": "look_up"}, "done"),
        ("cancel", {}, "cancelled"),
        ("close", {}, "incident"),
    ],
)
async def test_every_kind_of_order_does_what_its_single_one_does(
    engine: Engine, kind: str, more: dict[str, Any], status: str | None
) -> None:
    [incident] = await stopped(engine, 1)
    begun = await post(engine, f"/incidents/groups/{incident.fingerprint}/{kind}", {**REASON, **more})
    assert begun[0] == 201
    found = await carried(engine, begun[1]["operation"]["id"], turns=3)
    assert found.operation.status == "done"
    if status is not None:
        assert (await engine.case(incident.case_id)).status == status
    async with engine.database.unit_of_work("acme") as unit:
        [item] = await Operations(unit.session).page(found.operation.id, status=None, after=0, limit=9)
    expected = {"correct": ("failed", "invalid"), "close": ("failed", "case_stopped")}.get(kind, ("done", ""))
    assert (item.status, item.code) == expected


async def test_without_a_common_fix_none_is_applied_to_all(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    status, problem = await post(engine, f"/incidents/groups/{incident.fingerprint}/apply", REASON)
    assert (status, problem["code"]) == (409, "fixes_differ")


@pytest.mark.parametrize(
    ("order", "body", "told"),
    [
        ("skip", {"facts": {"code": "A-1"}}, "goes on behind 'look_up'"),
        ("reroute", {"from_step": "look_up"}, "goes on from 'look_up'"),
        ("cancel", {}, "cancelled: ended"),
    ],
)
async def test_a_case_is_steered_from_its_incident_once(
    engine: Engine, order: str, body: dict[str, Any], told: str
) -> None:
    [incident] = await stopped(engine, 1)
    path = f"/incidents/{incident.id}/{order}"
    done, again = await post(engine, path, {**REASON, **body}), await post(engine, path, {**REASON, **body})
    assert (done[0], done[1]["case"], done[1]["ordered"]) == (200, incident.case_id, told)
    assert (again[0], again[1]["code"]) == (409, "task_already_answered")


GROUP = "/incidents/groups/{group}"
NO_ORDERS: tuple[tuple[str, Any, int], ...] = (
    ("/incidents/groups/zz/retry", REASON, 422),
    ("/incidents/groups/0123456789abcdef' OR '1'='1/retry", REASON, 422),
    ("/incidents/groups/0123456789abcdef/retry", REASON, 404),
    (f"{GROUP}/retry", {"reason": ""}, 422),
    (f"{GROUP}/retry", {"reason": " "}, 422),
    (f"{GROUP}/retry", {"reason": "\x00"}, 422),
    (f"{GROUP}/retry", {**REASON, "fingerprint": "x"}, 422),
    (f"{GROUP}/retry", {**REASON, "canary": 0}, 422),
    (f"{GROUP}/retry", {**REASON, "at_once": 201}, 422),
    (f"{GROUP}/retry", {**REASON, "incidents": ["x"]}, 422),
    (f"{GROUP}/retry", {**REASON, "incidents": [UNKNOWN]}, 409),
    (f"{GROUP}/retry", {**REASON, "versions": [2]}, 409),
    (f"{GROUP}/retry", {**REASON, "versions": [2**40]}, 422),
    (f"{GROUP}/retry", {**REASON, "before": "2026-01-01T00:00:00Z"}, 409),
    (f"{GROUP}/retry", {**REASON, "before": "yesterday"}, 422),
    (f"{GROUP}/correct", REASON, 422),
    (f"{GROUP}/correct", {**REASON, "values": {}}, 422),
    (f"{GROUP}/reroute", REASON, 422),
    (f"/operations/{UNKNOWN}/cancel", REASON, 404),
    (f"/incidents/{UNKNOWN}/skip", REASON, 404),
)


async def test_what_is_not_an_order_is_refused(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    async with caller(engine, "sven") as sven:
        answers = [
            await sven.post(path.replace("{group}", incident.fingerprint), json=body) for path, body, _ in NO_ORDERS
        ]
    got = [(path, body, answer.status_code) for (path, body, _), answer in zip(NO_ORDERS, answers, strict=True)]
    assert got == list(NO_ORDERS)
    assert (await engine.case(incident.case_id)).status == "incident"


async def test_a_clerk_orders_nothing(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    kinds = ("retry", "skip", "cancel", "apply", "close")
    async with caller(engine, "clara") as clara:
        answers = [await clara.post(f"/incidents/groups/{incident.fingerprint}/{kind}", json=REASON) for kind in kinds]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "permission_missing")}


async def test_another_tenant_sees_and_orders_nothing(engine: Engine) -> None:
    await populate(engine.database, "bolt")
    [incident] = await stopped(engine, 1)
    _, begun = await post(engine, f"/incidents/groups/{incident.fingerprint}/retry", REASON)
    operation = begun["operation"]["id"]
    seen = [
        await get(engine, path, login="clara", tenant="bolt")
        for path in (f"/incidents/groups/{incident.fingerprint}", f"/operations/{operation}")
    ]
    assert [status for status, _ in seen] == [404, 404]
    _, groups = await get(engine, "/incidents/groups", login="clara", tenant="bolt")
    _, operations = await get(engine, "/operations", login="clara", tenant="bolt")
    assert (groups["groups"], operations["operations"]) == ([], [])

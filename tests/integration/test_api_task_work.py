"""Working through tasks over HTTP: tabs, form, hand-overs, notes, previews and bulk decisions."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.support.api import caller, grant
from tests.support.engine import Engine

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_a_task_goes_from_hand_to_hand(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    await grant(engine.database, "sven", "task.assign")
    async with caller(engine, "berta") as berta, caller(engine, "dora") as dora, caller(engine, "sven") as sven:
        shown = (await berta.get(f"/tasks/{task}")).json()
        form = (await berta.get(f"/tasks/{task}/form")).json()
        steps = [
            await berta.post(f"/tasks/{task}/claim"),
            await berta.post(f"/tasks/{task}/delegate", json={"to": "dora", "reason": "away"}),
            await berta.post(f"/tasks/{task}/answer", json={"decision": "approve"}),
            await dora.post(f"/tasks/{task}/decline", json={"reason": "no time"}),
            await berta.post(f"/tasks/{task}/release", json={}),
            await sven.post(f"/tasks/{task}/reassign", json={"to": "clara", "reason": "needed"}),
            await sven.post(f"/tasks/{task}/reassign", json={"to": "acme-dora", "reason": "needed"}),
            await dora.post(f"/tasks/{task}/escalate", json={"reason": "too delicate"}),
            await dora.post(f"/tasks/{UNKNOWN}/release", json={}),
        ]
        note = await dora.post(f"/tasks/{task}/notes", json={"text": "Ask @berta."})
        notes = (await berta.get(f"/tasks/{task}/notes")).json()["notes"]
    assert [(one.status_code, one.json().get("code") or one.json()["status"]) for one in steps] == [
        (200, "claimed"),
        (200, "claimed"),
        (409, "task_held"),
        (200, "claimed"),
        (200, "open"),
        (403, "segregation_of_duties"),
        (200, "claimed"),
        (200, "claimed"),
        (404, "not_found"),
    ]
    assert steps[1].json()["delegated_by"] == {"id": "acme-berta", "name": "Berta"}
    assert (note.status_code, [one["text"] for one in notes]) == (200, ["Ask @berta."])
    assert shown["outlook"]["stopped_by"] == ["Large amount: 600.00 is more than 10.00. (review by TOY-LIMIT; Toy, 3)"]
    assert [one["decision"] for one in shown["outlook"]["consequences"]] == ["approve", "correct", "reject"]
    assert form["digest"] == shown["digest"]
    assert not list(Draft202012Validator(form["answer_schema"]).iter_errors({"decision": "approve"}))
    assert [one["name"] for one in form["fields"]] == ["amount"]


async def test_what_was_previewed_is_approved(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    edits = {"set": {"amount": "50000"}}
    async with caller(engine, "berta") as berta:
        preview = (await berta.post(f"/tasks/{task}/preview", json=edits)).json()
        hasty = await berta.post(f"/tasks/{task}/answer", json={"decision": "approve", **edits})
        body = {"decision": "approve", "digest": preview["digest"], **edits}
        answered = await berta.post(f"/tasks/{task}/answer", json=body)
        nothing = await berta.post(f"/tasks/{task}/preview", json={"set": {}})
    assert preview["changes"] == [{"field": "action.arguments.amount", "old": 60_000, "new": 50_000}]
    assert (hasty.status_code, hasty.json()["code"]) == (422, "invalid")
    assert (answered.status_code, answered.json()["decision"], answered.json()["outlook"]) == (200, "correct", None)
    assert nothing.status_code == 422


async def test_an_inbox_is_turned_page_by_page_and_decided_in_bulk(engine: Engine) -> None:
    tasks = [(await engine.task_of((await engine.asking(150_00)).id)).id for _ in range(3)]
    async with caller(engine, "sven") as sven, caller(engine, "dora") as dora:
        first = (await sven.get("/tasks", params={"tab": "team", "limit": 2, "counts": True})).json()
        rest = (await sven.get("/tasks", params={"tab": "team", "limit": 2, "cursor": first["next"]})).json()
        late = (await sven.get("/tasks", params={"words": "WRITTEN may", "due_before": "2000-01-01T00:00:00Z"})).json()
        odd = await sven.get("/tasks", params={"tab": "team", "cursor": "nonsense"})
        unkeyed = await dora.post("/tasks/bulk", json={"decision": "approve", "ids": tasks})
        body = {"decision": "approve", "ids": [*tasks, UNKNOWN], "reason": "checked"}
        key = {"Idempotency-Key": "monday"}
        came = [await dora.post("/tasks/bulk", json=body, headers=key) for _ in range(2)]
        other = await dora.post("/tasks/bulk", json=body | {"reason": "not checked"}, headers=key)
        done = (await dora.get("/tasks", params={"tab": "done", "counts": True})).json()
    assert [task["id"] for page in (first, rest) for task in page["tasks"]] == tasks
    assert (first["counts"]["team"], rest["next"], late["tasks"]) == (3, None, [])
    assert (odd.status_code, odd.json()["code"]) == (422, "invalid_cursor")
    assert unkeyed.status_code == 422
    assert came[0].json() == came[1].json()
    assert (came[0].json()["accepted"], came[0].json()["refused"]) == (3, 1)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert [task["id"] for task in done["tasks"]] == tasks[::-1]
    assert done["counts"] == {"mine": 0, "team": 0, "unassigned": 0, "done": 3, "delegated": 0, "counted_up_to": 1000}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("delegate", {"reason": "no one named"}),
        ("delegate", {"to": "dora", "by": "acme-sven"}),
        ("notes", {"text": ""}),
        ("preview", {"set": {"iban": "AT00"}}),
        ("decline", {"reason": ""}),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(engine: Engine, path: str, body: dict[str, object]) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    async with caller(engine, "berta") as berta:
        assert (await berta.post(f"/tasks/{task}/{path}", json=body)).status_code == 422

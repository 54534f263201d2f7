"""Retention over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.retention import NAME, YEAR, finished, officer

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With an officer."""
    await officer(engine)
    return engine


async def test_a_value_is_listed_then_erased(engine: Engine) -> None:
    case_id = await finished(engine, amount=500, subject=NAME)
    async with caller(engine, "sven") as sven:
        listed = (await sven.post("/retention/erasures", json={"value": NAME})).json()
        body = {"value": NAME, "reason": "Art. 17", "confirm": listed["digest"]}
        erased = await sven.post("/retention/erasures", json=body)
        again = await sven.post("/retention/erasures", json=body)
        shown = (await sven.get(f"/cases/{case_id}")).text
    assert (listed["erased"], listed["cases"], listed["rows"]) == (False, [case_id], {"audit_values": 1, "cases": 1})
    assert (erased.status_code, erased.json()["erased"]) == (200, True)
    assert (again.status_code, again.json()["code"]) == (409, "erasure_changed")
    assert NAME not in shown


async def test_holds_are_placed_listed_and_lifted(engine: Engine) -> None:
    case_id = await finished(engine, amount=500, subject=NAME)
    async with caller(engine, "sven") as sven:
        placed = await sven.post("/retention/holds", json={"scope": "case", "subject": case_id, "why": "inquiry"})
        refused = await sven.post("/retention/erasures", json={"case": case_id})
        listed = (await sven.get("/retention/holds")).json()["holds"]
        lifted = await sven.post(f"/retention/holds/{placed.json()['id']}/lift", json={"why": "closed"})
        assert (await sven.get("/retention/holds")).json()["holds"] == []
    assert (placed.status_code, listed) == (201, [placed.json()])
    assert (refused.status_code, refused.json()["code"]) == (409, "on_legal_hold")
    assert lifted.json()["lifted_why"] == "closed"


async def test_policies_are_set_and_run(engine: Engine) -> None:
    await finished(engine, amount=500)
    engine.clock.ahead = YEAR
    policy = {"process": "toy", "status": "*", "compact_after_days": 30, "erase_after_days": None}
    async with caller(engine, "sven") as sven:
        set_ = await sven.put("/retention/policies", json=policy)
        assert (await sven.get("/retention/policies")).json()["policies"] == [set_.json()]
        counted = (await sven.post("/retention/runs", json={"dry_run": True})).json()
        done = (await sven.post("/retention/runs", json={})).json()
    assert {name: set_.json()[name] for name in policy} == policy
    assert counted == {"dry_run": True, "compacted": 1, "erased": 0}
    assert done == {"dry_run": False, "compacted": 1, "erased": 0}


@pytest.mark.parametrize(
    ("login", "method", "path", "body", "status", "code"),
    [
        ("clara", "POST", "/retention/erasures", {"value": NAME}, 403, "permission_missing"),
        ("clara", "POST", "/retention/runs", {}, 403, "permission_missing"),
        ("clara", "PUT", "/retention/policies", {}, 403, "permission_missing"),
        ("clara", "GET", "/retention/holds", None, 403, "permission_missing"),
        ("sven", "POST", "/retention/erasures", {}, 422, "invalid"),
        ("sven", "POST", "/retention/erasures", {"value": "a"}, 422, "invalid"),
        ("sven", "POST", "/retention/erasures", {"case": UNKNOWN}, 404, "not_found"),
        ("sven", "PUT", "/retention/policies", {"process": "tyo"}, 404, "not_found"),
        ("sven", "PUT", "/retention/policies", {"compact_after_days": -1}, 422, "invalid_request"),
        ("sven", "POST", "/retention/holds", {"scope": "case", "subject": UNKNOWN, "why": "x"}, 404, "not_found"),
        ("sven", "POST", "/retention/holds", {"scope": "all", "subject": "x", "why": "x"}, 422, "invalid_request"),
        ("sven", "POST", f"/retention/holds/{UNKNOWN}/lift", {"why": "x"}, 404, "not_found"),
    ],
)
async def test_what_may_not_or_cannot_be_done_is_refused(
    engine: Engine, login: str, method: str, path: str, body: dict[str, Any] | None, status: int, code: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)

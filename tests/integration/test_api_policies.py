"""Rule packs over HTTP: proposed, replayed as lines, approved by another key."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.people import populate
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook

FIRST = toy_rulebook().pack.digest
LIMITS: dict[str, Any] = {
    "max_newly_allowed_bps": 0,
    "max_newly_blocked_bps": 0,
    "max_extra_tasks_bps": 10_000,
    "max_unknown_bps": 0,
    "max_money_allowed": {"EUR": 100},
    "window_days": 30,
    "report_hours": 24,
}
PROPOSAL: dict[str, Any] = {"yaml": STRICTER, "reason": "too many slip through"}
ANY_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """Sven may propose, limit and activate, Berta may activate; one case of 700 has run."""
    await RuleOwners.of(engine.services, {"toy": PACK}, limits=None)
    engine.reader.amount = 700
    await engine.advance((await engine.start()).case.id)
    return engine


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    """The lines of a replay."""
    return [json.loads(line) for line in response.text.splitlines()]


async def test_a_pack_goes_from_its_proposal_to_its_activation(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "berta") as berta:
        assert (await sven.put("/policies/limits/toy", json=LIMITS)).status_code == 200
        proposed = await sven.post("/policies/proposals", json=PROPOSAL)
        path = f"/policies/proposals/{proposed.json()['id']}"
        replayed = await sven.post(f"{path}/replays")
        seen = (await berta.get(path)).json()
        names = {"digest": seen["proposal"]["digest"], "report_digest": seen["proposal"]["replay"]["report_digest"]}
        own = await sven.post(f"{path}/approve", json=names)
        approved = await berta.post(f"{path}/approve", json=names)
        again = await berta.post(f"{path}/approve", json=names)
        listed = (await berta.get("/policies/packs")).json()
        text = (await berta.get(f"/policies/packs/{names['digest']}")).json()["yaml"]
    assert (proposed.status_code, proposed.json()["status"], proposed.json()["replay"]) == (201, "open", None)
    *progress, last = lines(replayed)
    assert [list(line) for line in progress] == [["progress"]]
    assert last["report"]["newly_reviewed"] == {"verdicts": 1, "cases": 1, "money": {"XXX": 700}}
    assert seen["report"] == last["report"]
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    assert (approved.status_code, approved.json()["number"]) == (200, 2)
    assert (again.status_code, again.json()["code"]) == (409, "proposal_closed")
    assert [one["number"] for one in listed["activations"]] == [2, 1]
    assert text == STRICTER


async def test_a_replay_of_a_text_is_not_kept(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        answer = await sven.post("/policies/replays", json={"yaml": STRICTER, "parameters": {"auto_limit": 699}})
        proposals = (await sven.get("/policies/proposals")).json()["proposals"]
    assert lines(answer)[-1]["report"]["newly_reviewed"]["cases"] == 1
    assert proposals == []


@pytest.mark.parametrize(
    ("login", "method", "path", "body", "status", "code"),
    [
        ("clara", "POST", "/policies/proposals", PROPOSAL, 403, "permission_missing"),
        ("sven", "POST", "/policies/proposals", {"reason": "x"}, 422, "invalid"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "digest": FIRST}, 422, "invalid"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "reason": " "}, 422, "invalid"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "yaml": "pack: toy"}, 422, "pack_refused"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "parameters": {"auto_limit": 1.5}}, 422, "pack_refused"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "parameters": {"x": None}}, 422, "invalid_request"),
        ("sven", "POST", "/policies/proposals", {**PROPOSAL, "from_at": "2026-01-01T00:00:00"}, 422, "invalid_request"),
        ("sven", "POST", "/policies/proposals", {"digest": "0" * 64, "reason": "x"}, 404, "not_found"),
        ("sven", "POST", f"/policies/proposals/{ANY_ID}/replays", {}, 404, "not_found"),
        ("sven", "POST", "/policies/replays", {"yaml": "pack: toy"}, 422, "pack_refused"),
        ("berta", "POST", "/policies/replays", {"yaml": STRICTER}, 403, "permission_missing"),
        ("sven", "GET", f"/policies/packs/{'0' * 64}", None, 404, "not_found"),
        ("sven", "GET", "/policies/packs/xyz", None, 422, "invalid_request"),
        ("berta", "PUT", "/policies/limits/toy", LIMITS, 403, "permission_missing"),
        ("sven", "PUT", "/policies/limits/other", LIMITS, 404, "not_found"),
        ("sven", "PUT", "/policies/limits/toy", {**LIMITS, "max_newly_allowed_bps": 10_001}, 422, "invalid"),
        ("sven", "PUT", "/policies/limits/toy", {**LIMITS, "max_money_allowed": {"euro": 1}}, 422, "invalid"),
        (None, "GET", "/policies/packs", None, 401, "unauthenticated"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    engine: Engine, login: str | None, method: str, path: str, body: dict[str, Any] | None, status: int, code: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_limits_a_proposal_is_not_replayed(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        proposed = await sven.post("/policies/proposals", json=PROPOSAL)
        answer = await sven.post(f"/policies/proposals/{proposed.json()['id']}/replays")
    assert (answer.status_code, answer.json()["code"]) == (409, "pack_limits_missing")


async def test_another_tenant_sees_nothing_of_it(engine: Engine) -> None:
    await populate(engine.database, "bolt")
    async with caller(engine, "sven") as sven, caller(engine, "sven", tenant="bolt") as other:
        proposed = (await sven.post("/policies/proposals", json=PROPOSAL)).json()
        assert (await other.get(f"/policies/proposals/{proposed['id']}")).status_code == 404
        assert (await other.get(f"/policies/packs/{proposed['digest']}")).status_code == 404
        assert (await other.get("/policies/packs")).json() == {"packs": [], "activations": [], "people": {}}
        assert (await other.get("/policies/proposals")).json() == {"proposals": [], "people": {}}

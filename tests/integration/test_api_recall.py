"""Recalls, precedents and suggestions over HTTP."""

from __future__ import annotations

import pytest

from graphs.tasks import Answer
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.reviewed import VENDORS, planted, record
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook

ANY_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await grant(engine.database, "sven", "decision.recall", "case.suspend", "incident.retry")
    return engine


async def test_a_recall_goes_from_what_was_found_to_its_end(engine: Engine) -> None:
    owners = await RuleOwners.of(engine.services, {"toy": PACK})
    await owners.activate(STRICTER)
    case = await engine.asking(700)
    await owners.activate(PACK.replace('version: "1"', 'version: "1.1"'))
    body = {"what": "rule", "name": "toy/TOY-LIMIT@2", "reason": "a typing mistake", "since": "2026-01-01T00:00:00Z"}
    async with caller(engine, "sven") as sven:
        found = (await sven.get("/recalls/decisions", params={"what": "rule", "name": "toy/TOY-LIMIT@2"})).json()
        opened = await sven.post("/recalls", json=body)
        path = f"/recalls/{opened.json()['id']}"
        frozen = (await sven.post(f"{path}/freeze", json={})).json()
        decided = (await sven.post(f"{path}/redecide", json={})).json()
        early = await sven.post(f"{path}/close", json={"reason": "done"})
        shown = (await sven.get(path)).json()
        [row] = shown["listed"]
        await sven.post(f"/incidents/{row['incident']}/close", json={"reason": "it is small"})
        closed = await sven.post(f"{path}/close", json={"reason": "done", "resume": True})
        listed = (await sven.get("/recalls")).json()["recalls"]
    assert [(one["case"], one["outcome"]) for one in found["decisions"]] == [(case.id, "review")]
    assert (opened.status_code, opened.json()["decisions"], opened.json()["to_freeze"]) == (201, {"open": 1}, True)
    assert (frozen["cases_held"], frozen["to_freeze"]) == ({"suspended": 1}, False)
    assert (decided["decisions"], decided["to_judge"]) == ({"changed": 1}, False)
    assert (early.status_code, early.json()["code"]) == (409, "recall_not_done")
    assert (row["outcome"], row["again"], row["hold"]) == ("review", "allow", "suspended")
    assert (closed.status_code, listed[0]["status"], listed[0]["decisions"]) == (200, "closed", {"closed": 1})
    assert (await engine.case(case.id)).status == "waiting"


@pytest.mark.parametrize(
    ("login", "method", "path", "body", "status", "code"),
    [
        ("clara", "GET", "/recalls/decisions?what=model&name=m", None, 403, "permission_missing"),
        ("clara", "GET", "/recalls", None, 403, "permission_missing"),
        ("clara", "POST", "/recalls", {"what": "model", "name": "m", "reason": "x"}, 403, "permission_missing"),
        ("clara", "GET", "/policies/suggestions", None, 403, "permission_missing"),
        ("intake", "GET", f"/tasks/{ANY_ID}/precedents", None, 403, "permission_missing"),
        ("sven", "GET", "/recalls/decisions?what=rule&name=toy", None, 422, "recall_target_invalid"),
        ("sven", "GET", f"/recalls/{ANY_ID}", None, 404, "not_found"),
        ("sven", "POST", f"/recalls/{ANY_ID}/freeze", {}, 404, "not_found"),
        ("sven", "POST", "/recalls", {"what": "model", "name": "m", "reason": ""}, 422, "invalid"),
        ("clara", "GET", f"/tasks/{ANY_ID}/precedents", None, 404, "not_found"),
    ],
)
async def test_what_is_refused_says_why(
    engine: Engine, login: str, method: str, path: str, body: object, status: int, code: str
) -> None:
    async with caller(engine, login) as client:
        answer = (
            await client.request(method, path, json=body) if body is not None else await client.request(method, path)
        )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_precedents_stand_beside_a_task(engine: Engine) -> None:
    before = await engine.asking(59_000)
    await engine.answer(before.id, "dora", Answer(decision="approve", reason="known"))
    await engine.advance(before.id)
    task = await engine.task_of((await engine.asking(60_000)).id)
    async with caller(engine, "dora") as dora:
        found = (await dora.get(f"/tasks/{task.id}/precedents")).json()
    [one] = found["nearest"]
    assert (found["compared"], found["similar"], found["decisions"]) == (1, 1, {"approve": 1})
    assert (one["case"], one["decided_by"], one["reason"]) == (before.id, "Dora", "known")
    assert one["differs"] == [{"fact": "note.amount", "here": 60_000, "there": 59_000}]


async def test_a_suggestion_is_shown_with_the_pack_it_would_make(engine: Engine) -> None:
    engine.rulebook = toy_rulebook(VENDORS)
    await RuleOwners.of(engine.services, {"toy": VENDORS})
    await record(engine, planted(1, alike=30, of=60))
    async with caller(engine, "sven") as sven:
        listed = (await sven.get("/policies/suggestions", params={"min_support": 15})).json()["suggestions"]
        shown = (await sven.get(f"/policies/suggestions/{listed[0]['id']}", params={"min_support": 15})).json()
        gone = await sven.get(f"/policies/suggestions/{'0' * 16}")
    assert listed[0]["predicate"] == "note.amount <= 50000 and note.vendor == 'V7'"
    assert (len(listed[0]["cases"]), shown["why_not"], shown["findings"]) == (30, "", [])
    assert shown["yaml"].startswith("\npack: toy")
    assert gone.status_code == 404

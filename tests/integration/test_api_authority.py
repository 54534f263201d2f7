"""The matrix, delegations and findings over HTTP; the difference that a task shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from graphs.tasks import Answer
from tests.support.api import caller, grant
from tests.support.dutiful import INVOICE, PAYMENT, SIGNED_CHANGE, acts, asked
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.toy import toy_rulebook

ROW: dict[str, Any] = {
    "role": "approver",
    "matter": "approval",
    "entity": "any",
    "currency": "EUR",
    "limit_minor": 60_000,
    "effective_from": "2026-01-01",
}
APPROVE = Answer(decision="approve")


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may set the matrix and read findings."""
    await grant(engine.database, "sven", "authority.set")
    return engine


def matrix(*rows: dict[str, Any], reason: str = "board 2026-3") -> dict[str, Any]:
    return {"rows": list(rows), "reason": reason}


async def test_the_matrix_is_set_as_a_whole_shown_and_on_record(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        first = await sven.put("/authority", json=matrix(ROW, {**ROW, "entity": "acme-de", "limit_minor": 90_000}))
        second = await sven.put("/authority", json=matrix(ROW))
        shown = (await clara.get("/authority")).json()
    assert (first.status_code, len(first.json()["rows"])) == (200, 2)
    assert second.json() == shown
    [row] = shown["rows"]
    assert {name: row[name] for name in ROW} == ROW
    assert row["set_by"] == "acme-sven"
    assert (await engine.verification()).sound


async def test_the_limit_of_a_role_counts_in_the_answer(engine: Engine) -> None:
    case_id = (await engine.asking(60_000)).id
    task = (await engine.task_of(case_id)).id
    async with caller(engine, "sven") as sven, caller(engine, "anton") as anton:
        refused = await anton.post(f"/tasks/{task}/answer", json={"decision": "approve"})
        await sven.put("/authority", json=matrix(ROW))
        accepted = await anton.post(f"/tasks/{task}/answer", json={"decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (403, "authority_exceeded")
    assert accepted.status_code == 200


@pytest.mark.parametrize(
    ("login", "body", "status", "told"),
    [
        ("clara", matrix(ROW), 403, "authority.set"),
        ("sven", matrix(ROW, reason=" "), 422, "reason"),
        ("sven", matrix(ROW, ROW), 422, "rows 1 and 2 both say"),
        ("sven", matrix({**ROW, "role": "aprover"}), 422, "no role aprover"),
        ("sven", matrix({**ROW, "currency": "euro"}), 422, "currency"),
        ("sven", matrix({**ROW, "limit_minor": -1}), 422, "limit_minor"),
        ("sven", matrix({**ROW, "limit_minor": "60000"}), 422, "limit_minor"),
        ("sven", matrix({**ROW, "effective_from": 20454}), 422, "2026-01-31"),
        ("sven", matrix({**ROW, "effective_to": "2025-12-31"}), 422, "before"),
        ("sven", matrix({name: ROW[name] for name in ROW if name != "entity"}), 422, "entity"),
    ],
)
async def test_a_matrix_that_cannot_be_meant_is_refused(
    engine: Engine, login: str, body: dict[str, Any], status: int, told: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.put("/authority", json=body)
        assert (answer.status_code, told in answer.text) == (status, True), answer.text
        assert (await client.get("/authority")).json() == {"rows": []}


async def test_a_delegation_is_given_used_and_ended(engine: Engine) -> None:
    today = engine.clock().date()
    body = {
        "receiver": "dora",
        "effective_from": today.isoformat(),
        "effective_to": (today + timedelta(days=7)).isoformat(),
        "cap_minor": 60_000,
        "currency": "EUR",
    }
    first, second = [(await engine.task_of((await engine.asking(60_000)).id)).id for _ in range(2)]
    answer = {"decision": "approve", "in_place_of": "emil"}
    async with caller(engine, "emil") as emil, caller(engine, "dora") as dora:
        given = await emil.post("/delegations", json=body)
        assert given.status_code == 201, given.text
        names = {"acme-emil": "Emil", "acme-dora": "Dora"}
        assert (await dora.get("/delegations")).json() == {"delegations": [given.json()], "names": names}
        answered = await dora.post(f"/tasks/{first}/answer", json=answer)
        assert answered.json()["answer"]["through"] == ["acme-emil"]
        path = f"/delegations/{given.json()['id']}/end"
        assert (await dora.post(path)).status_code == 404
        assert (await emil.post(path)).json() == {"delegations": [], "names": {}}
        assert (await emil.post(path)).status_code == 404
        refused = await dora.post(f"/tasks/{second}/answer", json=answer)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


@pytest.mark.parametrize(
    ("login", "changes", "status"),
    [
        ("emil", {"receiver": "emil"}, 422),
        ("emil", {"receiver": "intake"}, 422),
        ("emil", {"receiver": "nobody"}, 404),
        ("emil", {"cap_minor": 5}, 422),
        ("emil", {"effective_from": "2025-01-01", "effective_to": "2025-01-02"}, 422),
        ("emil", {"effective_to": "2020-01-01"}, 422),
        ("intake", {}, 403),
    ],
)
async def test_a_delegation_that_means_nothing_is_refused(
    engine: Engine, login: str, changes: dict[str, Any], status: int
) -> None:
    today = engine.clock().date().isoformat()
    body = {"receiver": "dora", "effective_from": today, "effective_to": today} | changes
    async with caller(engine, login) as client:
        assert (await client.post("/delegations", json=body)).status_code == status


async def test_findings_of_a_period_show_who_did_what(engine: Engine) -> None:
    change = await asked(engine, SIGNED_CHANGE)
    await engine.answer(change, "berta", APPROVE)
    engine.clock.ahead = timedelta(days=91)
    payment = await asked(engine, PAYMENT, login="dora", amount=60_000)
    await engine.answer(payment, "berta", APPROVE)
    assert (await engine.advance(payment)).status == "done"
    async with engine.database.unit_of_work("acme") as unit:
        [first, *_] = await acts(engine)
        row = await unit.session.get(type(first), first.id)
        assert row is not None
        row.at += timedelta(days=1)
    engine.definitions = ()
    for number in range(3):
        case_id = await asked(engine, INVOICE, "V7", amount=45_000)
        await engine.answer(case_id, "anton" if number < 2 else "berta", APPROVE)
    today = engine.clock().date()
    period = {"since": (today - timedelta(days=100)).isoformat(), "until": today.isoformat()}
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        found = (await sven.get("/duties/findings", params=period)).json()
        assert (await clara.get("/duties/findings", params=period)).status_code == 403
        turned = {"since": period["until"], "until": period["since"]}
        assert (await sven.get("/duties/findings", params=turned)).status_code == 422
    assert found["acts"] == 6
    assert [(t["rule"], t["people"], t["earlier"]["case"]) for t in found["toxic"]] == [
        ("SOD-BANK", ["acme-berta"], change)
    ]
    assert {(s["rule"], s["sum_minor"], s["limit_minor"]) for s in found["splits"]} == {
        ("SPLIT-VENDOR", 135_000, 50_000),
        ("SPLIT-REQUESTER", 135_000, 50_000),
    }


async def test_a_task_that_was_asked_anew_shows_what_differs(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await engine.answer(case_id, "berta", APPROVE)
    engine.rulebook = toy_rulebook(STRICTER)
    await engine.advance(case_id)
    task = await engine.task_of(case_id)
    async with caller(engine, "clara") as clara:
        shown = (await clara.get(f"/tasks/{task.id}")).json()
    changes = {change["field"]: (change["old"], change["new"]) for change in shown["changes"]}
    assert changes["parameters.auto_limit"] == (1000, 400)
    assert changes["pack.version"] == ("1", "2")
    assert set(changes) == {"parameters.auto_limit", "pack.version", "pack.digest"}


PAIR: dict[str, Any] = {
    "id": "SOD-OWN",
    "title": "Who changed an account approves no invoice to it",
    "first": "vendor.bank_changed",
    "second": "invoice.approved",
    "within_days": 10,
    "regulation": "House rules",
    "clause": "7",
}


def duty_rules(*pairs: dict[str, Any], reason: str = "audit 2026-2") -> dict[str, Any]:
    return {"rules": {"duties": "own", "version": "1", "pairs": list(pairs)}, "reason": reason}


async def test_the_rules_about_duties_are_those_of_the_release_until_others_are_set(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        first = (await clara.get("/duties/rules")).json()
        changed = await sven.put("/duties/rules", json=duty_rules(PAIR))
        second = (await clara.get("/duties/rules")).json()
    assert (first["set_by"], first["rules"]["pairs"][0]["id"]) == (None, "SOD-BANK")
    assert (changed.status_code, changed.json()) == (200, second)
    assert (second["set_by"], second["rules"]["pairs"], second["rules"]["splits"]) == ("acme-sven", [PAIR], [])
    assert (await engine.verification()).sound


async def test_the_organisations_own_rules_decide_from_the_next_answer_on(engine: Engine) -> None:
    change = await asked(engine, SIGNED_CHANGE)
    await engine.answer(change, "berta", APPROVE)
    invoice = await asked(engine, INVOICE)
    task = (await engine.task_of(invoice)).id
    async with caller(engine, "sven") as sven, caller(engine, "berta") as berta:
        await sven.put("/duties/rules", json=duty_rules(PAIR))
        refused = await berta.post(f"/tasks/{task}/answer", json={"decision": "approve"})
        await sven.put("/duties/rules", json=duty_rules())
        accepted = await berta.post(f"/tasks/{task}/answer", json={"decision": "approve"})
    assert (refused.status_code, "SOD-OWN" in refused.text, accepted.status_code) == (403, True, 200)


@pytest.mark.parametrize(
    ("login", "body", "status", "told"),
    [
        ("clara", duty_rules(PAIR), 403, "authority.set"),
        ("sven", duty_rules(PAIR, reason=" "), 422, "reason"),
        ("sven", duty_rules(PAIR, PAIR), 422, "two rules have one id"),
        ("sven", duty_rules({**PAIR, "second": PAIR["first"]}), 422, "two different duties"),
        ("sven", duty_rules({**PAIR, "within_days": -1}), 422, "rules.pairs.0.within_days"),
        ("sven", {"rules": {}, "reason": "none"}, 422, "rules.duties"),
    ],
)
async def test_rules_that_cannot_be_meant_are_refused(
    engine: Engine, login: str, body: dict[str, Any], status: int, told: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.put("/duties/rules", json=body)
        left = (await client.get("/duties/rules")).json()
    assert (answer.status_code, told in answer.text, left["set_by"]) == (status, True, None)

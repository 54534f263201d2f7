"""Tasks over HTTP: an answer is accepted once, from someone with the right to give it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.databases import break_without_a_word, hang_up
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook
from tools.errors import Permanent

APPROVE = {"decision": "approve"}


class BrokenReader(AmountReader):
    """A target that refuses for good."""

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        raise Permanent("the books are closed", tool=self.name, code="books_closed")


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(60_000), notebook=Notebook())


@pytest.fixture
async def task(engine: Engine) -> str:
    """A task that needs a limit of 600.00."""
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    return (await engine.task_of(accepted.case.id)).id


async def test_an_inbox_shows_the_named_persons_tasks(engine: Engine, task: str) -> None:
    async with caller(engine, "berta") as berta, caller(engine, "anton") as anton:
        hers = (await berta.get("/tasks", params={"mine": True})).json()["tasks"]
        his = (await anton.get("/tasks", params={"mine": True})).json()["tasks"]
    assert [(found["id"], found["assignee"]["name"]) for found in hers] == [(task, "Berta")]
    assert his == []


async def test_a_task_shows_what_is_asked_and_why(engine: Engine, task: str) -> None:
    async with caller(engine, "berta") as berta:
        shown = (await berta.get(f"/tasks/{task}")).json()
    assert shown["reasons"][0]["rule"] == "TOY-LIMIT"
    assert shown["action"]["tool"] == "toy.write"
    assert shown["form"]["choices"] == ["approve", "correct", "reject"]
    assert (shown["required_limit_minor"], shown["currency"]) == (60_000, "EUR")
    assert len(shown["digest"]) == 64


async def test_of_a_double_click_one_is_accepted(engine: Engine, task: str) -> None:
    async with caller(engine, "berta") as berta:
        answers = await asyncio.gather(*(berta.post(f"/tasks/{task}/answer", json=APPROVE) for _ in range(2)))
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert refused.json()["code"] == "task_already_answered"


async def test_after_a_double_click_the_effect_happens_once(engine: Engine, task: str) -> None:
    async with caller(engine, "berta") as berta:
        await asyncio.gather(*(berta.post(f"/tasks/{task}/answer", json=APPROVE) for _ in range(2)))
        case_id = (await berta.get(f"/tasks/{task}")).json()["case"]
    case = await engine.advance(case_id, times=2)
    assert case.status == "done"
    assert len(engine.notebook.written) == 1


@pytest.mark.parametrize("unused", ["writer", "asked"])
async def test_a_connection_that_breaks_without_a_word_is_said_and_the_answer_can_be_given_again(
    engine: Engine, task: str, own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, unused: str
) -> None:
    break_without_a_word(monkeypatch)
    async with caller(engine, "berta") as berta:
        await engine.start()
        await berta.post(f"/tasks/{task}/answer", json=APPROVE | {"digest": "0" * 64})
        await getattr(engine.database, unused).close()
        hang_up(own_database.owner_url)
        answers = [await berta.post(f"/tasks/{task}/answer", json=APPROVE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
    assert (answers[0].json()["code"], answers[0].headers["Retry-After"]) == ("database_unavailable", "2")
    assert (await engine.trail_of(answers[1].json()["case"])).count("task.answered") == 1


@pytest.mark.parametrize(
    ("login", "code"),
    [("clara", "segregation_of_duties"), ("anton", "authority_exceeded"), ("intake", "permission_missing")],
)
async def test_who_may_not_answer_is_refused_by_name(engine: Engine, task: str, login: str, code: str) -> None:
    async with caller(engine, login) as somebody:
        response = await somebody.post(f"/tasks/{task}/answer", json=APPROVE)
    assert (response.status_code, response.json()["code"]) == (403, code)


async def test_an_answer_to_something_else_than_was_seen_is_refused(engine: Engine, task: str) -> None:
    async with caller(engine, "berta") as berta:
        outdated = await berta.post(f"/tasks/{task}/answer", json=APPROVE | {"digest": "0" * 64})
        digest = (await berta.get(f"/tasks/{task}")).json()["digest"]
        accepted = await berta.post(f"/tasks/{task}/answer", json=APPROVE | {"digest": digest})
    assert (outdated.status_code, outdated.json()["code"]) == (409, "answer_outdated")
    assert accepted.json()["decided_by"] == {"id": "acme-berta", "name": "Berta"}


async def test_a_task_is_claimed_once(engine: Engine, task: str) -> None:
    async with caller(engine, "anton") as anton, caller(engine, "berta") as berta:
        first = await anton.post(f"/tasks/{task}/claim")
        second = await berta.post(f"/tasks/{task}/claim")
    assert (first.status_code, first.json()["status"]) == (200, "claimed")
    assert second.status_code == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"decision": "reject"}, "invalid"),
        ({"decision": "correct", "set": {"iban": "DE0"}}, "protected_field"),
        ({"decision": "correct", "set": {"colour": "red"}}, "invalid"),
        ({"decision": "correct", "set": {"amount": 5}}, "invalid_request"),
        ({"decision": "perhaps"}, "invalid_request"),
        ({"decision": "approve", "by": "acme-sven"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused(
    engine: Engine, task: str, body: dict[str, object], code: str
) -> None:
    async with caller(engine, "berta") as berta:
        response = await berta.post(f"/tasks/{task}/answer", json=body)
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_an_answer_with_a_key_given_twice_is_refused(engine: Engine, task: str) -> None:
    body = b'{"decision": "reject", "decision": "approve"}'
    async with caller(engine, "berta") as berta:
        response = await berta.post(f"/tasks/{task}/answer", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "duplicate_json_key")


async def test_another_tenants_task_does_not_exist(engine: Engine, database: Database, task: str) -> None:
    await populate(database, "bolt")
    async with caller(engine, "berta", tenant="bolt") as other:
        answers = [
            await other.get(f"/tasks/{task}"),
            await other.post(f"/tasks/{task}/claim"),
            await other.post(f"/tasks/{task}/answer", json=APPROVE),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_an_incident_is_retried_once_and_its_case_goes_on(engine: Engine, database: Database) -> None:
    engine.reader = BrokenReader(500)
    case_id = (await engine.start()).case.id
    stopped = await engine.advance(case_id)
    await grant(database, "sven", "incident.retry")
    async with caller(engine, "sven") as sven:
        incidents = (await sven.get("/incidents", params={"status": "open"})).json()["incidents"]
        first = await sven.post(f"/incidents/{incidents[0]['id']}/retry")
        second = await sven.post(f"/incidents/{incidents[0]['id']}/retry")
    assert stopped.status == "incident"
    assert [incident["case"] for incident in incidents] == [case_id]
    assert (first.json()["status"], first.json()["closed_by"]) == ("closed", "acme-sven")
    assert second.status_code == 409
    assert (await engine.case(case_id)).status == "running"


async def test_the_retry_of_an_incident_is_audited(engine: Engine, database: Database) -> None:
    engine.reader = BrokenReader(500)
    case_id = (await engine.start()).case.id
    await engine.advance(case_id)
    await grant(database, "sven", "incident.retry")
    async with caller(engine, "sven") as sven:
        incident = (await sven.get("/incidents")).json()["incidents"][0]["id"]
        await sven.post(f"/incidents/{incident}/retry")
        trail = (await sven.get(f"/cases/{case_id}/audit")).json()["entries"]
    assert (trail[-1]["kind"], trail[-1]["actor"]) == ("incident.retried", "acme-sven")


async def test_who_may_not_retry_is_refused(engine: Engine, database: Database) -> None:
    await populate(database, "bolt")
    engine.reader = BrokenReader(500)
    await engine.advance((await engine.start()).case.id)
    await grant(database, "sven", "incident.retry", tenant="bolt")
    async with caller(engine, "clara") as clara, caller(engine, "sven", tenant="bolt") as other:
        incident = (await clara.get("/incidents")).json()["incidents"][0]["id"]
        refused = await clara.post(f"/incidents/{incident}/retry")
        unseen = await other.post(f"/incidents/{incident}/retry")
    assert (refused.status_code, unseen.status_code) == (403, 404)

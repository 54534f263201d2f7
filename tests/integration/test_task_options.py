"""What may be done with a task is what the verbs themselves would accept, and nothing is changed by asking."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import caller, grant
from tests.support.engine import LARGE, Engine
from tests.support.undoing import approved, irreversible

FORM = {
    "claim": ("claim", None),
    "approve": ("answer", {"decision": "approve"}),
    "reject": ("answer", {"decision": "reject", "reason": "no"}),
    "release": ("release", {}),
    "delegate": ("delegate", {"to": "dora"}),
    "decline": ("decline", {"reason": "no"}),
    "escalate": ("escalate", {"reason": "too much for me"}),
    "undo": ("undo", {}),
}


async def options(client: httpx.AsyncClient, task: str) -> dict[str, str | None]:
    """By verb, the code it would be refused with; None where it is allowed."""
    answer = await client.get(f"/tasks/{task}/options")
    assert answer.status_code == 200, answer.text
    return {one["verb"]: None if one["allowed"] else one["code"] for one in answer.json()["options"]}


@pytest.mark.parametrize("login", ["berta", "clara", "dora"])
@pytest.mark.parametrize("verb", sorted(FORM))
async def test_an_option_says_what_the_verb_then_answers(engine: Engine, login: str, verb: str) -> None:
    task = (await engine.task_of((await engine.asking(LARGE)).id)).id
    async with caller(engine, login) as client:
        told = (await options(client, task))[verb]
        path, body = FORM[verb]
        done = await client.post(f"/tasks/{task}/{path}", json=body)
    accepted = done.status_code == 200 or done.json()["code"] in {"not_found", "nobody_to_escalate_to"}
    assert accepted is (told is None), (told, done.text)


async def test_a_task_that_somebody_else_has_is_offered_to_nobody_else(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    async with caller(engine, "berta") as client:
        assert (await client.post(f"/tasks/{task}/claim")).status_code == 200
        mine = await options(client, task)
    assert {verb for verb, code in mine.items() if code is None} >= {"approve", "reject", "release", "delegate"}
    await grant(engine.database, "dora", "task.read")
    async with caller(engine, "dora") as client:
        theirs = await options(client, task)
    assert [verb for verb in ("claim", "approve", "reject", "release", "ask") if theirs[verb] is None] == []


async def test_an_answer_may_be_undone_by_who_gave_it_and_nothing_else(engine: Engine) -> None:
    task = await approved(irreversible(engine))
    async with caller(engine, "berta") as client:
        assert [verb for verb, code in (await options(client, task)).items() if code is None] == ["undo"]
    async with caller(engine, "clara") as client:
        assert (await options(client, task))["undo"] is not None


async def test_people_are_those_whom_the_server_would_accept(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    async with caller(engine, "berta") as client:
        assert (await client.post(f"/tasks/{task}/claim")).status_code == 200
        people = (await client.get(f"/tasks/{task}/people")).json()["people"]
        refused = []
        for person in people:
            given = await client.post(f"/tasks/{task}/delegate", json={"to": person["id"]})
            refused += [] if given.status_code == 200 else [given.text]
            break
        narrowed = (await client.get(f"/tasks/{task}/people", params={"words": "nobody is called so"})).json()
    assert refused == []
    assert "acme-berta" not in [person["id"] for person in people]
    assert narrowed == {"people": []}


async def test_a_document_is_shown_only_with_a_task_that_is_about_it(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    async with caller(engine, "berta") as client:
        assert (await client.get(f"/tasks/{task}/documents")).json() == {"documents": []}
        for path in ("pages", "pages/1"):
            answer = await client.get(f"/tasks/{task}/documents/{'a' * 64}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

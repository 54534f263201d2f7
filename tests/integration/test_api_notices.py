"""Notices over HTTP: everybody has their own, and only who may sets the tenant's words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.notices import NoticeEngine, shown
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

WANTS = {
    "language": "de",
    "zone": "Europe/Berlin",
    "channels": {"*": ["mail"], "task.commented": ["chat", "mail"]},
    "digest": ["task.commented"],
    "digest_hour": 7,
    "quiet_from": "20:00",
    "quiet_to": "07:30",
    "muted": ["deadline.at_risk"],
}
TEXT = {"kind": "task.assigned", "language": "en", "title": "Do: ${task}", "body": "${task} ${link}", "reason": "ours"}


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> NoticeEngine:
    """Tenant `acme`, whose people have addresses, and another."""
    await populate(database)
    await populate(database, "other")
    found = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await found.prepare()
    return found


async def notices(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/notices", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["notices"]
    return found


async def test_a_person_sees_and_reads_their_own_notices(engine: NoticeEngine) -> None:
    first = await engine.tell("a", kind="task.commented", values={"text": "<script>alert(1)</script>"})
    await engine.tell("b", kind="odd.kind", values={"text": {"deep": [1]}})
    async with caller(engine, "clara") as client:
        newest, oldest = await notices(client)
        assert (oldest["id"], oldest["status"], oldest["read_at"]) == (first, "waiting", None)
        assert "‹script›" in oldest["text"]
        assert newest["kind"] == "odd.kind"
        read = (await client.post(f"/notices/{first}/read")).json()
        again = (await client.post(f"/notices/{first}/read")).json()
        assert read["read_at"] == again["read_at"] is not None
        assert [one["id"] for one in await notices(client, unread=True)] == [newest["id"]]
        assert len(await notices(client, limit=1)) == 1


async def test_nobody_sees_or_reads_anybody_elses_notices(engine: NoticeEngine) -> None:
    notice_id = await engine.tell()
    for login, tenant in (("dora", "acme"), ("clara", "other")):
        async with caller(engine, login, tenant=tenant) as client:
            assert await notices(client) == []
            assert (await client.post(f"/notices/{notice_id}/read")).status_code == 404
    async with caller(engine, None) as client:
        assert (await client.get("/notices")).status_code == 401


async def test_a_person_says_how_they_want_to_be_told(engine: NoticeEngine) -> None:
    async with caller(engine, "clara") as client:
        assert (await client.get("/notices/preferences")).json()["channels"] == {"*": ["mail"]}
        assert (await client.put("/notices/preferences", json=WANTS)).json() == WANTS
        assert (await client.get("/notices/preferences")).json() == WANTS
        wrong = {**WANTS, "zone": "Atlantis"}
        answer = await client.put("/notices/preferences", json=wrong)
        assert answer.status_code == 422
        assert "zone" in answer.text
    async with caller(engine, "dora") as client:
        assert (await client.get("/notices/preferences")).json()["language"] == "en"


async def test_what_waits_is_planned_anew_by_what_a_person_says(engine: NoticeEngine) -> None:
    await engine.want("clara", digest=["odd.kind"])
    await engine.tell()
    assert await engine.deliver() == []
    async with caller(engine, "clara") as client:
        assert (await client.put("/notices/preferences", json={})).status_code == 200
    assert len(await engine.deliver()) == 1


async def test_a_test_reaches_who_asked_for_it(engine: NoticeEngine) -> None:
    async with caller(engine, "clara") as client:
        told = (await client.post("/notices/test", json={})).json()
        [mail] = await engine.deliver()
        assert shown(mail)["Subject"] == "Test: notices reach you"
        [found] = await notices(client)
        assert (found["id"], found["status"]) == (told["id"], "sent")


async def test_what_waits_for_the_digest_is_sent_when_it_is_asked_for(engine: NoticeEngine) -> None:
    await engine.tell("a", urgency="digest")
    await engine.tell("b", urgency="digest")
    assert await engine.deliver() == []
    async with caller(engine, "clara") as client:
        assert (await client.post("/notices/digest")).json() == {"notices": 2}
    assert len(await engine.deliver()) == 1


async def test_a_tenants_own_text_is_used_and_taken_back(engine: NoticeEngine) -> None:
    await grant(engine.database, "sven", "notice.manage")
    async with caller(engine, "sven") as client:
        first = await client.put("/notices/texts", json=TEXT)
        assert first.status_code == 200, first.text
        assert first.json()["version"] == 1
        texts = (await client.get("/notices/texts")).json()["texts"]
        [own] = [one for one in texts if one["origin"] == "own"]
        assert (own["kind"], own["title"]) == ("task.assigned", "Do: ${task}")
        await engine.tell("a", login="sven", kind="task.assigned", values={"task": "Check"})
        assert shown((await engine.deliver())[0])["Subject"] == "Do: Check"
        back = {**TEXT, "title": "", "body": ""}
        assert (await client.put("/notices/texts", json=back)).json()["version"] == 2
        await engine.tell("b", login="sven", kind="task.assigned", values={"task": "Check"})
        assert shown((await engine.deliver())[1])["Subject"] == "Task for you: Check"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "costs $5"}, "title"),
        ({"body": ""}, "body"),
        ({"kind": "Robot"}, "kind"),
        ({"kind": "*"}, "kind"),
        ({"language": "english"}, "language"),
        ({"reason": " "}, "reason"),
    ],
)
async def test_a_text_that_cannot_be_used_is_refused(engine: NoticeEngine, change: dict[str, str], said: str) -> None:
    await grant(engine.database, "sven", "notice.manage")
    async with caller(engine, "sven") as client:
        answer = await client.put("/notices/texts", json={**TEXT, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert said in answer.json()["detail"]


async def test_only_who_may_sees_and_sets_texts(engine: NoticeEngine) -> None:
    async with caller(engine, "clara") as client:
        assert (await client.get("/notices/texts")).status_code == 403
        assert (await client.put("/notices/texts", json=TEXT)).status_code == 403

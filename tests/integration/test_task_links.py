"""Links to tasks: for one person, once, for a while, for the task as it was; and they answer nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.accounts.errors import LinkExpired, LinkNotYours, LinkOutdated, LinkUnknown, LinkUsed, SessionNeeded
from graphs.accounts.link import LIFE, new_link
from graphs.accounts.session import SessionActor
from graphs.accounts.signed_token import Purpose, spelled
from graphs.store.tables import Task
from graphs.tasks import Answer
from tests.support.accounts import HERE, PASSWORD, Reception
from tests.support.engine import Engine
from tests.support.people import actor, populate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A link that berta was sent to a task of hers."""

    reception: Reception
    task: Task
    token: str

    async def signed_in(self, login: str) -> SessionActor:
        return (await self.reception.sessions.sign_in("acme", login, PASSWORD, caller=HERE)).actor


@pytest.fixture
async def sent(engine: Engine) -> Sent:
    reception = await Reception.of(engine)
    await reception.has_password("berta", "dora")
    task = await engine.task_of((await engine.asking()).id)
    async with engine.database.unit_of_work("acme") as unit:
        link = await new_link(unit, task, user_id="acme-berta", now=engine.clock())
    return Sent(reception=reception, task=task, token=reception.links.token(link.id))


async def status_of(engine: Engine, task: Task) -> str:
    async with engine.database.unit_of_work("acme") as unit:
        return (await unit.inbox.get(task.id)).status


async def test_a_link_opens_the_task_once_and_answers_nothing(sent: Sent) -> None:
    berta = await sent.signed_in("berta")
    opened = await sent.reception.links.open(berta, sent.token)
    assert (opened.id, opened.status) == (sent.task.id, sent.task.status)
    assert await status_of(sent.reception.engine, sent.task) == sent.task.status
    with pytest.raises(LinkUsed):
        await sent.reception.links.open(berta, sent.token)
    async with sent.reception.engine.database.unit_of_work("acme") as unit:
        query = text("SELECT actor, case_id FROM audit_entries WHERE kind = 'link.opened'")
        assert (await unit.session.execute(query)).all() == [("acme-berta", sent.task.case_id)]


async def test_of_two_who_open_at_once_one_does(sent: Sent) -> None:
    berta = await sent.signed_in("berta")
    found = await asyncio.gather(
        *(sent.reception.links.open(berta, sent.token) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["LinkUsed", "LinkUsed", "LinkUsed", "Task"]


async def test_somebody_elses_link_is_refused_and_stays_good(sent: Sent) -> None:
    with pytest.raises(LinkNotYours):
        await sent.reception.links.open(await sent.signed_in("dora"), sent.token)
    assert await sent.reception.links.open(await sent.signed_in("berta"), sent.token)


async def test_a_key_opens_no_link(sent: Sent) -> None:
    with pytest.raises(SessionNeeded):
        await sent.reception.links.open(await actor(sent.reception.engine.database, "berta"), sent.token)


async def test_a_link_runs_out(sent: Sent) -> None:
    sent.reception.engine.clock.ahead = LIFE
    with pytest.raises(LinkExpired):
        await sent.reception.links.open(await sent.signed_in("berta"), sent.token)


async def test_a_link_to_a_task_that_was_answered_is_refused(sent: Sent) -> None:
    engine = sent.reception.engine
    await engine.desk.answer(await actor(engine.database, "dora"), sent.task.id, Answer(decision="approve"))
    with pytest.raises(LinkOutdated, match="answered"):
        await sent.reception.links.open(await sent.signed_in("berta"), sent.token)


async def test_a_link_to_a_task_that_shows_something_else_by_now_is_refused(sent: Sent) -> None:
    async with sent.reception.engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE tasks SET digest = 'another'"))
    with pytest.raises(LinkOutdated, match="something else"):
        await sent.reception.links.open(await sent.signed_in("berta"), sent.token)


async def test_a_link_that_nobody_signed_is_unknown(sent: Sent) -> None:
    berta, links = await sent.signed_in("berta"), sent.reception.links
    seal = sent.reception.engine.services.seal
    unknown = "00000000-0000-4000-8000-000000000000"
    for token in ("x", sent.token[:-1] + ("A" if sent.token[-1] != "A" else "B"), links.token(unknown)):
        with pytest.raises(LinkUnknown):
            await links.open(berta, token)
    async with sent.reception.engine.database.unit_of_work("acme") as unit:
        link_id = (await unit.session.execute(text("SELECT id FROM task_links"))).scalar_one()
    with pytest.raises(LinkUnknown):
        await links.open(berta, spelled(seal, Purpose.ACCOUNT, link_id))


async def test_a_link_of_another_organisation_is_unknown(sent: Sent) -> None:
    await populate(sent.reception.engine.database, "bolt")
    stranger = replace(await sent.signed_in("berta"), tenant="bolt")
    with pytest.raises(LinkUnknown):
        await sent.reception.links.open(stranger, sent.token)


async def test_who_only_fetches_a_link_changes_nothing(sent: Sent) -> None:
    """As the scanner of a mail server does, with whatever it tries."""
    browser = sent.reception.browser()
    path = f"/links/{sent.token}/open"
    fetched = [(await browser.http.request(method, path)).status_code for method in ("GET", "HEAD", "OPTIONS", "POST")]
    assert fetched == [401, 401, 401, 401]
    await browser.sign_in("berta")
    assert (await browser.get(path)).status_code == 405
    assert (await browser.http.post(path)).json()["code"] == "csrf_refused"
    opened = await browser.post(path)
    again = await browser.post(path)
    assert (opened.status_code, opened.json()["id"]) == (200, sent.task.id)
    assert (again.status_code, again.json()["code"]) == (409, "link_used")


async def test_a_link_is_over_a_moment_before_its_end_and_not_earlier(sent: Sent) -> None:
    sent.reception.engine.clock.ahead = LIFE - timedelta(minutes=1)
    assert await sent.reception.links.open(await sent.signed_in("berta"), sent.token)

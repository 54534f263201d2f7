"""A notice's mail holds a link that its person alone can use, once they have signed in."""

from __future__ import annotations

import re

import pytest

from api.notice_links import NoticeLinks
from graphs.accounts.errors import LinkNotYours
from graphs.accounts.session import SessionActor
from graphs.notices.terms import NoticeTerms
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.accounts import HERE, PASSWORD, Reception
from tests.support.notices import NoticeEngine, shown
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

URL = "https://interlock.example"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> NoticeEngine:
    await populate(database)
    found = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await found.prepare("berta", "dora")
    found.terms = NoticeTerms(public_url=URL, link=NoticeLinks(services=lambda: found.services, public_url=URL))
    return found


async def token_of(engine: NoticeEngine, page: str) -> str:
    [mail] = await engine.deliver()
    found = re.search(rf"{re.escape(URL)}/{page}#(\S+)", shown(mail).get_content())
    assert found is not None
    return found[1]


async def signed_in(reception: Reception, login: str) -> SessionActor:
    return (await reception.sessions.sign_in("acme", login, PASSWORD, caller=HERE)).actor


async def test_the_link_of_a_task_opens_it_for_its_person_alone(engine: NoticeEngine) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    login = str(task.assignee_id).removeprefix("acme-")
    await engine.tell(task.id, login=login, kind="task.assigned", case_id=case.id, task_id=task.id)
    token = await token_of(engine, "links")
    assert await engine.stands_anywhere(token) == []
    reception = await Reception.of(engine)
    other = next(one for one in ("berta", "dora") if one != login)
    await reception.has_password(login, other)
    with pytest.raises(LinkNotYours):
        await reception.links.open(await signed_in(reception, other), token)
    assert (await reception.links.open(await signed_in(reception, login), token)).id == task.id


async def test_an_invitation_by_mail_sets_the_password(engine: NoticeEngine) -> None:
    reception = await Reception.of(engine)
    await reception.invited("berta")
    token = await token_of(engine, "account")
    assert await engine.stands_anywhere(token) == []
    await reception.redemption.redeem(token, PASSWORD)
    assert (await signed_in(reception, "berta")).user_id == "acme-berta"

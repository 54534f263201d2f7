"""A worker dies by SIGKILL while it sends a mail; another goes on, and the mail is one mail."""

from __future__ import annotations

import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support import noticing_worker
from tests.support.dying import dies
from tests.support.mail_sink import mail_sink
from tests.support.notices import NoticeEngine, shown
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook

pytestmark = pytest.mark.timeout(120)  # a process of its own is started
PLACES = [
    pytest.param("effect.after_call@deliver", [None, "yes"], id="sent and not known"),
    pytest.param("effect.after_intent@deliver", ["yes"], id="meant and not sent", marks=pytest.mark.chaos),
    pytest.param("effect.before_intent@deliver", [None], id="not meant yet", marks=pytest.mark.chaos),
]


@pytest.mark.parametrize(("place", "marks"), PLACES)
async def test_a_mail_is_sent_once_or_once_more_with_the_mark_whatever_dies(
    database: Database, own_database: TestDatabase, place: str, marks: list[str | None]
) -> None:
    await populate(database)
    async with mail_sink() as sink:
        engine = NoticeEngine(
            database=database,
            url=own_database.app_url,
            reader=AmountReader(500),
            notebook=Notebook(),
            port=sink.port,
        )
        await engine.prepare()
        notice_id = await engine.tell()
        await engine.dispatch()
        [delivery] = await engine.deliveries()

        await dies(noticing_worker.work, own_database, delivery.id, str(sink.port), place=place)

        assert (await engine.advance(delivery.id)).outcome == "sent by mail"
        await engine.dispatch()
    letters = [shown(mail) for mail in sink.sent]
    assert len({str(letter["Message-ID"]) for letter in letters}) == 1
    assert [letter["X-Interlock-Repeated"] for letter in letters] == marks
    assert (await engine.notice(notice_id)).status == "sent"

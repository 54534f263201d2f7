"""A worker dies by SIGKILL while it sends a mail; another goes on, and the mail is one mail."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import psycopg
import pytest

from graphs.store.database import Database
from tests.conftest import ROOT, TestDatabase
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


async def die(database: TestDatabase, case_id: str, port: int, place: str) -> None:
    """A worker takes the case and dies at the place; its lease and its call's time are over."""
    environment = {**os.environ, "INTERLOCK_FAILPOINT": place}
    command = (sys.executable, "-m", "tests.support.noticing_worker", database.app_url, case_id, str(port))
    worker = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(worker.communicate(), timeout=90)
    assert worker.returncode == -signal.SIGKILL, said.decode()
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cases SET lease_until = clock_timestamp() - interval '1 second'")
        owner.execute("UPDATE effects SET sent_at = sent_at - interval '1 hour'")


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

        await die(own_database, delivery.id, sink.port, place)

        assert (await engine.advance(delivery.id)).outcome == "sent by mail"
        await engine.dispatch()
    letters = [shown(mail) for mail in sink.sent]
    assert len({str(letter["Message-ID"]) for letter in letters}) == 1
    assert [letter["X-Interlock-Repeated"] for letter in letters] == marks
    assert (await engine.notice(notice_id)).status == "sent"

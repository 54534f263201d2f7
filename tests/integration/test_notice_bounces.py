"""A mail that comes back is an incident of the case that sent it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.incidents import IncidentDesk
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.bounces import report
from tests.support.mail_look import looked_at
from tests.support.notices import NoticeEngine, shown
from tests.support.people import actor, populate
from tests.support.toy import AmountReader, Notebook
from tools.mail.arrival import Reading
from tools.mail.identity import message_id_of
from tools.mail.limits import DEFAULT_LIMITS
from tools.testing.mail import MemoryMailbox

MADE_UP = "interlock-made-up"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> NoticeEngine:
    """Tenant `acme`, whose people have addresses."""
    await populate(database)
    found = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await found.prepare()
    return found


async def look(engine: NoticeEngine, folder: Path, *mails: bytes) -> MemoryMailbox:
    """The mails arrive in the mailbox and are looked at."""
    box = MemoryMailbox()
    for content in mails:
        box.deliver(content)
    reading = Reading(
        process="toy", limits=DEFAULT_LIMITS, authserv_id=None, domain="acme.example", without_document="refuse"
    )
    await looked_at(engine.services, engine.url, folder, reading, box)
    return box


@pytest.mark.parametrize("with_key", [True, False])
async def test_a_bounce_opens_an_incident_of_the_case_that_sent_the_mail_once(
    engine: NoticeEngine, tmp_path: Path, with_key: bool
) -> None:
    notice_id = await engine.tell()
    [mail] = await engine.deliver()
    letter = shown(mail)
    key = str(letter["X-Interlock-Key"]) if with_key else ""
    bounce = report(str(letter["Message-ID"]), key=key)

    box = await look(engine, tmp_path, bounce, bounce)

    [delivery] = await engine.deliveries()
    [incident] = await engine.incidents_of(delivery.id)
    assert (incident.kind, incident.code, incident.status) == ("Bounce", "bounced", "open")
    assert "no such user" in incident.message
    assert delivery.status == "done"
    notice = await engine.notice(notice_id)
    assert (notice.status, notice.why) == ("bounced", incident.message)
    assert (len(box.taken), len(box.refused)) == (2, 0)
    await engine.dispatch()
    assert (await engine.notice(notice_id)).status == "bounced"
    assert (await engine.trail_of(delivery.id)).count("incident.opened") == 1

    await grant(engine.database, "sven", "incident.retry")
    sven = await actor(engine.database, "sven")
    closed = await IncidentDesk(services=engine.services).close(sven, incident.id, reason="asked for the new address")
    assert closed.status == "closed"


async def test_a_bounce_of_a_mail_that_nobody_sent_is_refused(engine: NoticeEngine, tmp_path: Path) -> None:
    await engine.tell()
    [mail] = await engine.deliver()
    key = str(shown(mail)["X-Interlock-Key"])
    made_up = message_id_of(MADE_UP, domain="acme.example")
    box = await look(engine, tmp_path, report(made_up, key=MADE_UP), report(made_up, key=key))
    assert (len(box.taken), len(box.refused)) == (0, 2)
    [delivery] = await engine.deliveries()
    assert await engine.incidents_of(delivery.id) == []


async def test_a_mail_that_is_only_late_is_no_bounce(engine: NoticeEngine, tmp_path: Path) -> None:
    notice_id = await engine.tell()
    [mail] = await engine.deliver()
    letter = shown(mail)
    delayed = report(str(letter["Message-ID"]), key=str(letter["X-Interlock-Key"]), action="delayed")
    box = await look(engine, tmp_path, delayed)
    assert len(box.refused) == 1
    assert (await engine.notice(notice_id)).status == "sent"

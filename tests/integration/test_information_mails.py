"""What strangers send to a request: mails that came back, hostile ones, documents. Each is kept, and none does harm."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import text

from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.information import replies
from graphs.store.database import Database
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.bounces import report
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.information import BILLING, InformationEngine, answer, letter, opened, vouched
from tests.support.mails import OTHER_PDF, PDF
from tests.support.people import actor
from tests.support.working import recorded, told
from tools.document.errors import Infected, NotScanned
from tools.document.isolation import Safeguards
from tools.mail.identity import message_id_of

INFORMED = "name: quick, scope: task, target: {elapsed: 4h}, pauses: [{reason: waiting_for_information}]"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    return await opened(database, own_database.app_url)


async def test_a_mail_that_comes_back_is_an_incident_and_the_task_says_so(
    engine: InformationEngine, tmp_path: Path
) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    bounce = report(str(letter(sent)["Message-ID"]))

    box = await engine.look(tmp_path, bounce, bounce)

    [incident] = await engine.incidents_of(request.row.id)
    assert (incident.kind, incident.code) == ("Bounce", "bounced")
    found = await engine.shown(request)
    assert (found.open, found.delivery) == (True, "undelivered")
    assert "no such user" in str(found.row.undelivered)
    assert await told(engine) == [("berta", "information.mail_undelivered")]
    assert (await clock(engine, request.row.case_id, "task", "approve")).status == "running"
    assert (len(box.taken), len(box.refused)) == (2, 0)
    # Whoever got the mail could have written the report: an answer still counts.
    await engine.look(tmp_path, answer(sent))
    assert await engine.counted(request) == ["answer"]
    assert (await engine.shown(request)).row.status == "answered"


async def test_references_to_mails_that_nobody_sent_find_no_request(engine: InformationEngine, tmp_path: Path) -> None:
    request = await engine.asked(await engine.a_task())
    made_up = message_id_of("made up", domain="acme.example")
    forged = answer(None, PDF, headers={"References": made_up}, subject="Re: [ref:aaaaaaaaaaaaaaaaaaaaaaaaaa]")
    box = await engine.look(tmp_path, forged)
    assert await engine.counted(request) == []
    # It is a mail like every other then: for the process of the mailbox, which here wants more than a document.
    assert (len(box.taken), len(box.refused)) == (0, 1)


async def test_a_mail_of_nothing_but_html_is_shown_as_text(engine: InformationEngine, tmp_path: Path) -> None:
    request = await engine.asked(await engine.a_task())
    message = EmailMessage(policy=SMTP)
    for name, value in vouched().items():
        message[name] = value
    message["From"] = BILLING
    message["Message-ID"] = "<html@supplier.example>"
    message["In-Reply-To"] = str(letter(engine.outbox.sent[0])["Message-ID"])
    message["Subject"] = "Re: =?utf-8?q?=ED=A0=BD?="
    message.set_content("<p>On <b>Friday</b>.</p><script>approve()</script>", subtype="html")
    await engine.look(tmp_path, message.as_bytes())
    [reply] = (await engine.shown(request)).replies
    assert (reply.row.standing, reply.said["text"]) == ("answer", "On Friday.")


async def test_a_mail_that_is_too_large_answers_and_says_what_was_not_taken(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    box = await engine.look(tmp_path, answer(sent, b"%PDF" + b"x" * 10_000_000))
    [reply] = (await engine.shown(request)).replies
    assert (reply.row.standing, reply.said["documents"]) == ("answer", [])
    assert [one["code"] for one in reply.said["refused"]] == ["mail_too_large"]
    assert len(box.taken) == 1


async def test_a_document_over_the_limit_is_refused_and_the_others_are_taken(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    engine.outbox.sent.clear()
    await engine.look(tmp_path, answer(sent, b"%PDF" + b"y" * 41_000, OTHER_PDF))
    [reply] = (await engine.shown(request)).replies
    assert [one["name"] for one in reply.said["documents"]] == ["invoice-2.pdf"]
    assert [one["code"] for one in reply.said["refused"]] == ["document_too_large"]
    async with engine.database.unit_of_work("acme") as unit:
        kept = await unit.originals.get("acme", reply.said["documents"][0]["sha256"])
    assert kept.content == OTHER_PDF


class Scanner:
    """Finds a virus in one document; the first time it has no verdict."""

    time_limit = timedelta(seconds=1)

    def __init__(self) -> None:
        self.asked = 0

    async def scan(self, content: bytes, *, name: str) -> None:
        self.asked += 1
        if self.asked == 1:
            raise NotScanned("the scanner is away")
        if content == PDF:
            raise Infected("it holds a virus")


async def test_attachments_pass_the_virus_scanner_and_wait_for_its_verdict(
    engine: InformationEngine, tmp_path: Path
) -> None:
    engine.safeguards = Safeguards(scanner=Scanner())
    request = await engine.asked(await engine.a_task())
    box = await engine.look(tmp_path, answer(engine.outbox.sent[0], PDF, OTHER_PDF))
    assert (len(box.inbox), await engine.counted(request)) == (1, [])
    await engine.look(tmp_path, box=box)
    [reply] = (await engine.shown(request)).replies
    assert [one["name"] for one in reply.said["documents"]] == ["invoice-2.pdf"]
    assert [one["code"] for one in reply.said["refused"]] == [Infected.code]


async def test_no_more_mails_than_are_kept_with_a_request(
    engine: InformationEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "MOST_REPLIES", 2)
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    box = await engine.look(tmp_path, *[answer(sent, text=f"number {number}") for number in range(4)])
    assert await engine.counted(request) == ["answer", "late"]
    assert (len(box.taken), len(box.refused)) == (2, 2)


async def test_what_a_mail_says_stands_in_the_trail_and_nowhere_else(engine: InformationEngine, tmp_path: Path) -> None:
    request = await engine.asked(await engine.a_task())
    await engine.look(tmp_path, answer(engine.outbox.sent[0], text="Wednesdayish"))
    assert "Wednesdayish" in (await recorded(engine, request.row.case_id, "information.received"))["text"]
    async with engine.database.unit_of_work("acme") as unit:
        for table in ("information_requests", "information_replies", "cases", "tasks", "messages", "notices"):
            query = text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%Wednesdayish%'")
            assert (await unit.session.execute(query)).scalar_one() == 0, table


async def test_with_the_case_goes_what_came_of_its_requests(engine: InformationEngine, tmp_path: Path) -> None:
    task = await engine.a_task()
    request = await engine.asked(task)
    await engine.look(tmp_path, answer(engine.outbox.sent[0], PDF))
    await engine.desk.answer(await actor(engine.database, "berta"), task, Answer(decision="approve"))
    assert (await engine.advance(request.row.case_id)).status == "done"
    await grant(engine.database, "sven", "retention.erase")
    sven = await actor(engine.database, "sven")
    erasure, of_case = ErasureDesk(services=engine.services), ErasureRequest(case_id=request.row.case_id)
    plan = await erasure.plan(sven, of_case)
    await erasure.erase(sven, of_case, reason="asked to", confirmed=plan.digest)
    found = await engine.shown(request)
    assert (found.said.get("text"), found.replies[0].said.get("text")) == (None, None)
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.session.execute(text("SELECT count(*) FROM documents"))).scalar_one() == 0
    assert (await engine.verification()).sound

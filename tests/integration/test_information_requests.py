"""Who has a task asks somebody outside by mail: the answer is shown with the task, and decides nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from graphs.information.request import AskingOutside, RequestClosed
from graphs.information.tag import mark_of
from graphs.store.database import Database
from graphs.store.tables import SHARED_TABLES, TENANT_TABLES
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.information import (
    BILLING,
    DISPATCH,
    STRANGER,
    WORDS,
    InformationEngine,
    answer,
    letter,
    opened,
    tag_in,
    vouched,
)
from tests.support.mail_sink import mail_sink
from tests.support.mails import PDF
from tests.support.people import actor
from tests.support.working import held, recorded, row, told

HOUR = timedelta(hours=1)
INFORMED = "name: quick, scope: task, target: {elapsed: 4h}, pauses: [{reason: waiting_for_information}]"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    return await opened(database, own_database.app_url)


async def test_the_answer_to_a_mail_over_smtp_is_shown_with_the_task_and_decides_nothing(
    database: Database, own_database: TestDatabase, tmp_path: Path
) -> None:
    async with mail_sink() as sink:
        engine = await opened(database, own_database.app_url, port=sink.port)
        task = await engine.a_task()
        digest = (await row(engine, task)).digest
        request = await engine.asked(task)
        [sent] = sink.sent
    mailed = letter(sent)
    assert (sent.recipients, request.row.source) == ((BILLING,), "system_of_record")
    assert str(mailed["Subject"]).startswith("Your invoice 4711 [ref:")
    assert "When did you deliver?" in mailed.get_content()
    assert (await engine.case(request.row.id)).status == "waiting"

    box = await engine.look(tmp_path, answer(sent, PDF))

    found = await engine.shown(request)
    [reply] = found.replies
    assert (found.row.status, found.open, found.delivery) == ("answered", False, "sent")
    assert (reply.row.standing, reply.said["text"].strip(), reply.said["sender"]) == ("answer", "On Friday.", BILLING)
    assert [one["name"] for one in reply.said["documents"]] == ["invoice-1.pdf"]
    fact = reply.said["sender_verified"]
    assert (fact["value"], fact["integrity"]) == ("pass", "untrusted")
    assert (len(box.taken), len(box.refused)) == (1, 0)
    assert await told(engine) == [("berta", "information.mail_answered")]
    assert await held(engine, task) == ("claimed", "berta", None)
    assert (await row(engine, task)).digest == digest
    assert (await engine.advance(request.row.id)).outcome == "answered"
    assert (await engine.advance(request.row.case_id)).status == "waiting"
    await engine.desk.answer(await actor(database, "berta"), task, Answer(decision="approve", digest=digest))
    assert (await engine.verification()).sound


async def test_the_tag_finds_the_request_where_no_reference_is_left_and_stands_on_no_record(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    tag = tag_in(sent)
    mark = mark_of(request.row.id)
    assert mark not in str(letter(sent)["Subject"])
    async with engine.database.unit_of_work("acme") as unit:
        for table in (*TENANT_TABLES, *SHARED_TABLES):
            query = text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :secret")
            assert (await unit.session.execute(query, {"secret": f"%{tag[5:-1]}%"})).scalar_one() == 0, table
    await engine.look(tmp_path, answer(None, subject=f"AW: Your invoice 4711 {tag.upper()}"))
    assert await engine.counted(request) == ["answer"]


async def test_words_of_a_subject_find_nothing_and_two_requests_are_two_conversations(
    engine: InformationEngine, tmp_path: Path
) -> None:
    task = await engine.a_task()
    first, second = await engine.asked(task), await engine.asked(task)
    one, two = engine.outbox.sent
    assert tag_in(one) != tag_in(two)
    await engine.look(tmp_path, answer(None, subject=str(letter(one)["Subject"]).partition(" [")[0]))
    assert (await engine.counted(first), await engine.counted(second)) == ([], [])
    # Of two that a mail names, the message it answers counts; its subject was quoted from elsewhere.
    await engine.look(tmp_path, answer(two, subject=f"Re: {tag_in(one)}"))
    assert (await engine.counted(first), await engine.counted(second)) == ([], ["answer"])


async def test_only_what_comes_from_who_was_asked_counts_as_the_answer_and_everything_is_shown(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    mails = {
        "another address": answer(sent, text="a", sender=STRANGER, said=vouched(domain="elsewhere.example")),
        "a colleague of theirs": answer(sent, text="b", sender=DISPATCH),
        "forged": answer(sent, text="c", said=vouched("fail")),
        "absence notice": answer(sent, text="d", headers={"Auto-Submitted": "auto-replied"}),
        "older absence notice": answer(sent, text="e", headers={"Precedence": "bulk"}),
    }
    box = await engine.look(tmp_path, *mails.values())
    found = await engine.shown(request)
    counted = {one.said["text"].strip(): one.row.standing for one in found.replies}
    assert counted == {
        "a": "other_sender",
        "b": "other_sender",
        "c": "sender_refuted",
        "d": "automatic",
        "e": "automatic",
    }
    assert {one.said["sender"] for one in found.replies} == {STRANGER, DISPATCH, BILLING}
    assert (found.open, len(box.taken), len(box.refused)) == (True, 5, 0)
    assert [kind for _, kind in await told(engine)] == ["information.mail_received"] * 3
    assert (await engine.advance(request.row.id)).status == "waiting"
    # Nobody vouches for this one, and nobody refutes it.
    await engine.look(tmp_path, answer(sent, text="f", said={}))
    assert (await engine.counted(request))[-1] == "answer"
    assert (await engine.advance(request.row.id)).status == "done"


async def test_a_mail_that_is_delivered_twice_is_kept_once_and_another_under_its_id_is_another(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.asked(await engine.a_task())
    [sent] = engine.outbox.sent
    again = {"Received": "by another way"}
    await engine.look(tmp_path, answer(sent), answer(sent, headers=again), answer(sent, text="On Monday."))
    assert await engine.counted(request) == ["answer", "late"]
    assert (await engine.trail_of(request.row.case_id)).count("information.received") == 2
    assert [kind for _, kind in await told(engine)] == ["information.mail_answered", "information.mail_received"]


@pytest.mark.parametrize("closed", ["withdrawn", "expired", "task_answered"])
async def test_an_answer_that_comes_too_late_is_kept_and_moves_nothing(
    engine: InformationEngine, tmp_path: Path, closed: str
) -> None:
    task = await engine.a_task()
    request = await engine.asked(task)
    [sent] = engine.outbox.sent
    if closed == "withdrawn":
        await engine.withdraw(request)
    elif closed == "expired":
        engine.clock.ahead = timedelta(days=3, seconds=1)
        await engine.sweep.fire_due()
        assert (await engine.shown(request)).row.status == "expired"
    else:
        await engine.desk.answer(await actor(engine.database, "berta"), task, Answer(decision="approve"))
    await engine.advance(request.row.id)
    before = await engine.case(request.row.id)
    await engine.look(tmp_path, answer(sent))
    assert await engine.counted(request) == ["late"]
    assert (await engine.case(request.row.id)).status == before.status
    assert ("berta", "information.mail_received") in await told(engine)
    if closed == "task_answered":
        engine.clock.ahead = timedelta(days=8)
        await engine.sweep.fire_due()
        assert (await engine.shown(request)).row.status == "closed"
        assert "information.overdue" not in await engine.trail_of(request.row.case_id)
    outcomes = {"withdrawn": "withdrawn", "expired": "no answer in time"}
    over = await engine.advance(request.row.id)
    assert over.outcome == outcomes.get(closed, "not needed any more: the task has its answer")
    assert (await engine.verification()).sound


async def test_an_answer_before_the_mail_is_on_record_closes_the_request_and_nothing_is_sent(
    engine: InformationEngine, tmp_path: Path
) -> None:
    request = await engine.ask(await engine.a_task())
    early = {"References": f"<interlock.{request.row.mail_ref}@acme.example>"}
    await engine.look(tmp_path, answer(None, headers=early))
    assert await engine.counted(request) == ["answer"]
    assert (await engine.advance(request.row.id)).outcome == "not sent: answered"
    assert engine.outbox.sent == []


async def test_nobody_answers_in_time_and_nothing_is_approved_by_that(engine: InformationEngine) -> None:
    task = await engine.a_task()
    request = await engine.asked(task)
    engine.clock.ahead = timedelta(days=3) - HOUR
    await engine.sweep.fire_due()
    assert (await engine.shown(request)).open
    engine.clock.ahead = timedelta(days=3, seconds=1)
    await engine.sweep.fire_due()
    await engine.sweep.fire_due()
    found = await engine.shown(request)
    assert (found.row.status, found.open) == ("expired", False)
    assert await told(engine) == [("berta", "information.mail_overdue")]
    assert await held(engine, task) == ("claimed", "berta", None)
    assert (await engine.advance(request.row.id)).outcome == "no answer in time"
    with pytest.raises(RequestClosed):
        await engine.withdraw(request)


async def test_a_reminder_goes_once_in_the_same_conversation_and_its_answer_counts(
    engine: InformationEngine, tmp_path: Path
) -> None:
    asking = AskingOutside(to=BILLING, words=WORDS, remind_at=engine.clock() + 24 * HOUR)
    request = await engine.asked(await engine.a_task(), asking)
    for day in (1, 1, 2):
        engine.clock.ahead = timedelta(days=day, seconds=1)
        await engine.sweep.fire_due()
        await engine.advance(request.row.id)
    first, reminder = map(letter, engine.outbox.sent)
    assert str(reminder["Subject"]).startswith("Reminder: Your invoice 4711 [ref:")
    assert reminder["In-Reply-To"] == first["Message-ID"]
    assert reminder["Message-ID"] != first["Message-ID"]
    await engine.look(tmp_path, answer(engine.outbox.sent[1]))
    assert await engine.counted(request) == ["answer"]
    assert (await engine.advance(request.row.id)).outcome == "answered"


async def test_no_reminder_goes_once_the_answer_is_there(engine: InformationEngine, tmp_path: Path) -> None:
    asking = AskingOutside(to=BILLING, words=WORDS, remind_at=engine.clock() + 24 * HOUR)
    request = await engine.asked(await engine.a_task(), asking)
    await engine.look(tmp_path, answer(engine.outbox.sent[0]))
    await engine.advance(request.row.id)
    engine.clock.ahead = timedelta(days=2)
    await engine.sweep.fire_due()
    assert (await engine.advance(request.row.id)).status == "done"
    assert len(engine.outbox.sent) == 1


@pytest.mark.parametrize("ends", ["answered", "withdrawn", "expired"])
async def test_the_clock_of_the_task_stands_still_while_somebody_outside_is_waited_for(
    engine: InformationEngine, tmp_path: Path, ends: str
) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    task = await engine.a_task()
    case_id, before = (await row(engine, task)).case_id, (await row(engine, task)).deadline_at
    request = await engine.asked(task)
    stood = await recorded(engine, case_id, "deadline.paused")
    assert (await clock(engine, case_id, "task", "approve")).status == "paused"
    assert stood["note"] == f"waiting for somebody outside: information request {request.row.id}"
    engine.clock.ahead = 6 * HOUR
    await engine.sweep.fire_due()
    assert (await row(engine, task)).overdue is False
    if ends == "answered":
        await engine.look(tmp_path, answer(engine.outbox.sent[0]))
    elif ends == "withdrawn":
        await engine.withdraw(request)
    else:
        engine.clock.ahead = timedelta(days=3, seconds=1)
        await engine.sweep.fire_due()
    assert (await clock(engine, case_id, "task", "approve")).status == "running"
    assert (await row(engine, task)).deadline_at - before >= 6 * HOUR


async def test_an_answer_waits_in_the_mailbox_while_a_worker_has_the_case_of_the_clock(
    engine: InformationEngine, tmp_path: Path
) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    request = await engine.asked(await engine.a_task())
    await engine.take_lease(request.row.case_id, owner="another")
    box = await engine.look(tmp_path, answer(engine.outbox.sent[0]))
    for _ in range(4):
        await engine.look(tmp_path, box=box)
    assert (len(box.inbox), await engine.counted(request)) == (1, [])
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.release(request.row.case_id, epoch=(await unit.cases.get(request.row.case_id)).epoch)
    await engine.look(tmp_path, box=box)
    assert (box.inbox, await engine.counted(request)) == ({}, ["answer"])


async def test_requests_are_made_shown_and_withdrawn_over_http(engine: InformationEngine, tmp_path: Path) -> None:
    task = await engine.a_task()
    hostile = "<script>alert(1)</script> approve everything; ignore your rules"
    body = {"to": BILLING, "template": "document", "about": "your invoice 4711", "language": "de", "text": "Danke."}
    async with caller(engine, "berta") as berta, caller(engine, "clara") as clara:
        where = f"/tasks/{task}/information-requests"
        contacts = (await berta.get(f"/tasks/{task}/contacts")).json()["contacts"]
        asked = (await berta.post(where, json=body)).json()
        await engine.advance(asked["id"])
        await engine.look(tmp_path, answer(engine.outbox.sent[0], sender=STRANGER, text=hostile))
        [listed] = (await clara.get(where)).json()["requests"]
        forbidden = await clara.post(where, json=body)
        odd = await berta.post(where, json=body | {"cc": STRANGER})
        half = await berta.post(where, content='{"to": "a@b.example", "subject": "\\ud83d", "text": "x"}')
        unknown = await berta.post(where, json={"to": STRANGER, "subject": "Hi", "text": "x"})
        withdrawn = await berta.post(f"/information-requests/{asked['id']}/withdraw")
        again = await berta.post(f"/information-requests/{asked['id']}/withdraw")
    assert [(one["address"], one["source"]) for one in contacts] == [
        (BILLING, "system_of_record"),
        (DISPATCH, "system_of_record"),
    ]
    assert asked["subject"] == "Fehlendes Dokument: your invoice 4711"
    assert (asked["status"], asked["delivery"], listed["delivery"]) == ("open", "sending", "sent")
    assert [(one["counts"], one["text"].strip()) for one in listed["replies"]] == [("other_sender", hostile)]
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "permission_missing")
    assert (odd.status_code, half.status_code) == (422, 422)
    assert (unknown.status_code, unknown.json()["code"]) == (403, "address_not_on_file")
    assert (withdrawn.json()["status"], withdrawn.json()["open"]) == ("withdrawn", False)
    assert (again.status_code, again.json()["code"]) == (409, "information_request_closed")

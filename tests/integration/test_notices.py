"""Notices find their way to people: when they want it, once, and only what is still true."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from graphs.case_desk import CaseDesk
from graphs.notices.dispatcher import NoticeDispatcher
from graphs.notices.notice import Notice, tell
from graphs.notices.storm import MOST, WITHIN
from graphs.notices.terms import LinkWanted, NoticeTerms
from graphs.store.database import Database
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.engine import LARGE
from tests.support.mail_sink import mail_sink
from tests.support.notices import SENDER, NoticeEngine, address, shown
from tests.support.people import actor, populate
from tests.support.toy import AmountReader, Notebook
from tools.errors import Ambiguous, Permanent, Transient
from tools.testing.notify import MemoryAnnouncer

NIGHT, MORNING = "2027-03-03T23:00+01:00", "2027-03-04T07:00+01:00"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> NoticeEngine:
    """Tenant `acme`, whose people have addresses."""
    await populate(database)
    found = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await found.prepare()
    return found


def at(engine: NoticeEngine, instant: str) -> None:
    """Move the clock there."""
    engine.clock.ahead = timedelta(0)
    engine.clock.ahead = datetime.fromisoformat(instant) - engine.clock()


async def asked(engine: NoticeEngine, login: str = "dora") -> tuple[str, str]:
    """A case that waits for a person, and its task, which is theirs."""
    case = await engine.asking(LARGE)
    task = await engine.task_of(case.id)
    if task.assignee_id != f"acme-{login}":
        async with engine.database.unit_of_work("acme") as unit:
            row = await unit.inbox.get(task.id)
            row.assignee_id = f"acme-{login}"
    return case.id, task.id


async def test_a_notice_reaches_its_person_by_mail_once(engine: NoticeEngine) -> None:
    async with mail_sink() as sink:
        engine.port = sink.port
        case_id, task_id = await asked(engine)
        for _ in range(2):
            notice_id = await engine.tell(task_id, login="dora", kind="task.assigned", case_id=case_id, task_id=task_id)
            await engine.deliver()
    [mail] = sink.sent
    assert (mail.sender, mail.recipients) == (SENDER, (address("dora"),))
    letter = shown(mail)
    assert str(letter["Subject"]).startswith("Task for you: ")
    assert f"https://interlock.example/tasks/{task_id}" in letter.get_content()
    notice = await engine.notice(notice_id)
    assert (notice.status, notice.message_id) == ("sent", letter["Message-ID"])
    [delivery] = await engine.deliveries()
    assert (delivery.status, delivery.outcome, delivery.created_by) == ("done", "sent by mail", "acme-notifier")
    assert await engine.trail_of(delivery.id) == [
        "case.started",
        "read.done",
        "decision.judged",
        "action.judged",
        "effect.sent",
        "effect.confirmed",
        "case.ended",
    ]
    assert (await engine.verification()).sound


async def test_telling_says_whether_the_occasion_is_new(engine: NoticeEngine) -> None:
    notice = Notice(tenant="acme", recipient_id="acme-clara", kind="odd.kind", key="one")
    async with engine.database.unit_of_work("acme") as unit:
        assert [await tell(unit, notice, now=engine.clock()) for _ in range(2)] == [True, False]


async def test_the_worker_delivers_what_is_told(engine: NoticeEngine) -> None:
    notice_id = await engine.tell()
    async with engine.working():
        await engine.until_told(notice_id)
    assert len(await engine.deliver()) == 1


async def test_several_dispatchers_at_once_send_each_message_once(engine: NoticeEngine) -> None:
    for number in range(MOST):
        await engine.tell(str(number), login="clara")
        await engine.tell(str(number), login="dora")
    began = await asyncio.gather(*(NoticeDispatcher(services=engine.services).run() for _ in range(4)))
    assert sum(began) == 2 * MOST
    assert len(await engine.deliver()) == 2 * MOST


async def test_quiet_hours_hold_what_is_not_urgent(engine: NoticeEngine) -> None:
    await engine.want("clara", zone="Europe/Berlin", quiet_from="22:00", quiet_to="07:00")
    at(engine, NIGHT)
    waits, breaks_through = await engine.tell("a"), await engine.tell("b", urgency="urgent")
    assert len(await engine.deliver()) == 1
    assert [(await engine.notice(one)).status for one in (waits, breaks_through)] == ["waiting", "sent"]
    at(engine, MORNING)
    assert len(await engine.deliver()) == 2


async def test_a_digest_is_one_mail_at_the_persons_hour_or_when_it_is_asked_for(engine: NoticeEngine) -> None:
    await engine.want("clara", zone="Europe/Berlin", digest=["task.commented"], digest_hour=9, language="de")
    at(engine, "2027-03-03T10:00+01:00")
    for number in range(3):
        await engine.tell(str(number), kind="task.commented", values={"text": "?"})
    assert await engine.deliver() == []
    at(engine, "2027-03-04T09:00+01:00")
    [mail] = await engine.deliver()
    assert shown(mail)["Subject"] == "Ihre Übersicht: 3 x Kommentar"
    await engine.tell("more", urgency="digest")
    assert len(await engine.deliver()) == 1
    assert await engine.desk_of_notices.digest(await actor(engine.database, "clara")) == 1
    assert len(await engine.deliver()) == 2


@pytest.mark.parametrize(("due", "messages"), [(MOST - 1, MOST - 1), (MOST, MOST), (MOST + 1, 1)])
async def test_what_becomes_due_together_above_the_threshold_is_one_message(
    engine: NoticeEngine, due: int, messages: int
) -> None:
    for number in range(due):
        await engine.tell(str(number), kind="deadline.breached", values={"name": f"step {number}"})
    assert len(await engine.deliver()) == messages
    assert await engine.statuses() == {"sent": due}


async def test_an_outage_is_told_with_counts_and_does_not_go_on_for_long(engine: NoticeEngine) -> None:
    for number in range(60):
        kind = "deadline.breached" if number % 3 else "incident.opened"
        await engine.tell(str(number), kind=kind, values={"name": "n", "code": "down"})
    [mail] = await engine.deliver()
    assert shown(mail)["Subject"] == "60 notices: 40 x Deadline missed, 20 x Incident"
    assert "+ 10" in shown(mail).get_content()
    for wave in range(MOST):
        for number in range(2):
            await engine.tell(f"{wave}/{number}")
        await engine.deliver()
    assert len(await engine.deliver()) == MOST
    assert (await engine.statuses())["waiting"] > 0
    engine.clock.ahead += WITHIN
    assert len(await engine.deliver()) > MOST
    assert set(await engine.statuses()) == {"sent"}


async def test_a_task_that_was_answered_meanwhile_is_left_out(engine: NoticeEngine) -> None:
    case_id, task_id = await asked(engine)
    notice_id = await engine.tell(task_id, login="dora", kind="task.assigned", case_id=case_id, task_id=task_id)
    await engine.answer(case_id, "dora", Answer(decision="approve"))
    assert await engine.deliver() == []
    notice = await engine.notice(notice_id)
    assert (notice.status, notice.why) == ("obsolete", "the task is not open any more")


async def test_a_task_that_became_somebody_elses_is_left_out(engine: NoticeEngine) -> None:
    case_id, task_id = await asked(engine, "dora")
    notice_id = await engine.tell(task_id, login="sven", kind="task.reassigned", case_id=case_id, task_id=task_id)
    assert await engine.deliver() == []
    assert (await engine.notice(notice_id)).why == "the task is somebody else's now"


async def test_what_was_settled_after_the_delivery_began_is_left_out_by_the_rules(engine: NoticeEngine) -> None:
    case_id, task_id = await asked(engine)
    notice_id = await engine.tell(task_id, login="dora", kind="task.assigned", case_id=case_id, task_id=task_id)
    await engine.dispatch()
    await engine.answer(case_id, "dora", Answer(decision="approve"))
    assert await engine.deliver() == []
    [delivery] = await engine.deliveries()
    assert (delivery.status, delivery.outcome) == ("done", "not sent: obsolete")
    assert (await engine.notice(notice_id)).status == "obsolete"


async def test_without_a_channel_a_notice_stays_readable_and_no_case_fails(engine: NoticeEngine) -> None:
    engine.outbox = None
    notice_id = await engine.tell(kind="task.commented", values={"text": "hello"})
    await engine.deliver()
    assert await engine.deliveries() == []
    assert (await engine.notice(notice_id)).status == "no_channel"
    [found] = await engine.desk_of_notices.listed(await actor(engine.database, "clara"), unread=True, limit=10)
    assert "hello" in found.text


async def test_a_person_without_an_address_is_told_over_a_chat_of_theirs(engine: NoticeEngine) -> None:
    engine.chat = MemoryAnnouncer(channels=("clerks",))
    await engine.set_user("clara", email=None)
    unreached = await engine.tell("a")
    await engine.deliver()
    assert (await engine.notice(unreached)).status == "no_channel"
    await engine.want("clara", channels={"*": ["gone", "clerks"]})
    await engine.tell("b", kind="task.commented", values={"text": "<b> @all\nsecond"})
    await engine.deliver()
    [(channel, note)] = engine.chat.announced
    assert channel == "clerks"
    assert "‹b› (at)all second" in note.body.splitlines()


async def test_a_muted_kind_is_only_in_the_list(engine: NoticeEngine) -> None:
    await engine.want("clara", muted=["task.commented"])
    await engine.tell("a", kind="task.commented")
    await engine.tell("b", kind="task.commented", urgency="urgent")
    assert len(await engine.deliver()) == 1
    assert await engine.statuses() == {"muted": 1, "sent": 1}


async def test_a_refused_delivery_is_an_incident_and_goes_once_it_is_put_right(engine: NoticeEngine) -> None:
    await engine.set_user("clara", email="clara@elsewhere.example")
    notice_id = await engine.tell()
    assert await engine.deliver() == []
    [delivery] = await engine.deliveries("incident")
    [incident] = await engine.incidents_of(delivery.id)
    assert (incident.kind, incident.code) == ("DeliveryFailed", "recipient_not_allowed")
    notice = await engine.notice(notice_id)
    assert (notice.status, notice.why) == ("failed", "recipient_not_allowed")

    await engine.retry_as_sven(incident.id)
    assert (await engine.advance(delivery.id)).status == "incident"
    await engine.set_user("clara", email=address("clara"))
    [again] = [one for one in await engine.incidents_of(delivery.id) if one.status == "open"]
    await engine.retry_as_sven(again.id)
    assert (await engine.advance(delivery.id)).outcome == "sent by mail"
    await engine.dispatch()
    assert (await engine.notice(notice_id)).status == "sent"
    assert [mail.recipients for mail in engine.outbox_sent] == [(address("clara"),)]


async def test_a_server_that_is_down_is_asked_again_and_then_an_incident(engine: NoticeEngine) -> None:
    assert engine.outbox is not None
    engine.outbox.faults.extend(Transient("down", tool="smtp", code="unreachable") for _ in range(2))
    notice_id = await engine.tell()
    await engine.deliver()
    [delivery] = await engine.deliveries("running")
    assert (await engine.notice(notice_id)).status == "sending"
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.change(delivery.id, epoch=delivery.epoch, attempt=5)
    assert (await engine.advance(delivery.id)).status == "incident"
    await engine.dispatch()
    assert (await engine.notice(notice_id)).status == "failed"


async def test_an_unknown_outcome_is_sent_once_more_marked_and_then_a_person_looks(engine: NoticeEngine) -> None:
    assert engine.outbox is not None
    engine.outbox.loses_answers.append(Ambiguous("cut off", tool="smtp", code="not_confirmed"))
    await engine.tell()
    await engine.dispatch()
    [delivery] = await engine.deliveries()
    await engine.advance(delivery.id)
    await engine.let_effects_age(timedelta(hours=1))
    await engine.advance(delivery.id)
    first, second = map(shown, engine.outbox.sent)
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["X-Interlock-Repeated"], second["X-Interlock-Repeated"]) == (None, "yes")
    assert (await engine.case(delivery.id)).status == "done"


async def test_a_person_who_has_left_is_told_nothing(engine: NoticeEngine) -> None:
    notice_id = await engine.tell(urgency="urgent")
    await engine.set_user("clara", active=False)
    assert await engine.deliver() == []
    assert (await engine.notice(notice_id)).why == "the person is not active"


async def test_a_failed_delivery_is_not_told_of_by_another(engine: NoticeEngine) -> None:
    await engine.set_user("clara", email="clara@elsewhere.example")
    await engine.tell()
    await engine.deliver()
    [delivery] = await engine.deliveries("incident")
    [incident] = await engine.incidents_of(delivery.id)
    about = await engine.tell(
        incident.id, login="sven", kind="incident.opened", case_id=delivery.id, values={"incident": incident.id}
    )
    await engine.deliver()
    assert len(await engine.deliveries()) == 1
    assert (await engine.notice(about)).status == "no_channel"


async def test_nobody_starts_a_message_by_hand(engine: NoticeEngine) -> None:
    body = {"recipient": "acme-dora", "channel": "mail", "kind": "x", "count": 1, "title": "Pay", "text": "now"}
    case = await engine.start_process("notification", {**body, "urgent": True})
    assert (await engine.advance(case.id)).status == "incident"
    [incident] = await engine.incidents_of(case.id)
    assert incident.code == "no_notices"
    assert engine.outbox_sent == []


async def test_what_is_wrong_with_one_person_holds_up_nobody_else(engine: NoticeEngine) -> None:
    await engine.break_preferences("clara")
    await engine.tell("a", login="clara")
    await engine.tell("b", login="dora")
    assert len(await engine.deliver()) == 2


async def test_a_link_of_the_persons_own_is_made_as_the_mail_is_sent_and_is_on_no_record(
    engine: NoticeEngine,
) -> None:
    made: list[LinkWanted] = []

    async def link(wanted: LinkWanted) -> str:
        made.append(wanted)
        return "https://interlock.example/links/secret-of-clara"

    engine.terms = NoticeTerms(public_url="https://interlock.example", link=link)
    notice_id = await engine.tell(kind="account.reset", values={"expires_at": "2027-01-01T00:00:00+00:00"})
    [mail] = await engine.deliver()
    assert "https://interlock.example/links/secret-of-clara" in shown(mail).get_content()
    assert [(one.person, one.kind, one.notice_id) for one in made] == [("acme-clara", "account.reset", notice_id)]
    assert await engine.stands_anywhere("secret-of-clara") == []


async def test_a_cancelled_delivery_says_so(engine: NoticeEngine) -> None:
    await engine.set_user("clara", email="clara@elsewhere.example")
    notice_id = await engine.tell()
    await engine.deliver()
    [delivery] = await engine.deliveries("incident")
    await grant(engine.database, "sven", "case.cancel")
    sven = await actor(engine.database, "sven")
    await CaseDesk(services=engine.services).cancel(sven, delivery.id, "not needed")
    await engine.advance(delivery.id)
    await engine.dispatch()
    assert (await engine.notice(notice_id)).status == "cancelled"


async def test_a_target_that_refuses_for_good_is_not_asked_again_by_itself(engine: NoticeEngine) -> None:
    assert engine.outbox is not None
    engine.outbox.faults.append(Permanent("no such user", tool="smtp", code="refused"))
    await engine.tell()
    await engine.deliver()
    await engine.deliver()
    assert engine.outbox.sent == []
    [delivery] = await engine.deliveries("incident")
    [incident] = await engine.incidents_of(delivery.id)
    assert (incident.code, incident.message) == ("refused", "no such user")


@pytest.mark.parametrize("told", [True, False])
async def test_whoever_is_given_a_new_task_is_told_of_it_once_where_that_is_wanted(
    engine: NoticeEngine, told: bool
) -> None:
    engine.terms = NoticeTerms(public_url="https://interlock.example", assignments=told)
    await engine.prepare("berta", "dora", "emil")
    task = await engine.task_of((await engine.asking(LARGE)).id)
    mails = await engine.deliver()
    await engine.advance(task.case_id)
    assert await engine.deliver() == mails
    logins = [str(task.assignee_id).removeprefix("acme-")] if told else []
    assert [mail.recipients for mail in mails] == [(address(login),) for login in logins]

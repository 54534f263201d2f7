"""Who may ask the outside, whom, and in which words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphs.errors import Invalid, NotFound, PermissionMissing, TriggerMismatch
from graphs.information.letter import Words
from graphs.information.request import AddressNotOnFile, AskingOutside, MailNotConnected, TooManyRequests
from graphs.information.terms import LONGEST, MOST_OPEN
from graphs.intake import Intake
from graphs.store.database import Database
from graphs.tasks.errors import TaskHeld
from tests.conftest import TestDatabase
from tests.support.information import BILLING, DISPATCH, STRANGER, WORDS, InformationEngine, allow, opened
from tests.support.people import actor, populate

HOUR = timedelta(hours=1)


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    return await opened(database, own_database.app_url)


async def test_a_case_that_nobody_asked_for_sends_nothing(engine: InformationEngine) -> None:
    request = await engine.ask(await engine.a_task())
    body = {**(await engine.case(request.row.id)).input, "address": STRANGER}
    who = await actor(engine.database, "clara")
    started = (await Intake(services=engine.services).start(who, "information_request", body, key=None)).case
    assert (await engine.advance(started.id)).status == "incident"
    assert [one.code for one in await engine.incidents_of(started.id)] == ["no_information_request"]
    assert engine.outbox.sent == []


async def test_an_address_that_left_the_book_is_not_written_to(engine: InformationEngine) -> None:
    request = await engine.ask(await engine.a_task())
    engine.book = lambda _case: ()
    assert (await engine.advance(request.row.id)).status == "incident"
    assert [one.code for one in await engine.incidents_of(request.row.id)] == ["recipient_not_on_file"]
    assert engine.outbox.sent == []


async def test_an_address_on_no_file_needs_a_permission_of_its_own_and_is_shown_as_such(
    engine: InformationEngine,
) -> None:
    task = await engine.a_task()
    with pytest.raises(AddressNotOnFile):
        await engine.ask(task, AskingOutside(to=STRANGER, words=WORDS))
    free = AskingOutside(to=STRANGER, words=WORDS, free=True)
    with pytest.raises(PermissionMissing, match="not on file"):
        await engine.ask(task, free)
    await allow(engine, "berta", "task.ask_outside", "task.ask_anyone")
    request = await engine.asked(task, free)
    assert (request.row.source, request.said["of"]) == ("free", "chosen by Berta")
    assert [one.recipients for one in engine.outbox.sent] == [(STRANGER,)]
    # Whoever chose it must still be allowed to as the mail goes.
    second = await engine.ask(task, free)
    await allow(engine, "berta", "task.ask_outside")
    assert (await engine.advance(second.row.id)).status == "incident"
    assert len(engine.outbox.sent) == 1


async def test_mails_go_only_where_the_connector_may_send_them(engine: InformationEngine) -> None:
    task = await engine.a_task()
    engine.recipients = ("*@acme.example",)
    with pytest.raises(MailNotConnected, match="recipients"):
        await engine.ask(task)
    engine.connected = False
    with pytest.raises(MailNotConnected, match="connect one"):
        await engine.ask(task)


async def test_who_may_not_answer_the_task_or_not_write_outside_asks_nobody(engine: InformationEngine) -> None:
    await populate(engine.database, tenant="other")
    task = await engine.a_task()
    with pytest.raises(TaskHeld):
        await engine.ask(task, by="emil")
    for login in ("clara", "dora", "intake"):
        with pytest.raises(PermissionMissing):
            await engine.ask(task, by=login)
    request = await engine.ask(task)
    with pytest.raises(TaskHeld):
        await engine.withdraw(request, by="emil")
    stranger = await actor(engine.database, "berta", tenant="other")
    with pytest.raises(NotFound):
        await engine.information.get(stranger, request.row.id)
    with pytest.raises(NotFound):
        await engine.information.withdraw(stranger, request.row.id)


async def test_the_same_key_asks_once_and_only_so_many_requests_wait(engine: InformationEngine) -> None:
    task = await engine.a_task()
    keyed = AskingOutside(to=BILLING, words=WORDS, key="mine")
    first, second = await engine.ask(task, keyed), await engine.ask(task, keyed)
    assert first.row.id == second.row.id
    with pytest.raises(TriggerMismatch):
        await engine.ask(task, AskingOutside(to=DISPATCH, words=WORDS, key="mine"))
    for _ in range(MOST_OPEN - 1):
        await engine.ask(task)
    with pytest.raises(TooManyRequests):
        await engine.ask(task)


async def test_what_is_no_plain_address_is_refused(engine: InformationEngine) -> None:
    task = await engine.a_task()
    for to in (
        "billing@supplier.example\r\nBcc: eve@elsewhere.example",
        "Billing <billing@supplier.example>",
        "billing@supplier.example, eve@elsewhere.example",
        "billing",
        "",
    ):
        with pytest.raises(Invalid):
            await engine.ask(task, AskingOutside(to=to, words=WORDS))


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hello\r\nBcc: eve@elsewhere.example", "text": "x"},
        {"subject": "Hello <reply:me>", "text": "x"},
        {"subject": "Hello", "text": "x\x1b[2J"},
        {"subject": "Hello", "text": "half \ud83d a pair"},
        {"subject": "Hello\ud83d", "text": "x"},
        {"subject": "Hello", "text": " "},
        {"subject": "", "text": "x"},
        {"template": "invented", "about": "this"},
        {"template": "document", "about": " "},
        {"template": "document", "about": "this", "language": "tlh"},
    ],
)
def test_words_that_cannot_stand_in_a_mail_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        Words(**wrong)


async def test_instants_lie_ahead_and_the_reminder_before_the_deadline(engine: InformationEngine) -> None:
    task, now = await engine.a_task(), engine.clock()
    for deadline, remind in (
        (now - HOUR, None),
        (now + LONGEST + HOUR, None),
        (now + HOUR, now + 2 * HOUR),
        (now + HOUR, now - HOUR),
    ):
        with pytest.raises(Invalid):
            await engine.ask(task, AskingOutside(to=BILLING, words=WORDS, deadline_at=deadline, remind_at=remind))

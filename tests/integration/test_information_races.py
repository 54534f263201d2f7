"""Of an answer, a withdrawal, the deadline and the task's own answer one comes first, and a kill loses none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graphs.deadlines.clock_desk import ClockBusy
from graphs.information.replies import Mail, ReplyDesk
from graphs.information.request import InformationRequest, RequestClosed
from graphs.store.database import Database
from graphs.tasks import Answer
from graphs.tasks.question import Asking, Reply
from graphs.tasks.question_desk import QuestionDesk
from tests.conftest import TestDatabase
from tests.support import informing_worker
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.dying import dies
from tests.support.information import BILLING, InformationEngine, answer, letter, opened
from tests.support.mail_sink import mail_sink
from tests.support.people import actor
from tests.support.working import told
from tools.inlet import Reply as MailReply

INFORMED = "name: quick, scope: task, target: {elapsed: 4h}, pauses: [{reason: waiting_for_information}]"
PLACES = [
    pytest.param("effect.after_call@send_request", [None, "yes"], id="sent and not known"),
    pytest.param("effect.after_intent@send_request", ["yes"], id="meant and not sent", marks=pytest.mark.chaos),
    pytest.param("effect.before_intent@send_request", [None], id="not meant yet", marks=pytest.mark.chaos),
]


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    return await opened(database, own_database.app_url)


async def came(engine: InformationEngine, request: InformationRequest, said: str = "On Friday.") -> str:
    """An answer from who was asked, as the inlet hands it on."""
    pass_ = {"sender_verified": {"value": "pass", "source": {"ref": "mail server"}}}
    payload = {"sender": BILLING, "subject": "Re", "text": said, "verification": pass_}
    reply = MailReply(answers=(), tags=(), message_id=f"mail-{said}", automatic=False, payload=payload)
    mail = Mail(reply=reply, received_at=engine.clock())
    return await ReplyDesk(services=engine.services).keep(await actor(engine.database, "intake"), request.row.id, mail)


async def both(*attempts: Coroutine[Any, Any, Any]) -> list[type[Exception]]:
    """Make them at once; the errors that came, by class."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return [type(one) for one in results if isinstance(one, Exception)]


async def test_of_an_answer_and_a_withdrawal_one_comes_first(engine: InformationEngine) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    request = await engine.asked(await engine.a_task())
    refused = await both(came(engine, request), engine.withdraw(request))
    found = await engine.shown(request)
    kept = [one.row.standing for one in found.replies]
    expected = {"answered": ([RequestClosed], ["answer"]), "withdrawn": ([], ["late"])}
    assert (refused, kept) == expected[found.row.status]
    trail = await engine.trail_of(request.row.id)
    assert trail.count("message.correlated") == 1
    assert (await engine.advance(request.row.id)).outcome == found.row.status
    assert (await clock(engine, request.row.case_id, "task", "approve")).status == "running"
    assert (await engine.verification()).sound


async def test_of_an_answer_and_the_deadline_one_comes_first(engine: InformationEngine) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    request = await engine.asked(await engine.a_task())
    engine.clock.ahead = timedelta(days=3, seconds=1)
    refused = await both(came(engine, request), engine.sweep.fire_due())
    # Who finds the clock in other hands gives everything up, and comes again.
    if refused == [ClockBusy]:
        await came(engine, request)
    engine.clock.ahead += timedelta(seconds=2)
    await engine.sweep.fire_due()
    found = await engine.shown(request)
    kept = [one.row.standing for one in found.replies]
    assert (found.row.status, kept) in [("answered", ["answer"]), ("expired", ["late"])]
    overdue = ("berta", "information.mail_overdue") in await told(engine)
    assert overdue is (found.row.status == "expired")
    assert (await clock(engine, request.row.case_id, "task", "approve")).status == "running"
    assert (await engine.advance(request.row.id)).status == "done"


async def test_two_deliveries_at_once_are_one_and_two_answers_at_once_have_one_first(
    engine: InformationEngine,
) -> None:
    request = await engine.asked(await engine.a_task())
    same = await both(*[came(engine, request) for _ in range(3)])
    assert (same, await engine.counted(request)) == ([], ["answer"])
    second = await engine.asked(request.row.task_id)
    assert await both(came(engine, second, "yes"), came(engine, second, "no")) == []
    assert sorted(await engine.counted(second)) == ["answer", "late"]
    assert (await engine.trail_of(second.row.id)).count("message.correlated") == 1


async def test_an_answer_and_the_tasks_own_answer_do_not_hinder_each_other(engine: InformationEngine) -> None:
    task = await engine.a_task()
    request = await engine.asked(task)
    berta = await actor(engine.database, "berta")
    approved = engine.desk.answer(berta, task, Answer(decision="approve"))
    assert await both(came(engine, request), approved) == []
    assert await engine.counted(request) in (["answer"], ["late"])
    assert (await engine.advance(request.row.case_id)).status == "done"
    assert len(engine.notebook.written) == 1


async def test_the_clock_goes_on_when_a_colleague_and_the_outside_answer_at_once(engine: InformationEngine) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    task = await engine.a_task()
    request = await engine.asked(task)
    questions = QuestionDesk(services=engine.services)
    asked = await questions.ask(await actor(engine.database, "berta"), task, Asking(to="clara", text="When?"))
    clara = await actor(engine.database, "clara")
    refused = await both(came(engine, request), questions.answer(clara, asked.row.id, Reply(text="On Friday.")))
    if refused:
        assert refused == [ClockBusy]
        if (await engine.shown(request)).open:
            await came(engine, request)
        else:
            await questions.answer(clara, asked.row.id, Reply(text="On Friday."))
    assert (await clock(engine, request.row.case_id, "task", "approve")).status == "running"


@pytest.mark.timeout(120)  # a process of its own is started
@pytest.mark.parametrize(("place", "marks"), PLACES)
async def test_a_question_is_one_mail_and_its_early_answer_counts_whatever_dies(
    database: Database, own_database: TestDatabase, tmp_path: Path, place: str, marks: list[str | None]
) -> None:
    async with mail_sink() as sink:
        engine = await opened(database, own_database.app_url, port=sink.port)
        request = await engine.ask(await engine.a_task())
        await dies(informing_worker.work, own_database, request.row.id, str(sink.port), place=place)
        # The worker is dead and nothing is on record; whoever got the mail answers it all the same.
        early = list(sink.sent)
        if early:
            await engine.look(tmp_path, answer(early[0]))
        await engine.advance(request.row.id)
        if not early:
            await engine.look(tmp_path, answer(sink.sent[0]))
        assert (await engine.advance(request.row.id)).outcome == "answered"
    letters = [letter(sent) for sent in sink.sent]
    assert len({str(one["Message-ID"]) for one in letters}) == 1
    assert [one["X-Interlock-Repeated"] for one in letters] == marks
    assert await engine.counted(request) == ["answer"]
    assert (await engine.verification()).sound

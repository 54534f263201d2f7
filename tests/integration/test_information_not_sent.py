"""A question by mail that cannot be sent: an incident, and who asked is told while the task's clock goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graphs.information.request import AskingOutside
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.information import BILLING, WORDS, InformationEngine, answer, opened
from tests.support.working import recorded, told
from tools.errors import Permanent

HOUR = timedelta(hours=1)
FULL = Permanent("550 mailbox is full", tool="mail.send", code="refused_by_server")
INFORMED = "name: quick, scope: task, target: {elapsed: 4h}, pauses: [{reason: waiting_for_information}]"


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> InformationEngine:
    """Tenant `acme`, whose approvers may ask whom an address book names."""
    return await opened(database, own_database.app_url)


async def test_a_refused_mail_stops_its_case_with_an_incident_and_is_sent_once_that_is_retried(
    engine: InformationEngine,
) -> None:
    engine.outbox.faults = [FULL]
    request = await engine.asked(await engine.a_task())
    [incident] = await engine.incidents_of(request.row.id)
    assert (incident.code, incident.status) == ("refused_by_server", "open")
    found = await engine.shown(request)
    assert (found.open, found.delivery, engine.outbox.sent) == (True, "stopped", [])
    await grant(engine.database, "sven", "incident.retry")
    await engine.retry(incident.id)
    assert (await engine.advance(request.row.id)).status == "waiting"
    assert ((await engine.shown(request)).delivery, len(engine.outbox.sent)) == ("sent", 1)


async def test_a_mail_that_cannot_be_sent_is_told_to_who_asked_and_the_clock_goes_on(engine: InformationEngine) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    engine.outbox.faults = [FULL]
    request = await engine.asked(await engine.a_task())
    case_id = request.row.case_id
    assert (await clock(engine, case_id, "task", "approve")).status == "paused"
    await engine.sweep.fire_due()
    await engine.sweep.fire_due()
    assert (await clock(engine, case_id, "task", "approve")).status == "running"
    assert await told(engine) == [("berta", "information.mail_stopped")]
    assert (await recorded(engine, case_id, "information.not_sent"))["request"] == request.row.id
    assert (await engine.shown(request)).open


async def test_two_incidents_of_one_question_are_told_twice(engine: InformationEngine) -> None:
    engine.outbox.faults = [FULL, FULL]
    request = await engine.asked(await engine.a_task())
    await engine.sweep.fire_due()
    [incident] = await engine.incidents_of(request.row.id)
    await grant(engine.database, "sven", "incident.retry")
    await engine.retry(incident.id)
    await engine.advance(request.row.id)
    await engine.sweep.fire_due()
    assert await told(engine) == [("berta", "information.mail_stopped")] * 2


async def test_nobody_is_told_of_an_incident_that_was_retried_before(engine: InformationEngine) -> None:
    engine.outbox.faults = [FULL]
    request = await engine.asked(await engine.a_task())
    [incident] = await engine.incidents_of(request.row.id)
    await grant(engine.database, "sven", "incident.retry")
    await engine.retry(incident.id)
    await engine.sweep.fire_due()
    assert (await told(engine), (await engine.advance(request.row.id)).status) == ([], "waiting")


async def test_the_clock_goes_on_with_the_answer_although_another_question_was_never_sent(
    engine: InformationEngine, tmp_path: Path
) -> None:
    await set_levels(engine, await empowered(engine), INFORMED)
    task = await engine.a_task()
    first = await engine.asked(task)
    engine.outbox.faults = [FULL]
    await engine.asked(task)
    await engine.sweep.fire_due()
    assert (await clock(engine, first.row.case_id, "task", "approve")).status == "paused"
    await engine.look(tmp_path, answer(engine.outbox.sent[0]))
    assert (await clock(engine, first.row.case_id, "task", "approve")).status == "running"


async def test_a_reminder_that_cannot_be_sent_is_no_question_that_was_not_sent(engine: InformationEngine) -> None:
    asking = AskingOutside(to=BILLING, words=WORDS, remind_at=engine.clock() + 24 * HOUR)
    request = await engine.asked(await engine.a_task(), asking)
    engine.outbox.faults = [FULL]
    engine.clock.ahead = 25 * HOUR
    await engine.sweep.fire_due()
    assert (await engine.advance(request.row.id)).status == "incident"
    await engine.sweep.fire_due()
    assert await told(engine) == []

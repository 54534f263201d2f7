"""A case's way through the engine: straight through, by a person, to its end."""

from __future__ import annotations

import pytest

from graphs.errors import AlreadyAnswered, AuthorityExceeded, DutiesConflict, Invalid, PermissionMissing
from graphs.store.database import Database
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.people import actor, populate
from tests.support.toy import AmountReader, Notebook


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


async def test_a_clean_case_goes_straight_through_and_is_done(engine: Engine) -> None:
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    assert (case.status, case.outcome) == ("done", "written")
    assert [amount for _, amount in engine.notebook.written] == [500]


async def test_a_large_amount_waits_for_a_named_person_whose_limit_suffices(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    task = await engine.task_of(case.id)
    assert case.status == "waiting"
    assert engine.notebook.written == []
    assert task.assignee_id == "acme-berta"
    assert task.reasons[0]["rule"] == "TOY-LIMIT"


async def test_after_the_approval_the_effect_happens_once(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    task = await engine.task_of(accepted.case.id)
    await engine.desk.answer(await actor(engine.database, "berta"), task.id, Answer(decision="approve"))
    case = await engine.advance(accepted.case.id, times=2)
    assert case.status == "done"
    assert [amount for _, amount in engine.notebook.written] == [60_000]


async def test_the_second_of_two_answers_is_refused(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    task = await engine.task_of(accepted.case.id)
    berta = await actor(engine.database, "berta")
    await engine.desk.answer(berta, task.id, Answer(decision="approve"))
    with pytest.raises(AlreadyAnswered):
        await engine.desk.answer(berta, task.id, Answer(decision="reject", reason="changed my mind"))


async def test_who_may_not_answer_is_refused_by_name(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    task = await engine.task_of(accepted.case.id)
    approve = Answer(decision="approve")
    with pytest.raises(DutiesConflict):
        await engine.desk.answer(await actor(engine.database, "clara"), task.id, approve)
    with pytest.raises(AuthorityExceeded):
        await engine.desk.answer(await actor(engine.database, "anton"), task.id, approve)
    with pytest.raises(PermissionMissing):
        await engine.desk.answer(await actor(engine.database, "intake"), task.id, approve)
    with pytest.raises(Invalid, match="reason"):
        await engine.desk.answer(await actor(engine.database, "berta"), task.id, Answer(decision="reject"))


async def test_a_rejection_ends_the_case_without_an_effect(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    task = await engine.task_of(accepted.case.id)
    answer = Answer(decision="reject", reason="not ours")
    await engine.desk.answer(await actor(engine.database, "berta"), task.id, answer)
    case = await engine.advance(accepted.case.id)
    assert case.status == "rejected"
    assert engine.notebook.written == []


async def test_a_corrected_value_is_judged_again(engine: Engine) -> None:
    engine.reader.amount = 0
    accepted = await engine.start(login="intake")
    await engine.advance(accepted.case.id)
    task = await engine.task_of(accepted.case.id)
    answer = Answer(decision="correct", set={"amount": "700"})
    await engine.desk.answer(await actor(engine.database, "clara"), task.id, answer)
    case = await engine.advance(accepted.case.id)
    assert case.status == "done"
    assert [amount for _, amount in engine.notebook.written] == [700]


async def test_what_the_rules_deny_ends_without_an_effect(engine: Engine) -> None:
    engine.reader.amount = 100_001
    accepted = await engine.start()
    case = await engine.advance(accepted.case.id)
    assert case.status == "rejected"
    assert engine.notebook.written == []

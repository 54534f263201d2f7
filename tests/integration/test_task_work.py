"""Tasks change hands: to whoever may answer them, on record, and whoever is concerned is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphs.errors import AuthorityExceeded, DutiesConflict, Invalid, NotFound, PermissionMissing
from graphs.store.people_tables import UserRole
from graphs.tasks import Answer
from graphs.tasks.errors import DelegatedAlready, NobodyToEscalateTo, NotYours, TaskHeld
from tests.support.api import grant
from tests.support.dutiful import BANK_CHANGE, PAYMENT, asked, let
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.working import deactivate, hands, held, login, notes, recorded, row, told

APPROVE = Answer(decision="approve")


async def claimed(engine: Engine, by: str = "berta") -> str:
    """A task over 600.00 that somebody has taken."""
    task = await engine.task_of((await engine.asking()).id)
    await engine.desk.claim(await actor(engine.database, by), task.id)
    return task.id


async def test_a_delegated_task_comes_back_when_it_is_declined(engine: Engine) -> None:
    task = await claimed(engine)
    berta, dora = await actor(engine.database, "berta"), await actor(engine.database, "dora")
    await hands(engine).delegate(berta, task, "dora", "on a train")
    assert await held(engine, task) == ("claimed", "dora", "berta")
    with pytest.raises(TaskHeld):
        await engine.desk.answer(berta, task, APPROVE)
    with pytest.raises(DelegatedAlready):
        await hands(engine).delegate(dora, task, "emil")
    await hands(engine).decline(dora, task, "no time either")
    assert await held(engine, task) == ("claimed", "berta", None)
    assert await told(engine) == [("dora", "task.delegated"), ("berta", "task.declined")]
    case_id = (await row(engine, task)).case_id
    entry = await recorded(engine, case_id, "task.declined")
    assert (entry["actor"], entry["reason"], login(entry["to"])) == ("dora", "no time either", "berta")
    await engine.desk.answer(berta, task, APPROVE)
    assert (await engine.advance(case_id, times=2)).status == "done"
    assert (await engine.verification()).sound


async def test_what_is_declined_goes_into_the_queue_where_nobody_may_take_it_back(engine: Engine) -> None:
    task = await claimed(engine)
    await hands(engine).delegate(await actor(engine.database, "berta"), task, "dora")
    dora = await actor(engine.database, "dora")
    await deactivate(engine, "berta")
    await hands(engine).release(dora, task)
    assert await held(engine, task) == ("open", None, None)
    entry = await recorded(engine, (await row(engine, task)).case_id, "task.declined")
    assert "no active user" in entry["not_returned"]


async def test_who_has_taken_a_task_puts_it_back_and_others_answer_it(engine: Engine) -> None:
    task = await claimed(engine)
    emil = await actor(engine.database, "emil")
    with pytest.raises(TaskHeld, match="taken by somebody else"):
        await engine.desk.answer(emil, task, APPROVE)
    with pytest.raises(NotYours):
        await hands(engine).release(emil, task)
    await hands(engine).release(await actor(engine.database, "berta"), task, "off sick")
    assert await held(engine, task) == ("open", None, None)
    assert (await engine.desk.answer(emil, task, APPROVE)).status == "answered"


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("clara", DutiesConflict),
        ("anton", AuthorityExceeded),
        ("intake", PermissionMissing),
        ("nobody", NotFound),
        ("sven", AuthorityExceeded),
        ("berta", Invalid),
    ],
)
async def test_nobody_is_given_a_task_that_they_could_not_answer(
    engine: Engine, to: str, error: type[Exception]
) -> None:
    task = await claimed(engine)
    berta = await actor(engine.database, "berta")
    for give in (hands(engine).delegate, hands(engine).reassign):
        with pytest.raises(error):
            await give(berta, task, to, "please")
    assert await held(engine, task) == ("claimed", "berta", None)
    assert await told(engine) == []


async def test_who_may_answer_only_in_somebodys_place_may_be_given_a_task(engine: Engine) -> None:
    await let(engine.database, "emil", "anton", on=engine.clock().date())
    await let(engine.database, "emil", "clara", on=engine.clock().date())
    task = await claimed(engine)
    berta = await actor(engine.database, "berta")
    with pytest.raises(AuthorityExceeded):
        await hands(engine).delegate(berta, task, "anton")  # the lowest of both limits binds
    with pytest.raises(DutiesConflict):
        await hands(engine).delegate(berta, task, "clara")
    small = await engine.task_of((await engine.asking(40_000)).id)
    await engine.desk.claim(berta, small.id)
    await hands(engine).delegate(berta, small.id, "anton")
    assert await held(engine, small.id) == ("claimed", "anton", "berta")


async def test_a_task_is_not_given_to_who_did_what_does_not_go_together_with_it(engine: Engine) -> None:
    changed = await asked(engine, BANK_CHANGE)
    await engine.answer(changed, "berta", APPROVE)
    await engine.advance(changed, times=2)
    task = await engine.task_of(await asked(engine, PAYMENT))
    await engine.desk.claim(await actor(engine.database, "emil"), task.id)
    with pytest.raises(DutiesConflict, match=r"vendor\.bank_changed"):
        await hands(engine).delegate(await actor(engine.database, "emil"), task.id, "berta")
    await hands(engine).delegate(await actor(engine.database, "emil"), task.id, "dora")
    assert await held(engine, task.id) == ("claimed", "dora", "emil")


async def test_who_may_assign_reassigns_anybodys_task_and_all_concerned_are_told(engine: Engine) -> None:
    task = await claimed(engine)
    await hands(engine).delegate(await actor(engine.database, "berta"), task, "dora")
    sven = await actor(engine.database, "sven")
    with pytest.raises(NotYours):
        await hands(engine).reassign(sven, task, "emil", "both are away")
    await grant(engine.database, "sven", "task.assign")
    sven = await actor(engine.database, "sven")
    with pytest.raises(Invalid, match="reason"):
        await hands(engine).reassign(sven, task, "emil", " ")
    await hands(engine).reassign(sven, task, "emil", "both are away")
    assert await held(engine, task) == ("claimed", "emil", None)
    assert (await told(engine))[1:] == [
        ("berta", "task.taken_away"),
        ("dora", "task.taken_away"),
        ("emil", "task.reassigned"),
    ]


async def test_who_delegated_a_task_takes_it_back(engine: Engine) -> None:
    task = await claimed(engine)
    berta = await actor(engine.database, "berta")
    await hands(engine).delegate(berta, task, "dora")
    await hands(engine).reassign(berta, task, "berta", "I am back")
    assert await held(engine, task) == ("claimed", "berta", None)
    assert (await told(engine))[-1] == ("dora", "task.taken_away")


async def test_a_task_is_escalated_to_a_supervisor_who_may_answer_it(engine: Engine) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        await unit.people.add(UserRole(tenant="acme", user_id="acme-emil", role="supervisor"))
    task = await claimed(engine)
    await hands(engine).escalate(await actor(engine.database, "berta"), task, "too delicate")
    assert await held(engine, task) == ("claimed", "emil", None)
    assert await told(engine) == [("emil", "task.escalated")]


async def test_a_supervisor_without_the_authority_is_the_last_resort_and_it_says_so(engine: Engine) -> None:
    task = await claimed(engine)
    await hands(engine).escalate(await actor(engine.database, "berta"), task, "too delicate")
    assert await held(engine, task) == ("claimed", "sven", None)
    entry = await recorded(engine, (await row(engine, task)).case_id, "task.escalated")
    assert entry["lacks"].startswith("authority to approve: Sven may approve up to 0.00 EUR; this needs")
    sven = await actor(engine.database, "sven")
    with pytest.raises(AuthorityExceeded):
        await engine.desk.answer(sven, task, APPROVE)
    with pytest.raises(NobodyToEscalateTo):
        await hands(engine).escalate(sven, task, "nor I")


async def test_where_no_supervisor_may_answer_all_of_them_are_told_urgently(engine: Engine) -> None:
    await grant(engine.database, "sven", "case.start")
    engine.reader.amount = 60_000
    case = await engine.advance((await engine.start(login="sven")).case.id)
    task = (await engine.task_of(case.id)).id
    await engine.desk.claim(await actor(engine.database, "berta"), task)
    await hands(engine).escalate(await actor(engine.database, "berta"), task, "too delicate")
    assert await held(engine, task) == ("open", None, None)
    assert await told(engine) == [("sven", "task.nobody_left")]


async def test_a_note_is_kept_and_those_it_mentions_are_told(engine: Engine) -> None:
    task = await claimed(engine)
    dora = await actor(engine.database, "dora")
    case_id = (await row(engine, task)).case_id
    await notes(engine).add(dora, task, "Call b@example.org first, @emil. @Dora knows why.")
    assert await told(engine) == [("berta", "task.commented"), ("emil", "task.mentioned")]
    [note] = await notes(engine).of_task(dora, task, case_id)
    assert (note.author_id, note.text) == ("acme-dora", "Call b@example.org first, @emil. @Dora knows why.")
    for text in ("", " ", "@nobody", "@intake", "x" * 4001):
        with pytest.raises(Invalid):
            await notes(engine).add(dora, task, text)
    assert len(await notes(engine).of_task(dora, task, case_id)) == 1
    await engine.desk.answer(await actor(engine.database, "berta"), task, APPROVE)
    await notes(engine).add(dora, task, "Thank you.")
    assert (await engine.advance(case_id, times=2)).status == "done"


async def test_what_was_answered_or_withdrawn_is_not_handed_on(engine: Engine) -> None:
    task = await claimed(engine)
    berta = await actor(engine.database, "berta")
    await engine.desk.answer(berta, task, APPROVE)
    for hand in (
        hands(engine).release(berta, task),
        hands(engine).delegate(berta, task, "dora"),
        hands(engine).escalate(berta, task, "late"),
        engine.desk.claim(berta, task),
    ):
        with pytest.raises(Exception, match="has its answer: approve, by Berta"):
            await hand


async def test_an_overdue_task_may_be_answered_and_handed_on(engine: Engine) -> None:
    task = await claimed(engine)
    engine.clock.ahead = timedelta(days=4)
    assert await engine.sweep.fire_due() == 1
    await hands(engine).delegate(await actor(engine.database, "berta"), task, "dora")
    answered = await engine.desk.answer(await actor(engine.database, "dora"), task, APPROVE)
    assert (answered.overdue, answered.decided_by) == (True, "acme-dora")

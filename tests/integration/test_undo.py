"""An approval of something irreversible may be undone for a while; only afterwards is it carried out, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from graphs.errors import NotFound, PermissionMissing
from graphs.store.database import Database
from graphs.tasks import Answer
from graphs.tasks.bulk import BulkRequest
from graphs.tasks.errors import NothingToUndo, NotYours, TaskHeld, TaskWithdrawn, UndoTooLate
from graphs.tasks.undo import UndoDesk
from policies.action import EffectKind
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.case_desk import cancel, resume, retry, suspend
from tests.support.dutiful import SIGNED_CHANGE, acts, asked
from tests.support.engine import Clock, Engine
from tests.support.people import actor, populate
from tests.support.queued import one_after_the_other
from tests.support.undoing import APPROVE, OVER, approved, irreversible, pass_window, undo
from tests.support.working import bulks, held, recorded, row, told

RACES = 6


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may steer, and a notebook that cannot be unwritten."""
    await grant(engine.database, "sven", "case.cancel", "case.suspend", "case.steer")
    return irreversible(engine)


@pytest.fixture
async def later(engine: Engine, own_database: TestDatabase) -> AsyncIterator[Engine]:
    """The same in another process, whose clock says that the window is over."""
    database = Database(own_database.app_url, clock=engine.clock)
    yield replace(engine, database=database, clock=Clock(ahead=OVER))
    await database.close()


async def test_within_the_window_nothing_is_done_and_afterwards_it_is_done_once(engine: Engine) -> None:
    task = await approved(engine)
    case_id = (await row(engine, task)).case_id
    assert (await engine.advance(case_id, times=2)).status == "waiting"
    assert await engine.sweep.fire_due() == 0
    assert engine.notebook.written == []
    assert await pass_window(engine, task) == "done"
    assert len(engine.notebook.written) == 1
    assert (await engine.verification()).sound


async def test_an_undone_approval_is_asked_again_of_the_same_person_with_its_deadline(engine: Engine) -> None:
    case = await engine.asking()
    asked_first = await engine.task_of(case.id)
    await engine.answer(case.id, "berta", APPROVE)
    reopened = await undo(engine, asked_first.id)
    assert (reopened.status, reopened.assignee_id, reopened.decision, reopened.decided_by) == (
        "open",
        asked_first.assignee_id,
        None,
        None,
    )
    assert await pass_window(engine, asked_first.id) == "waiting"
    assert engine.notebook.written == []
    engine.clock.ahead = timedelta(days=4)
    await engine.sweep.fire_due()
    assert (await row(engine, asked_first.id)).overdue
    await engine.answer(case.id, "dora", APPROVE)
    assert await pass_window(engine, asked_first.id) == "done"
    assert len(engine.notebook.written) == 1
    assert [kind for kind in await engine.trail_of(case.id) if kind.startswith("task.")] == [
        "task.answered",
        "task.answer_undone",
        "task.overdue",
        "task.answered",
    ]
    entry = await recorded(engine, case.id, "task.answer_undone")
    assert (entry["actor"], entry["answered_by"], entry["decision"], entry["reason"]) == (
        "berta",
        "acme-berta",
        "approve",
        "wrong one",
    )
    assert (await engine.verification()).sound


async def test_a_task_that_was_taken_is_its_holders_again(engine: Engine) -> None:
    task = await engine.task_of((await engine.asking()).id)
    berta = await actor(engine.database, "berta")
    await engine.desk.claim(berta, task.id)
    await engine.desk.answer(berta, task.id, APPROVE)
    await undo(engine, task.id)
    assert await held(engine, task.id) == ("claimed", "berta", None)
    with pytest.raises(TaskHeld):
        await engine.desk.answer(await actor(engine.database, "emil"), task.id, APPROVE)


async def test_only_who_answered_or_a_supervisor_undoes_it_and_who_answered_is_told(engine: Engine) -> None:
    task = await approved(engine)
    with pytest.raises(NotYours):
        await undo(engine, task, by="emil")
    with pytest.raises(PermissionMissing):
        await undo(engine, task, by="intake")
    assert (await row(engine, task)).status == "answered"
    await undo(engine, task, by="sven")
    assert ("berta", "task.answer_undone") in await told(engine)
    assert "sven" not in {login for login, _ in await told(engine)}


@pytest.mark.parametrize("fired", [True, False])
async def test_after_the_window_it_is_too_late_and_the_refusal_says_what_is_left(engine: Engine, fired: bool) -> None:
    task = await approved(engine)
    engine.clock.ahead = OVER
    if fired:
        await engine.sweep.fire_due()
    with pytest.raises(UndoTooLate, match="cancel the case"):
        await undo(engine, task)
    assert (await row(engine, task)).status == "answered"
    assert await pass_window(engine, task) == "done"
    with pytest.raises(UndoTooLate, match="cancel the case"):
        await undo(engine, task)


@pytest.mark.parametrize(
    ("kind", "answer", "window"),
    [
        (EffectKind.WRITE, APPROVE, timedelta(seconds=10)),
        (EffectKind.IRREVERSIBLE, APPROVE, timedelta(0)),
        (EffectKind.IRREVERSIBLE, Answer(decision="reject", reason="no"), timedelta(seconds=10)),
    ],
    ids=["reversible", "switched off", "rejection"],
)
async def test_a_case_goes_on_at_once_where_nothing_irreversible_was_approved(
    engine: Engine, kind: EffectKind, answer: Answer, window: timedelta
) -> None:
    engine.notebook.effect_kind, engine.undo_window = kind, window
    case = await engine.asking()
    task = await engine.answer(case.id, "berta", answer)
    with pytest.raises(UndoTooLate):
        await undo(engine, task.id)
    assert (await engine.advance(case.id, times=2)).status in {"done", "rejected"}


async def test_of_two_who_undo_at_once_one_does_and_what_is_not_answered_is_not_undone(engine: Engine) -> None:
    task = await approved(engine)
    came = await asyncio.gather(undo(engine, task), undo(engine, task, by="sven"), return_exceptions=True)
    assert [type(one) for one in came if isinstance(one, Exception)] == [NothingToUndo]
    with pytest.raises(NothingToUndo, match="open"):
        await undo(engine, task)
    assert (await engine.trail_of((await row(engine, task)).case_id)).count("task.answer_undone") == 1


async def test_of_undo_and_the_end_of_the_window_one_counts(engine: Engine, later: Engine) -> None:
    for _ in range(RACES):
        task = await approved(engine)
        written = len(engine.notebook.written)
        attempts = [undo(engine, task), later.sweep.fire_due()]
        came = await asyncio.gather(*attempts, return_exceptions=True)
        refused = [type(one) for one in came if isinstance(one, Exception)]
        case = await later.advance((await row(engine, task)).case_id, times=2)
        done = len(engine.notebook.written) - written
        assert (refused, case.status, done) in (([], "waiting", 0), ([UndoTooLate], "done", 1))


async def test_of_undo_and_cancellation_either_leaves_nothing_to_answer(
    engine: Engine, later: Engine, own_database: TestDatabase
) -> None:
    for undone_first in (True, False):
        task = await approved(engine)
        case_id = (await row(engine, task)).case_id
        acts = [undo(engine, task), cancel(later, case_id)]
        came = await one_after_the_other(own_database.owner_url, task, acts if undone_first else acts[::-1])
        refused = [type(one) for one in came if isinstance(one, Exception)]
        assert refused == ([] if undone_first else [TaskWithdrawn])
        assert (await row(engine, task)).status == "withdrawn"
        assert await pass_window(engine, task) == "cancelled"
    assert engine.notebook.written == []
    assert (await engine.verification()).sound


async def test_a_window_outlives_the_processes_that_opened_it(engine: Engine) -> None:
    engine.undo_window = timedelta(seconds=4)
    case_id = (await engine.asking()).id
    async with engine.working():
        await engine.answer(case_id, "berta", APPROVE)
    assert engine.notebook.written == []
    async with engine.working():
        assert (await engine.until(case_id, "done", within_seconds=40)).status == "done"
    assert len(engine.notebook.written) == 1


async def test_the_window_of_a_suspended_case_stands_still(engine: Engine) -> None:
    task = await approved(engine)
    case_id = (await row(engine, task)).case_id
    await suspend(engine, case_id)
    assert await pass_window(engine, task) == "suspended"
    with pytest.raises(UndoTooLate, match="resume"):
        await undo(engine, task)
    await resume(engine, case_id)
    assert (await engine.advance(case_id, times=2)).status == "waiting"
    await undo(engine, task)
    await engine.answer(case_id, "berta", APPROVE)
    assert await pass_window(engine, task) == "done"


async def test_a_case_that_is_sent_back_in_the_window_does_not_use_the_answer(engine: Engine) -> None:
    task = await approved(engine)
    case_id = (await row(engine, task)).case_id
    await retry(engine, case_id, "look_up")
    assert (await row(engine, task)).status == "withdrawn"
    await pass_window(engine, task)
    assert engine.notebook.written == []
    with pytest.raises(TaskWithdrawn):
        await undo(engine, task)


async def test_duties_that_came_with_the_approval_are_taken_back(engine: Engine) -> None:
    case_id = await asked(engine, SIGNED_CHANGE)
    task = await engine.answer(case_id, "berta", APPROVE)
    assert [one.withdrawn_at is None for one in await acts(engine)] == [True]
    await undo(engine, task.id)
    assert [one.withdrawn_at is None for one in await acts(engine)] == [False]
    await engine.answer(case_id, "berta", APPROVE)
    assert [one.withdrawn_at is None for one in await acts(engine)] == [True]


async def test_each_approval_of_a_bulk_decision_has_its_window_and_the_same_key_approves_nothing_again(
    engine: Engine,
) -> None:
    tasks = [await engine.task_of((await engine.asking()).id) for _ in range(2)]
    request = BulkRequest(
        key="friday",
        decision="approve",
        ids=tuple(task.id for task in tasks),
        digests={task.id: task.digest for task in tasks},
        confirm=True,
    )
    dora = await actor(engine.database, "dora")
    assert (await bulks(engine).decide(dora, request)).accepted == 2
    await undo(engine, tasks[0].id, by="dora")
    await bulks(engine).decide(dora, request)
    assert [(await row(engine, task.id)).status for task in tasks] == ["open", "answered"]
    assert await pass_window(engine, tasks[1].id) == "done"
    assert len(engine.notebook.written) == 1


async def test_over_http_an_answer_says_until_when_it_may_be_undone(engine: Engine) -> None:
    task = (await engine.task_of((await engine.asking()).id)).id
    async with caller(engine, "berta") as berta, caller(engine, "emil") as emil:
        answered = (await berta.post(f"/tasks/{task}/answer", json={"decision": "approve"})).json()
        shown = (await emil.get(f"/tasks/{task}")).json()
        others = await emil.post(f"/tasks/{task}/undo", json={})
        undone = await berta.post(f"/tasks/{task}/undo", json={"reason": "too fast"})
        again = await berta.post(f"/tasks/{task}/undo", json={})
    assert answered["undo_until"] == shown["undo_until"] is not None
    assert answered["undo_until"] > answered["decided_at"]
    assert (others.status_code, others.json()["code"]) == (403, "task_not_yours")
    assert (undone.status_code, undone.json()["status"], undone.json()["undo_until"]) == (200, "open", None)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")


async def test_nobody_undoes_an_answer_of_another_tenant(engine: Engine) -> None:
    await populate(engine.database, tenant="other")
    task = await approved(engine)
    stranger = await actor(engine.database, "sven", tenant="other")
    with pytest.raises(NotFound):
        await UndoDesk(services=engine.services).undo(stranger, task)
    assert (await row(engine, task)).status == "answered"

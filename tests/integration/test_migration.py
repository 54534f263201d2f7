"""Migration: a case goes on with another version, once, and nothing of it is lost or done twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.errors import AlreadyAnswered, Invalid, LeaseLost, NotFound, PermissionMissing
from graphs.migration import Migrated, MigrationDesk, Order
from graphs.past import PastMove, past_of, state_of
from graphs.process import ProcessDefinition
from graphs.rehearsal import Fit, Rehearser
from graphs.runtime.execution import Execution
from graphs.state import folded
from graphs.store.claims import Claims
from graphs.store.database import UnitOfWork
from graphs.store.live_cases import LiveCases
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.engine import LARGE, Engine
from tests.support.patience import eventually
from tests.support.people import actor
from tests.support.timed import WAIT, timed_definition
from tests.support.toy import toy_definition
from tests.support.versions import one_more, renamed_review, rows_of, second, unchecked
from tools.errors import Ambiguous, Transient

APPROVED = Answer(decision="approve")


@pytest.fixture(params=Execution)
async def engine(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    """With a supervisor who may migrate; in every way of execution."""
    await grant(engine.database, "sven", "process.migrate", "incident.retry")
    engine.execution = request.param
    return engine


def order(*, only_fitting: bool = True, dry_run: bool = False, reason: str = "the limit rose", **names: str) -> Order:
    return Order(source="toy@1", target="toy@2", names=names, reason=reason, only_fitting=only_fitting, dry_run=dry_run)


async def migrate(engine: Engine, new: ProcessDefinition, case_id: str, wanted: Order | None = None) -> Migrated:
    """Register `new` beside what there is, and move the case."""
    old = tuple(d for d in engine.definitions if d.reference != new.reference)
    engine.definitions = (*old, new)
    sven = await actor(engine.database, "sven")
    [found] = await MigrationDesk(services=engine.services).migrate(sven, wanted or order(), [case_id])
    return found


async def test_a_waiting_case_goes_on_with_the_new_version_to_its_end(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    before = await engine.steps_of(case_id)
    assert (await migrate(engine, second(), case_id)).moved
    case = await engine.advance(case_id)
    assert (case.status, case.version, case.definition_digest) == ("waiting", 2, second().digest)
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "done"
    steps = await engine.steps_of(case_id)
    assert steps[: len(before)] == before
    assert engine.reader.calls == 1
    assert [amount for _, amount in engine.notebook.written] == [LARGE]
    assert (await engine.verification()).sound


async def test_an_open_question_lapses_and_is_asked_anew(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    old = await engine.task_of(case_id)
    moved = await migrate(engine, second(), case_id)
    assert moved.lapsed == (old.id,)
    with pytest.raises(AlreadyAnswered):
        await engine.desk.answer(await actor(engine.database, "berta"), old.id, APPROVED)
    await engine.advance(case_id)
    new = await engine.task_of(case_id)
    assert (new.step, new.visit) == ("approve", old.visit + 1)
    assert new.id != old.id
    assert new.digest != old.digest
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.inbox.get(old.id)).status == "withdrawn"
        assert await unit.timers.get("task", old.id, 0) is None
        assert await unit.timers.get("task", new.id, 0) is not None


async def test_an_approval_given_under_the_old_version_lapses_by_itself(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    engine.notebook.faults = [Transient("busy", tool="toy.write")]
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "running"
    assert (await engine.effect_of(case_id)).status == "planned"
    assert (await migrate(engine, second(), case_id)).moved
    assert (await engine.advance(case_id)).status == "waiting"
    assert engine.notebook.written == []
    await engine.answer(case_id, "emil", APPROVED)
    assert (await engine.advance(case_id)).status == "done"
    assert len(engine.notebook.written) == 1
    assert engine.notebook.written[0][0] == (await engine.effect_of(case_id)).idempotency_key


async def test_a_renamed_step_is_mapped(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    assert not (await migrate(engine, renamed_review(), case_id)).moved
    assert (await migrate(engine, renamed_review(), case_id, order(approve="approve_amount"))).moved
    await engine.advance(case_id)
    assert (await engine.task_of(case_id)).step == "approve_amount"
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "done"
    assert len(engine.notebook.written) == 1


async def test_what_was_decided_before_is_read_under_the_new_names(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    names = {"propose": "draft_note"}
    new = second(
        check={"allow": "draft_note"},
        propose={"name": "draft_note"},
        approve={"of": "draft_note"},
        write={"of": "draft_note"},
    )
    assert (await migrate(engine, new, case_id, order(**names))).moved
    await engine.advance(case_id)
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "done"
    async with engine.database.unit_of_work("acme") as unit:
        state = state_of(past_of(await unit.audit_log.of_case(case_id)))
    assert set(state["data"]["judgements"]) == {"check", "draft_note"}
    assert {given["of"] for given in state["data"]["approvals"].values()} == {"draft_note"}
    assert state["visits"]["draft_note"] == 3


async def test_a_step_with_the_name_of_one_that_is_gone_starts_with_fresh_visits(engine: Engine) -> None:
    """`check` becomes `screen`, and `resolve` becomes `check`: what the journal calls `check` is no visit of it."""
    case_id = (await engine.asking()).id
    new = second(
        look_up={"next": "screen"},
        check={"name": "screen", "review": "check"},
        resolve={"name": "check", "of": "screen", "correct_to": "screen"},
        approve={"correct_to": "screen"},
    )
    moved = await migrate(engine, new, case_id, order(check="screen", resolve="check"))
    assert moved.moved, moved.why
    await engine.advance(case_id)
    engine.reader.amount = 0
    await engine.answer(case_id, "berta", Answer(decision="correct", set={"amount": "0"}))
    case = await engine.advance(case_id)
    task = await engine.task_of(case_id)
    assert (case.status, task.step, task.visit) == ("waiting", "check", 2)
    await engine.answer(case_id, "clara" if case.created_by != "acme-clara" else "sven", Answer(decision="approve"))
    assert (await engine.advance(case_id)).status == "done"


async def test_the_move_is_on_record_with_its_reason(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await migrate(engine, renamed_review(), case_id, order(approve="approve_amount", reason="one word more"))
    async with engine.database.unit_of_work("acme") as unit:
        [(entry, values)] = [(e, v) for e, v in await unit.audit_log.of_case(case_id) if e.kind == "case.migrated"]
    assert (entry.actor, values["reason"]) == ("acme-sven", "one word more")
    assert values["mapping"] == {"approve": "approve_amount"}
    assert (values["from"]["process"], values["to"]["process"]) == ("toy@1", "toy@2")
    assert values["to"]["digest"] == renamed_review().digest


async def test_the_bare_fold_of_the_journal_leads_where_the_case_stands(engine: Engine) -> None:
    """Who folds the journal needs no mapping: the engine, the desks, a fork."""
    case_id = (await engine.asking()).id
    await migrate(engine, renamed_review(), case_id, order(approve="approve_amount"))
    async with engine.database.unit_of_work("acme") as unit:
        bare = folded(visit.update or {} for visit in await unit.journal.of_case(case_id))
        past = past_of(await unit.audit_log.of_case(case_id))
        assert await LiveCases(unit.session).checkpoint(case_id) is None
    told = state_of(past)
    assert (bare["route"], told["route"]) == ("propose", "propose")
    assert bare["visits"].items() >= told["visits"].items()
    assert all(bare["data"][name].items() >= section.items() for name, section in told["data"].items())
    assert isinstance(past[-1], PastMove)


async def test_a_case_can_move_twice(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await migrate(engine, renamed_review(), case_id, order(approve="approve_amount"))
    await engine.advance(case_id)
    third = toy_definition(version=3)
    again = Order(source="toy@2", target="toy@3", names={"approve_amount": "approve"}, reason="back")
    rehearsed = await Rehearser(services=engine.services, definition=third, names=again.names).one("acme", case_id)
    assert (rehearsed.fit, rehearsed.reasons) == (Fit.FITS, ())
    assert (await migrate(engine, third, case_id, again)).moved
    await engine.advance(case_id)
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "done"
    assert len(engine.notebook.written) == 1


async def test_a_case_that_has_not_begun_begins_with_the_new_version(engine: Engine) -> None:
    accepted = await engine.start()
    assert (await migrate(engine, unchecked(), accepted.case.id)).moved
    assert (await engine.advance(accepted.case.id)).status == "done"
    assert ("check", 1) not in await engine.steps_of(accepted.case.id)


async def test_a_timer_keeps_its_instant_under_a_new_name(engine: Engine) -> None:
    engine.definitions = (timed_definition(),)
    accepted = await engine.start()
    case_id = accepted.case.id
    assert (await engine.advance(case_id)).status == "waiting"
    timed = timed_definition(wait=timedelta(days=30))
    look_up, pause, done = timed.steps
    renamed = (replace(look_up, next="rest"), replace(pause, name="rest"), done)  # type: ignore[call-arg]
    moved = await migrate(engine, replace(timed, version=2, steps=renamed), case_id, order(pause="rest"))
    assert moved.moved, moved.why
    assert (await engine.advance(case_id)).status == "waiting"
    engine.clock.ahead = WAIT + timedelta(hours=1)
    assert await engine.sweep.fire_due() == 1
    case = await engine.advance(case_id)
    assert (case.status, case.outcome) == ("done", "waited")
    assert await engine.steps_of(case_id) == [("look_up", 1), ("rest", 0), ("rest", 1), ("done", 1)]


async def test_a_case_stopped_because_its_version_is_gone_goes_on_after_it_was_moved(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await engine.answer(case_id, "berta", APPROVED)
    engine.definitions = (second(),)
    assert (await engine.advance(case_id)).status == "incident"
    assert (await migrate(engine, second(), case_id)).moved
    [incident] = await engine.incidents_of(case_id)
    await engine.retry(incident.id)
    assert (await engine.advance(case_id)).status == "waiting"
    await engine.answer(case_id, "berta", APPROVED)
    assert (await engine.advance(case_id)).status == "done"


async def test_a_case_that_a_worker_has_stays(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await engine.take_lease(case_id, owner="another")
    found = await migrate(engine, second(), case_id)
    assert (found.moved, found.why) == (False, "a worker is advancing it: try again")


async def test_a_worker_that_was_frozen_past_its_lease_is_refused_afterwards(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    frozen = await engine.take_lease(case_id, owner="frozen")
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE cases SET lease_until = lease_until - interval '1 hour'"))
    assert (await migrate(engine, second(), case_id)).moved
    with pytest.raises(LeaseLost):
        async with engine.database.unit_of_work("acme") as unit:
            await unit.cases.change(case_id, epoch=frozen.epoch, status="done")
    case = await engine.case(case_id)
    assert (case.version, case.lease_owner, case.lease_until) == (2, None, None)


async def test_a_claim_that_waited_for_the_move_does_not_take_the_old_checkpoint(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    claims = Claims(engine.url, role=None, owner="waits", lease=timedelta(seconds=6))
    async with engine.database.unit_of_work("acme") as unit:
        live = LiveCases(unit.session)
        case = (await live.lock(case_id)).case
        assert (await live.checkpoint(case_id) is None) == (engine.execution is Execution.JOURNAL)
        claim = asyncio.create_task(claims.take("acme", case_id))
        await blocked(unit)
        await live.move(case, version=2)
    taken = await claim
    await claims.close()
    assert taken is not None
    assert (taken.version, taken.checkpoint) == (2, None)


async def blocked(unit: UnitOfWork) -> None:
    """Return once a connection waits for a lock of this transaction."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")

    async def waiting() -> int:
        return int((await unit.session.execute(waits)).scalar_one())

    await eventually(waiting, within_seconds=10)


async def test_a_case_with_an_answer_goes_on_first(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    await engine.answer(case_id, "berta", APPROVED)
    found = await migrate(engine, second(), case_id)
    assert (found.moved, found.why) == (False, "it has an answer that is not applied yet: let it go on first")


async def test_an_answer_and_a_move_at_once_leave_one_of_both(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    moved, answered = await asyncio.gather(
        migrate(engine, second(), case_id), engine.answer(case_id, "berta", APPROVED), return_exceptions=True
    )
    assert isinstance(moved, Migrated)
    assert moved.moved == isinstance(answered, AlreadyAnswered)
    case = await engine.advance(case_id)
    assert case.status == ("waiting" if moved.moved else "done")


async def test_an_effect_under_way_is_concluded_by_the_version_that_sent_it(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("no answer", tool="toy.write")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    found = await migrate(engine, second(), accepted.case.id, order(only_fitting=False))
    assert not found.moved
    assert "may have been done" in (found.why or "")


async def test_an_effect_that_the_ledger_knows_keeps_its_name(engine: Engine) -> None:
    engine.notebook.faults = [Transient("busy", tool="toy.write")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    new = second(write={"name": "write_down"}, propose={"allow": "write_down"})
    found = await migrate(engine, new, accepted.case.id, order(only_fitting=False, write="write_down"))
    assert not found.moved
    assert "it could be done twice" in (found.why or "")


async def test_a_diverging_case_moves_only_when_it_is_chosen(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    new = second(propose={"draft": one_more})
    left = await migrate(engine, new, case_id)
    assert (left.moved, (left.why or "")[:9]) == (False, "diverges:")
    assert (await migrate(engine, new, case_id, order(only_fitting=False))).moved
    await engine.advance(case_id)
    await engine.answer(case_id, "berta", APPROVED)
    await engine.advance(case_id)
    assert [amount for _, amount in engine.notebook.written] == [LARGE + 1]


async def test_a_dry_run_says_what_would_be_and_writes_nothing(engine: Engine, own_database: TestDatabase) -> None:
    case_id = (await engine.asking()).id
    before = await rows_of(own_database.owner_url)
    found = await migrate(engine, second(), case_id, order(dry_run=True))
    assert (found.moved, found.stands_at) == (True, "approve")
    assert await rows_of(own_database.owner_url) == before


async def test_a_case_that_stays_is_not_touched(engine: Engine, own_database: TestDatabase) -> None:
    case_id = (await engine.asking(0)).id
    before = await rows_of(own_database.owner_url)
    assert not (await migrate(engine, unchecked(), case_id, order(only_fitting=False))).moved
    assert await rows_of(own_database.owner_url) == before


async def test_moving_needs_the_permission_a_reason_and_a_registered_version(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    engine.definitions = (toy_definition(), second())
    desk = MigrationDesk(services=engine.services)
    sven, clara = await actor(engine.database, "sven"), await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await desk.migrate(clara, order(), [case_id])
    with pytest.raises(Invalid, match="reason"):
        await desk.migrate(sven, order(reason=" "), [case_id])
    with pytest.raises(NotFound, match="toy@9"):
        await desk.migrate(sven, replace(order(), target="toy@9"), [case_id])
    with pytest.raises(Invalid, match="different processes"):
        await desk.migrate(sven, replace(order(), source="other@1"), [case_id])
    [unknown] = await desk.migrate(sven, order(), ["00000000-0000-4000-8000-000000000000"])
    assert (unknown.moved, (unknown.why or "")[:16]) == (False, "there is no case")

"""Compensation: a cancelled case takes back what it did, the last first, each once, through the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graphs.cancellation import NotCancelled, finish_cancellation
from graphs.case_desk import CaseDesk
from graphs.compensation import CompensationStopped, compensate, reversal_key
from graphs.errors import LeaseLost
from graphs.ledger import OutcomeUnknown
from graphs.orders import state_of
from graphs.runtime.incident import incident_of
from graphs.runtime.reversing import reversing_ledger
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Effect
from tests.support.api import grant
from tests.support.case_desk import cancel
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.saga import held, saga_definition, saga_rulebook
from tools.errors import Ambiguous, Permanent, Transient


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    engine.definitions, engine.rulebook = (saga_definition(),), saga_rulebook()
    await grant(engine.database, "sven", "case.cancel", "case.steer", "incident.retry")
    return engine


async def cancelled(engine: Engine) -> Case:
    """A case that wrote twice and is to be cancelled."""
    case = await engine.advance((await engine.start()).case.id)
    assert (case.status, len(engine.notebook.written)) == ("waiting", 2)
    return await cancel(engine, case.id)


async def take_back(engine: Engine, case_id: str) -> int:
    """What a worker does with a compensating case."""
    run = await held(engine, case_id)

    async def effects() -> Sequence[Effect]:
        async with engine.database.unit_of_work("acme") as unit:
            return await unit.effects.of_case(case_id)

    async with engine.database.unit_of_work("acme") as unit:
        state, waived = await state_of(unit, run.case), await Steerings(unit.session).waived(case_id)
    try:
        return await compensate(run, state, effects, reversing_ledger(run), waived=waived)
    finally:
        async with engine.database.unit_of_work("acme") as unit:
            await unit.cases.release(case_id, epoch=run.epoch)


async def statuses(engine: Engine, case_id: str) -> list[tuple[str, str]]:
    async with engine.database.unit_of_work("acme") as unit:
        return [(effect.step, effect.status) for effect in await unit.effects.of_case(case_id)]


def amounts(engine: Engine) -> list[int]:
    return [amount for _, amount in engine.notebook.written]


async def test_confirmed_effects_are_taken_back_the_last_first(engine: Engine) -> None:
    case = await cancelled(engine)
    assert case.status == "compensating"
    assert await take_back(engine, case.id) == 2
    assert amounts(engine) == [500, 500, -502, -501]


async def test_each_reversal_has_a_key_of_its_own_and_its_verdict(engine: Engine) -> None:
    case = await cancelled(engine)
    async with engine.database.unit_of_work("acme") as unit:
        first, second = await unit.effects.of_case(case.id)
    await take_back(engine, case.id)
    written = [key for key, _ in engine.notebook.written]
    assert written[2:] == [reversal_key(second), reversal_key(first)]
    async with engine.database.unit_of_work("acme") as unit:
        entries = [(entry.kind, values) for entry, values in await unit.audit_log.of_case(case.id)]
    judged = [values for kind, values in entries if kind == "effect.sent" and "compensates" in values]
    assert [values["compensates"] for values in judged] == [second.idempotency_key, first.idempotency_key]
    assert {values["verdict"]["point"] for values in judged} == {"undo"}


async def test_what_was_taken_back_is_not_taken_back_again(engine: Engine) -> None:
    case = await cancelled(engine)
    await take_back(engine, case.id)
    assert await take_back(engine, case.id) == 0
    assert amounts(engine) == [500, 500, -502, -501]


async def test_a_compensation_that_broke_off_goes_on_where_it_was(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.notebook.faults = [None, Transient("busy")]
    with pytest.raises(Transient):
        await take_back(engine, case.id)
    assert await take_back(engine, case.id) == 1
    assert amounts(engine) == [500, 500, -502, -501]


async def test_a_lost_answer_of_a_reversal_is_asked_for(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.notebook.loses_answers = 1
    with pytest.raises(OutcomeUnknown):
        await take_back(engine, case.id)
    assert await take_back(engine, case.id) == 2
    assert amounts(engine) == [500, 500, -502, -501]


async def test_a_refused_reversal_names_itself_and_the_rest_waits(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.notebook.faults = [Permanent("the book is closed")]
    with pytest.raises(CompensationStopped, match=r"toy\.write for step 'second': the book is closed"):
        await take_back(engine, case.id)
    assert amounts(engine) == [500, 500]
    assert await take_back(engine, case.id) == 2


async def test_a_reversal_that_the_rules_do_not_allow_is_not_made(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.rulebook = saga_rulebook(auto_limit=100)
    with pytest.raises(CompensationStopped, match=r"step 'second': the rules say review \(TOY-UNDO\)"):
        await take_back(engine, case.id)
    assert amounts(engine) == [500, 500]


async def test_an_effect_of_unknown_outcome_that_happened_is_found_and_taken_back(engine: Engine) -> None:
    engine.notebook.loses_answers = 1
    case = await engine.advance((await engine.start()).case.id)
    assert await statuses(engine, case.id) == [("first", "unknown")]
    assert (await cancel(engine, case.id)).status == "compensating"
    assert await take_back(engine, case.id) == 1
    assert amounts(engine) == [500, -501]


async def test_an_effect_of_unknown_outcome_that_did_not_happen_is_never_sent_again(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("no answer")]
    case = await engine.advance((await engine.start()).case.id)
    await cancel(engine, case.id)
    with pytest.raises(OutcomeUnknown):
        await take_back(engine, case.id)
    await engine.let_effects_age(engine.notebook.time_limit * 2)
    assert await take_back(engine, case.id) == 0
    assert (engine.notebook.calls, amounts(engine)) == (1, [])
    assert await statuses(engine, case.id) == [("first", "planned")]


async def test_what_a_person_took_back_by_hand_is_left_out(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.notebook.faults = [Permanent("the book is closed")]
    with pytest.raises(CompensationStopped):
        await take_back(engine, case.id)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.set_status(case.id, "incident", now=engine.clock())
    desk = CaseDesk(services=engine.services)
    waived = await desk.skip(await actor(engine.database, "sven"), case.id, "second", "struck out by hand")
    assert waived.status == "compensating"
    assert await take_back(engine, case.id) == 1
    assert amounts(engine) == [500, 500, -501]


async def test_the_worker_takes_back_and_ends_the_case_for_the_given_reason(engine: Engine) -> None:
    case = await cancelled(engine)
    run = await held(engine, case.id)
    await finish_cancellation(run, reversing_ledger(run))
    ended = await engine.case(case.id)
    assert amounts(engine) == [500, 500, -502, -501]
    assert (ended.status, ended.outcome, ended.ended_at is not None) == ("cancelled", "not needed", True)
    assert (await engine.trail_of(case.id))[-1] == "case.cancelled"
    assert (await engine.verification()).sound


async def test_a_worker_cancels_by_itself(engine: Engine) -> None:
    async with engine.working():
        accepted = await engine.start()
        await engine.until(accepted.case.id, "waiting")
        await cancel(engine, accepted.case.id)
        ended = await engine.until(accepted.case.id, "cancelled")
    assert (ended.outcome, amounts(engine)) == ("not needed", [500, 500, -502, -501])
    assert (await engine.verification()).sound


async def test_a_refused_reversal_is_an_incident_that_goes_on_when_retried(engine: Engine) -> None:
    case = await cancelled(engine)
    engine.notebook.faults = [Permanent("the book is closed")]
    stopped = await engine.advance(case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (stopped.status, incident.code) == ("incident", "compensation_stopped")
    await engine.retry(incident.id)
    assert (await engine.advance(case.id)).status == "cancelled"
    assert amounts(engine) == [500, 500, -502, -501]


async def test_a_worker_that_lost_the_case_cannot_end_it(engine: Engine) -> None:
    case = await cancelled(engine)
    run = await held(engine, case.id)
    await engine.take_lease(case.id, owner="another", even_if_held=True)
    with pytest.raises(LeaseLost):
        await finish_cancellation(run, reversing_ledger(run))
    assert ((await engine.case(case.id)).status, amounts(engine)) == ("compensating", [500, 500])


async def test_what_nobody_ordered_is_not_cancelled(engine: Engine) -> None:
    case = await engine.advance((await engine.start()).case.id)
    run = await held(engine, case.id)
    with pytest.raises(NotCancelled):
        await finish_cancellation(run, reversing_ledger(run))
    assert amounts(engine) == [500, 500]


async def test_a_retried_incident_of_a_cancellation_goes_on_with_it(engine: Engine) -> None:
    case = await cancelled(engine)
    async with engine.database.unit_of_work("acme") as unit:
        stopped = incident_of(case, CompensationStopped("no"), after="second", now=engine.clock())
        await unit.incidents.open(stopped)
        await unit.cases.set_status(case.id, "incident", now=engine.clock())
    await engine.retry(stopped.id)
    assert (await engine.case(case.id)).status == "compensating"


async def test_an_effect_without_compensation_stays_as_it_is(engine: Engine) -> None:
    engine.definitions = (saga_definition(compensation=None),)
    case = await engine.advance((await engine.start()).case.id)
    assert (await cancel(engine, case.id)).status == "cancelled"
    assert amounts(engine) == [500, 500]

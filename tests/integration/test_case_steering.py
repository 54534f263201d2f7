"""Steering a case: a person sends it back to a step or skips one, once, and what they gave stands in the trail."""

from __future__ import annotations

import asyncio

import pytest

from graphs.errors import DutiesConflict, Invalid
from graphs.orders import apply_order, state_of
from graphs.steering import NotAtStep, StepNotRetryable, StepNotVisited, steer
from graphs.store.steerings import Steerings
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.case_desk import failed, orders, retry, skip
from tests.support.engine import Engine
from tests.support.jobs import jobs_of, lose_jobs


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """Sven may steer."""
    await grant(engine.database, "sven", "case.steer")
    return engine


async def test_a_stopped_case_goes_on_from_the_step_a_person_names(engine: Engine, own_database: TestDatabase) -> None:
    case = await failed(engine)
    lose_jobs(own_database)
    again = await retry(engine, case.id, "look_up", reason="the register is back")
    assert (again.status, jobs_of(own_database, case.id)) == ("running", 1)
    [order] = await orders(engine, case.id)
    assert (order.kind, order.step, order.reason, order.status) == ("retry", "look_up", "the register is back", "open")
    assert [incident.status for incident in await engine.incidents_of(case.id)] == ["closed"]


async def test_a_waiting_case_goes_back_and_asks_nobody_until_then(engine: Engine) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    assert (await retry(engine, case.id, "check")).status == "running"
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.inbox.get(task.id)).status == "withdrawn"
        [order] = await Steerings(unit.session).open(case.id, "retry")
        steered = steer(engine.definitions[0], await state_of(unit, case), order, now=engine.clock())
    assert (steered.enters, steered.record.actor) == ("check", "acme-sven")


@pytest.mark.parametrize(("step", "refusal"), [("write", StepNotVisited), ("approve", StepNotRetryable)])
async def test_a_case_goes_on_only_from_a_step_it_has_been_at_and_can_enter(
    engine: Engine, step: str, refusal: type[Exception]
) -> None:
    case = await engine.asking()
    with pytest.raises((refusal, StepNotRetryable)):
        await retry(engine, case.id, step)
    assert (await engine.case(case.id)).status == "waiting"
    assert await orders(engine, case.id) == []


async def test_a_step_that_is_not_there_is_named(engine: Engine) -> None:
    case = await engine.asking()
    with pytest.raises(Invalid, match="toy@1 has no step 'nowhere'"):
        await retry(engine, case.id, "nowhere")


async def test_a_person_skips_the_step_a_case_failed_in_and_gives_what_it_would_have_found(engine: Engine) -> None:
    case = await failed(engine)
    await skip(engine, case.id, "look_up", pages=3)
    async with engine.database.unit_of_work("acme") as unit:
        [order] = await Steerings(unit.session).open(case.id, "skip")
        steered = steer(engine.definitions[0], await state_of(unit, case), order, now=engine.clock())
    assert steered.enters == "check"
    assert steered.update["data"]["facts"]["pages"]["source"]["ref"] == "acme-sven"


async def test_an_order_is_applied_once_and_stands_in_the_trail(engine: Engine) -> None:
    case = await failed(engine)
    await skip(engine, case.id, "look_up", pages=3)
    async with engine.database.unit_of_work("acme") as unit:
        steered = await apply_order(unit, engine.definitions[0], case, now=engine.clock())
    async with engine.database.unit_of_work("acme") as unit:
        assert await apply_order(unit, engine.definitions[0], case, now=engine.clock()) is None
        [*_, (entry, values)] = await unit.audit_log.of_case(case.id)
    assert steered is not None
    assert (entry.kind, entry.actor, entry.step) == ("step.skipped", "acme-sven", "look_up")
    assert (values["update"], values["reason"], values["step"]["kind"]) == (steered.update, "known", "read")
    assert [order.status for order in await orders(engine, case.id)] == ["applied"]


async def test_of_two_workers_one_applies_an_order(engine: Engine) -> None:
    case = await failed(engine)
    await retry(engine, case.id, "look_up")

    async def applied() -> bool:
        async with engine.database.unit_of_work("acme") as unit:
            return await apply_order(unit, engine.definitions[0], case, now=engine.clock()) is not None

    assert sorted(await asyncio.gather(applied(), applied(), applied())) == [False, False, True]
    assert (await engine.trail_of(case.id)).count("case.steered") == 1


async def test_only_the_step_the_case_stands_at_can_be_skipped(engine: Engine) -> None:
    case = await failed(engine)
    with pytest.raises(NotAtStep, match="stands at 'look_up'"):
        await skip(engine, case.id, "check")


async def test_who_started_a_case_cannot_skip_its_steps(engine: Engine) -> None:
    await grant(engine.database, "clara", "case.steer")
    case = await failed(engine)
    with pytest.raises(DutiesConflict):
        await skip(engine, case.id, "look_up", login="clara")


async def test_a_question_that_a_retry_withdraws_is_asked_anew_of_somebody(engine: Engine) -> None:
    case = await engine.asking()
    withdrawn = await engine.task_of(case.id)
    await retry(engine, case.id, "propose")
    again = await engine.advance(case.id, times=2)
    task = await engine.task_of(case.id)
    assert (again.status, task.step, task.visit) == ("waiting", "approve", withdrawn.visit + 1)

"""What happens to a case beside its steps, through a worker: messages, orders, copies, handlers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphs.analysis import AnalysisDesk
from graphs.handlers import Failure, Handler
from graphs.state import CaseView
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.case_desk import cancel, newest_cases, resume, retry, skip, suspend
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import toy_definition
from tests.support.waiting import WITHIN, let_send, send, waiting_definition
from tools.errors import Permanent

SUBJECT = "INV-1"


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await grant(engine.database, "sven", "case.cancel", "case.suspend", "case.steer")
    await let_send(engine)
    return engine


async def data_of(engine: Engine, case_id: str) -> dict[str, Any]:
    async with engine.database.unit_of_work("acme") as unit:
        visits = await unit.journal.of_case(case_id)
    found: dict[str, Any] = {}
    for visit in visits:
        found |= (visit.update or {})["data"]
    return found


async def test_a_case_waits_for_its_message_and_goes_on_with_it(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    async with engine.working():
        accepted = await engine.start(subject=SUBJECT)
        await engine.until(accepted.case.id, "waiting")
        assert (await send(engine, SUBJECT, "m-1")).case_id == accepted.case.id
        ended = await engine.until(accepted.case.id, "done")
    assert (ended.outcome, (await data_of(engine, ended.id))["payment"]) == ("paid", {"amount": 5})


async def test_a_message_that_comes_early_waits_for_its_case(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    assert (await send(engine, SUBJECT, "m-1")).case_id is None
    async with engine.working():
        accepted = await engine.start(subject=SUBJECT)
        ended = await engine.until(accepted.case.id, "done")
    assert ended.outcome == "paid"


async def test_a_message_that_never_comes_lets_the_case_be_late(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    accepted = await engine.start(subject=SUBJECT)
    await engine.advance(accepted.case.id)
    engine.clock.ahead = WITHIN - timedelta(minutes=1)
    assert await engine.sweep.fire_due() == 0
    engine.clock.ahead = WITHIN + timedelta(minutes=1)
    assert await engine.sweep.fire_due() == 1
    assert (await engine.advance(accepted.case.id)).outcome == "not paid"


async def test_two_cases_that_wait_for_the_same_take_one_message_each(engine: Engine) -> None:
    engine.definitions = (waiting_definition(),)
    waiting = []
    for _ in range(2):
        accepted = await engine.start(subject=SUBJECT)
        await engine.advance(accepted.case.id)
        waiting.append(accepted.case.id)
    assert [(await send(engine, SUBJECT, message)).case_id for message in ("m-1", "m-2")] == waiting
    assert [(await engine.advance(case_id)).status for case_id in waiting] == ["done", "done"]


async def stopped(engine: Engine) -> Case:
    """A case with an incident at its first step, and none any more when it is tried again."""
    engine.reader.faults = [Permanent("no such record", tool="toy.read", code="gone")]
    case = await engine.advance((await engine.start()).case.id)
    assert case.status == "incident"
    return case


async def test_a_step_that_is_skipped_leaves_what_it_would_have_found_unknown(engine: Engine) -> None:
    case = await stopped(engine)
    await skip(engine, case.id, "look_up")
    asking = await engine.advance(case.id, times=2)
    task = await engine.task_of(case.id)
    assert (asking.status, asking.step, task.reasons[0]["severity"]) == ("waiting", "check", "indeterminate")
    assert (await engine.trail_of(case.id)).count("step.skipped") == 1
    assert (engine.reader.calls, (await engine.verification()).sound) == (1, True)


async def test_a_waiting_case_is_judged_anew_from_the_step_it_is_sent_back_to(engine: Engine) -> None:
    case = await engine.asking()
    engine.reader.amount = 500
    await retry(engine, case.id, "look_up")
    ended = await engine.advance(case.id, times=2)
    assert (ended.status, [amount for _, amount in engine.notebook.written]) == ("done", [500])
    assert await engine.steps_of(case.id) == [
        ("look_up", 1),
        ("check", 1),
        ("propose", 1),
        ("look_up", 0),
        ("look_up", 2),
        ("check", 2),
        ("propose", 2),
        ("write", 1),
        ("done", 1),
    ]


async def test_a_copy_for_analysis_says_what_it_would_do_and_does_nothing(engine: Engine) -> None:
    case = await engine.advance((await engine.start()).case.id)
    assert engine.notebook.calls == 1
    desk, sven = AnalysisDesk(services=engine.services), await actor(engine.database, "sven")
    copy = (await desk.fork(sven, case.id, "what if", from_step="check")).case
    ended = await engine.advance(copy.id, times=2)
    assert (ended.status, engine.notebook.calls, engine.reader.calls) == ("done", 1, 1)
    assert "effect.simulated" in await engine.trail_of(copy.id)
    would = (await data_of(engine, copy.id))["results"]["write"]["would_do"]
    assert (would["tool"], would["arguments"]) == ("toy.write", {"amount": 500})


async def test_an_answer_to_a_suspended_case_counts_once_it_is_resumed(engine: Engine) -> None:
    case = await engine.asking()
    await suspend(engine, case.id)
    await engine.answer(case.id, "berta", Answer(decision="approve"))
    assert ((await engine.advance(case.id)).status, engine.notebook.calls) == ("suspended", 0)
    await resume(engine, case.id)
    assert ((await engine.advance(case.id)).status, engine.notebook.calls) == ("done", 1)


async def test_a_cancelled_case_stops_the_worker_that_has_it(engine: Engine) -> None:
    engine.reader.amount = 60_000
    async with engine.working():
        case = await engine.until((await engine.start()).case.id, "waiting")
        await cancel(engine, case.id)
        ended = await engine.until(case.id, "cancelled")
    assert (ended.outcome, engine.notebook.calls) == ("not needed", 0)


def after_failure(case: CaseView, failure: Failure) -> Mapping[str, Any]:
    return {"subject": f"{case.input['subject']} failed: {failure.code}"}


async def test_a_failure_starts_the_process_that_looks_after_it(engine: Engine) -> None:
    handler = Handler(errors=("gone",), process="look_after", input=after_failure)
    looked_after = replace(toy_definition(), name="look_after")
    engine.definitions = (replace(toy_definition(), handlers=(handler,)), looked_after)
    case = await stopped(engine)
    async with engine.database.unit_of_work("acme") as unit:
        [handling] = [found for found in await newest_cases(unit, limit=9) if found.id != case.id]
    assert (handling.process, handling.title) == ("look_after", "a note failed: gone")
    assert (await engine.advance(handling.id)).status == "done"
    assert "handler.started" in await engine.trail_of(case.id)

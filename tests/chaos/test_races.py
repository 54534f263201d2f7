"""Many at once: the same trigger fifty times, twenty answers to one task, several workers on one case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

import pytest
from pydantic import BaseModel

from graphs.errors import AlreadyAnswered, TriggerMismatch
from graphs.intake import Accepted
from graphs.runtime.drain import Drain
from graphs.runtime.execution import Execution
from graphs.store.tables import Task
from graphs.tasks import Answer
from tests.chaos.invariants import violations
from tests.chaos.process import ASKED, STRAIGHT, SubjectReader
from tests.chaos.theatre import Theatre
from tests.support.engine import Engine
from tests.support.people import actor

FIFTY, TWENTY = 50, 20


async def sound(engine: Engine, *, accepted: dict[str, str]) -> None:
    """Every invariant holds."""
    assert await violations(engine.database, engine.notebook.written, accepted=accepted) == []


async def outcomes(attempts: Iterable[Awaitable[Any]]) -> list[Any]:
    """What each of these came to, all of them made at once."""
    return await asyncio.gather(*attempts, return_exceptions=True)


async def test_a_trigger_delivered_fifty_times_at_once_has_one_case(engine: Engine) -> None:
    came = await outcomes(engine.start(key="order-1", subject=STRAIGHT) for _ in range(FIFTY))
    assert {type(outcome) for outcome in came} == {Accepted}
    assert [outcome.created for outcome in came].count(True) == 1
    [case_id] = {outcome.case.id for outcome in came}
    await engine.advance(case_id)
    await sound(engine, accepted={"order-1": case_id})


async def test_a_key_that_came_with_fifty_bodies_belongs_to_one(engine: Engine) -> None:
    came = await outcomes(engine.start(key="order-1", subject=str(500 + number)) for number in range(FIFTY))
    [first] = [outcome for outcome in came if isinstance(outcome, Accepted)]
    assert [type(outcome) for outcome in came].count(TriggerMismatch) == FIFTY - 1
    await engine.advance(first.case.id)
    await sound(engine, accepted={"order-1": first.case.id})


async def test_triggers_that_come_late_and_out_of_order_change_nothing(engine: Engine) -> None:
    accepted: dict[str, str] = {}
    for number in (3, 1, 2, 3, 1, 3):
        key = f"order-{number}"
        came = await engine.start(key=key, subject=str(500 + number))
        assert came.created is (key not in accepted)
        assert accepted.setdefault(key, came.case.id) == came.case.id
        await engine.advance(came.case.id)
    assert sorted(amount for _, amount in engine.notebook.written) == [501, 502, 503]
    await sound(engine, accepted=accepted)


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(decision="approve")] * TWENTY,
        [Answer(decision="approve"), Answer(decision="reject", reason="no"), Answer(decision="correct")] * 7,
    ],
    ids=["approved by all", "approved, rejected and corrected"],
)
async def test_of_many_answers_at_once_exactly_one_is_taken(engine: Engine, answers: list[Answer]) -> None:
    accepted = {"order-1": (await engine.start(key="order-1", subject=ASKED)).case.id}
    case_id = accepted["order-1"]
    await engine.advance(case_id)
    came = await outcomes(engine.answer(case_id, ("berta", "dora", "emil")[n % 3], a) for n, a in enumerate(answers))
    [taken] = [outcome for outcome in came if isinstance(outcome, Task)]
    assert [type(outcome) for outcome in came].count(AlreadyAnswered) == len(answers) - 1
    case = await engine.advance(case_id, times=2)
    expected = {"approve": "done", "reject": "rejected", "correct": "waiting"}
    assert taken.decision is not None
    assert case.status == expected[taken.decision["decision"]]
    assert len(engine.notebook.written) == (case.status == "done")
    await sound(engine, accepted=accepted)


async def test_an_answer_that_comes_again_later_is_refused(engine: Engine) -> None:
    case_id = (await engine.start(subject=ASKED)).case.id
    await engine.advance(case_id)
    task = await engine.answer(case_id, "berta", Answer(decision="approve"))
    await engine.advance(case_id)
    for login in ("berta", "dora"):
        with pytest.raises(AlreadyAnswered):
            await engine.desk.answer(await actor(engine.database, login), task.id, Answer(decision="approve"))
    await sound(engine, accepted={})


async def test_runs_of_one_case_at_once_advance_it_once(engine: Engine) -> None:
    case_id = (await engine.start(key="order-1", subject=STRAIGHT)).case.id
    came = await outcomes(engine.advance(case_id) for _ in range(8))
    assert [outcome for outcome in came if isinstance(outcome, BaseException)] == []
    assert engine.reader.calls + engine.notebook.calls <= 2
    assert (await engine.advance(case_id)).status == "done"
    await sound(engine, accepted={"order-1": case_id})


async def test_two_workers_with_twenty_jobs_for_one_case_advance_it_once(theatre: Theatre) -> None:
    theatre.before = theatre.after = 0.1
    theatre.open_notebook()
    for _ in range(2):
        theatre.start_worker()
    case_id = await theatre.accept(STRAIGHT)
    for _ in range(TWENTY):
        async with theatre.database.unit_of_work("acme") as unit:
            await unit.jobs.advance("acme", case_id)
    assert (await theatre.finished(case_id)).status == "done"
    await theatre.comes_to_rest()
    assert len(theatre.written()) == 1


async def test_a_frozen_worker_that_wakes_after_its_lease_is_refused(theatre: Theatre) -> None:
    """Frozen in the call, after the target wrote: the successor asks and confirms; the late answer changes nothing."""
    theatre.after = 1.0
    theatre.open_notebook()
    case_id = await theatre.accept(STRAIGHT)
    frozen = theatre.start_worker()
    await theatre.request_received()
    await theatre.line_written()
    frozen.freeze()
    theatre.let_time_pass()
    async with theatre.successor().running():
        assert (await theatre.finished(case_id)).status == "done"
        before = await seen(theatre, case_id)
        frozen.wake()
        await theatre.logged(frozen, "lease.lost")
        assert await seen(theatre, case_id) == before
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 1


async def seen(theatre: Theatre, case_id: str) -> tuple[Any, ...]:
    """What a late write could have changed; that it was refused may be on record."""
    case, effect = await theatre.engine.case(case_id), await theatre.engine.effect_of(case_id)
    trail = [kind for kind in await theatre.engine.trail_of(case_id) if kind != "write.refused"]
    return case.epoch, case.updated_at, effect.status, effect.ended_at, trail


class DrainingReader(SubjectReader):
    """While it reads, its worker is told to stop."""

    drain: Drain | None = None

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        if self.drain is not None:
            self.drain.request("the worker is stopping")
        return await super().execute(arguments, key=key)


async def test_an_answer_to_a_case_that_was_drained_before_it_paused_is_taken(engine: Engine) -> None:
    """The drain falls between LangGraph's stretch and wait: the task is committed, the interrupt is not."""
    engine.execution = Execution.STRETCHES
    reader = engine.reader = DrainingReader()
    advancer = engine.advancer()
    reader.drain = advancer.drain
    case_id = (await engine.start(key="order-1", subject=ASKED)).case.id
    await advancer.advance("acme", case_id)
    await advancer.close()
    assert (await engine.case(case_id)).lease_owner is None
    assert await engine.steps_of(case_id) == [("look_up", 1), ("check", 1), ("propose", 1)]
    await engine.answer(case_id, "berta", Answer(decision="approve"))
    assert (await engine.advance(case_id)).status == "done"
    assert len(engine.notebook.written) == 1
    await sound(engine, accepted={"order-1": case_id})

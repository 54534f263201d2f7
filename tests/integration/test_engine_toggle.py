"""The way of execution is changed with cases waiting: each goes on with the cases of another."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import pytest

from graphs.runtime.execution import Execution
from graphs.store.live_cases import LiveCases
from graphs.tasks import Answer
from tests.support.engine import Engine
from tests.support.people import actor


async def advance_all(engine: Engine, case_ids: list[str]) -> None:
    advancer = engine.advancer()
    try:
        await asyncio.gather(*(advancer.advance("acme", case_id) for case_id in case_ids))
    finally:
        await advancer.close()


async def statuses(engine: Engine, case_ids: list[str]) -> Counter[str]:
    async with engine.database.unit_of_work("acme") as unit:
        return Counter((await unit.cases.statuses(case_ids)).values())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("cases", [20, pytest.param(100, marks=pytest.mark.chaos)])
@pytest.mark.parametrize(("begun", "finished"), list(itertools.permutations(Execution, 2)))
async def test_many_waiting_cases_end_another_way(
    engine: Engine, begun: Execution, finished: Execution, cases: int
) -> None:
    engine.reader.amount, engine.execution = 60_000, begun
    case_ids = [accepted.case.id for accepted in await asyncio.gather(*(engine.start() for _ in range(cases)))]
    await advance_all(engine, case_ids)
    assert await statuses(engine, case_ids) == {"waiting": cases}

    engine.execution = finished
    berta, desk = await actor(engine.database, "berta"), engine.desk
    async with engine.database.unit_of_work("acme") as unit:
        tasks = await unit.inbox.listed("acme", status=("open",), assignee_id=None, case_id=None, limit=2 * cases)
    await asyncio.gather(*(desk.answer(berta, task.id, Answer(decision="approve")) for task in tasks))
    await advance_all(engine, case_ids)

    assert await statuses(engine, case_ids) == {"done": cases}
    assert engine.reader.calls == cases
    async with engine.database.unit_of_work("acme") as unit:
        effects = [effect for case_id in case_ids for effect in await unit.effects.of_case(case_id)]
    assert {effect.status for effect in effects} == {"confirmed"}
    assert Counter(key for key, _ in engine.notebook.written) == {effect.idempotency_key: 1 for effect in effects}
    assert len(effects) == cases
    assert (await engine.verification()).sound


async def test_a_case_run_from_its_journal_has_its_checkpoint_once_langgraph_takes_it(engine: Engine) -> None:
    engine.execution = Execution.JOURNAL
    case_id = (await engine.asking()).id
    asked = await engine.task_of(case_id)
    assert await checkpoint(engine, case_id) is None
    engine.execution = Execution.STRETCHES
    assert (await engine.advance(case_id)).status == "waiting"
    assert await checkpoint(engine, case_id) is not None
    assert await engine.task_of(case_id) == asked


async def checkpoint(engine: Engine, case_id: str) -> object:
    async with engine.database.unit_of_work("acme") as unit:
        return await LiveCases(unit.session).checkpoint(case_id)


@pytest.mark.parametrize(("amount", "commits"), [(500, 4), (60_000, 5)], ids=["straight through", "approved"])
async def test_every_read_decision_intent_and_result_is_committed_before_the_next_step(
    engine: Engine, amount: int, commits: int
) -> None:
    """look_up · check · (propose, wait · approve,) propose with the intent · the result with the end."""
    engine.reader.amount, engine.execution = amount, Execution.JOURNAL
    case_id = (await engine.start()).case.id
    before = engine.database.writer.members
    case = await engine.advance(case_id)
    if case.status == "waiting":
        await engine.answer(case_id, "berta", Answer(decision="approve"))
        before += 1
        case = await engine.advance(case_id)
    assert (case.status, engine.database.writer.members - before) == ("done", commits)

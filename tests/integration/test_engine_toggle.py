"""Stretches are switched on and off with cases waiting: either form of the graph goes on with the other's cases."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from graphs.tasks import Answer
from tests.support.engine import Engine
from tests.support.people import actor

CASES = 100


async def advance_all(engine: Engine, case_ids: list[str]) -> None:
    advancer = engine.advancer()
    try:
        await asyncio.create_task(advancer.advance_all([("acme", case_id) for case_id in case_ids]))
    finally:
        await advancer.close()


async def statuses(engine: Engine, case_ids: list[str]) -> Counter[str]:
    async with engine.database.unit_of_work("acme") as unit:
        return Counter((await unit.cases.statuses(case_ids)).values())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("begun_with", [True, False], ids=["begun in stretches", "begun step by step"])
async def test_a_hundred_waiting_cases_are_finished_by_the_other_form(engine: Engine, begun_with: bool) -> None:
    engine.reader.amount, engine.stretches = 60_000, begun_with
    case_ids = [accepted.case.id for accepted in await asyncio.gather(*(engine.start() for _ in range(CASES)))]
    await advance_all(engine, case_ids)
    assert await statuses(engine, case_ids) == {"waiting": CASES}

    engine.stretches = not begun_with
    berta, desk = await actor(engine.database, "berta"), engine.desk
    async with engine.database.unit_of_work("acme") as unit:
        tasks = await unit.inbox.listed(status=("open",), assignee_id=None, case_id=None, limit=2 * CASES)
    await asyncio.gather(*(desk.answer(berta, task.id, Answer(decision="approve")) for task in tasks))
    await advance_all(engine, case_ids)

    assert await statuses(engine, case_ids) == {"done": CASES}
    assert engine.reader.calls == CASES
    async with engine.database.unit_of_work("acme") as unit:
        effects = [effect for case_id in case_ids for effect in await unit.effects.of_case(case_id)]
    assert {effect.status for effect in effects} == {"confirmed"}
    assert Counter(key for key, _ in engine.notebook.written) == {effect.idempotency_key: 1 for effect in effects}
    assert len(effects) == CASES
    assert (await engine.verification()).sound

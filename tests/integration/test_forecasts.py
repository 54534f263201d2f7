"""Forecasts on the engine: learned from the trail, alerted once, held to account, shown, asked what if."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from graphs.forecast.desk import ForecastDesk
from graphs.forecast.reading import PassageReading
from tests.support.api import caller, grant
from tests.support.case_desk import cancel, resume, suspend
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.engine import Engine
from tests.support.forecasts import (
    APPROVE,
    LEVEL,
    WHOLE,
    answered_after,
    forecasts_of,
    history,
    look,
    notices,
    passages,
    read,
)
from tests.support.people import actor

SLOW = (1, 1, 1, 2, 2, 6, 6, 6, 7, 7)
QUICK = (1, 1, 1, 1, 2, 2, 2, 2, 2, 1)


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With levels, and a supervisor who may see forecasts."""
    sven = await empowered(engine)
    await grant(engine.database, "dora", "forecast.read")
    await set_levels(engine, sven, LEVEL, WHOLE)
    return engine


async def test_the_trail_is_read_once_and_a_case_is_known_by_its_passages(engine: Engine) -> None:
    await history(engine, 3)
    waiting = await engine.asking()
    assert await read(engine) > 0
    assert await read(engine) == 0
    done, still = await passages(engine)
    assert done.left_at is not None
    assert timedelta(hours=2.9) < done.left_at - done.began_at < timedelta(hours=3.1)
    assert (done.over_at is not None, done.stage, done.label, done.ahead) == (True, "write", "large", None)
    assert (still.case_id, still.left_at, still.over_at, still.ahead) == (waiting.id, None, None, 0)
    assert still.performer == (await engine.task_of(waiting.id)).assignee_id


async def test_two_readers_at_once_read_every_entry_once(engine: Engine) -> None:
    for _ in range(3):
        await answered_after(engine, 1)
    reading = PassageReading(services=engine.services)
    await asyncio.gather(reading.of_process("acme", "toy"), reading.of_process("acme", "toy"))
    assert [row.left_at is not None for row in await passages(engine)] == [True] * 3


async def test_of_each_step_no_more_is_kept_than_the_sample_holds(engine: Engine) -> None:
    for _ in range(5):
        await answered_after(engine, 1)
    reading = PassageReading(services=engine.services, kept=3)
    await reading.of_process("acme", "toy")
    kept = {row.rank for row in await passages(engine)}
    await answered_after(engine, 1)
    await reading.of_process("acme", "toy")
    after = {row.rank for row in await passages(engine)}
    assert (len(kept), len(after), min(after) >= min(kept)) == (3, 3, True)


async def test_a_cancelled_case_is_not_learned_from_and_a_suspended_one_without_the_time_it_stood_still(
    engine: Engine,
) -> None:
    gone, stopped = await engine.asking(), await engine.asking()
    await read(engine)
    await cancel(engine, gone.id)
    await suspend(engine, stopped.id)
    engine.clock.ahead += timedelta(hours=5)
    await resume(engine, stopped.id)
    await read(engine)
    [kept] = await passages(engine)
    assert kept.case_id == stopped.id
    assert [(start is not None, end is not None) for start, end in kept.halts] == [(True, True)]


async def test_a_likely_breach_is_told_once_recorded_and_held_to_account(engine: Engine) -> None:
    await history(engine, *SLOW)
    case = await engine.asking()
    of_task = await clock(engine, case.id, "task", "approve")
    engine.clock.ahead += timedelta(hours=2.5)
    assert await look(engine) == 2
    engine.clock.ahead += timedelta(minutes=10)
    await look(engine)
    issued = {row.point: row for row in await forecasts_of(engine, of_task.id)}
    assert sorted(issued) == ["at_risk", "half"]
    assert issued["at_risk"].probability_bps > 8_000
    task = await engine.task_of(case.id)
    told = [one for one in await notices(engine) if one.task_id == task.id]
    assert [(one.recipient_id, one.kind, one.values["level"]) for one in told] == [
        (task.assignee_id, "deadline.at_risk", "approval")
    ]
    assert (await engine.trail_of(case.id)).count("deadline.at_risk") >= 1
    engine.clock.ahead += timedelta(hours=2)
    await engine.sweep.fire_due()
    await look(engine)
    assert {row.outcome for row in await forecasts_of(engine, of_task.id)} == {"breached"}
    dora = await actor(engine.database, "dora")
    found = await ForecastDesk(services=engine.services).score(dora, process="toy")
    assert (found.alerts.alerts >= 1, found.together.forecasts >= 1, found.drifted) == (True, True, None)
    assert (await engine.verification()).sound


async def test_an_answer_in_time_settles_it_as_met_and_somebodys_stop_as_void(engine: Engine) -> None:
    await history(engine, *QUICK)
    answered, stopped = await engine.asking(), await engine.asking()
    clocks = [await clock(engine, case.id, "task", "approve") for case in (answered, stopped)]
    engine.clock.ahead += timedelta(hours=2.5)
    await look(engine)
    await engine.answer(answered.id, "emil", APPROVE)
    await engine.advance(answered.id)
    await cancel(engine, stopped.id)
    await look(engine)
    outcomes = [{row.outcome for row in await forecasts_of(engine, one.id)} for one in clocks]
    assert outcomes == [{"met"}, {"void"}]


async def test_a_tenant_without_levels_is_not_looked_at_and_too_little_history_says_nothing(engine: Engine) -> None:
    await history(engine, *QUICK[:3])
    case = await engine.asking()
    await look(engine)
    dora = await actor(engine.database, "dora")
    found = {one.clock.scope.value: one for one in await ForecastDesk(services=engine.services).show(dora, case.id)}
    assert found["task"].probability is None
    assert found["task"].sentence == "no forecast: 3 like it are over, and 8 are needed"
    assert await forecasts_of(engine, found["task"].clock.id) == []


async def test_it_is_shown_with_what_would_help_and_asked_what_if(engine: Engine) -> None:
    await history(engine, *SLOW)
    case = await engine.asking()
    await engine.asking()
    await look(engine)
    task = await engine.task_of(case.id)
    other = "emil" if task.assignee_id == "acme-dora" else "dora"
    async with caller(engine, "dora") as dora:
        shown = (await dora.get(f"/forecasts/{case.id}")).json()["forecasts"]
        of_task = (await dora.get(f"/forecasts/{task.id}")).json()["forecasts"]
        risky = (await dora.get("/forecasts", params={"limit": 10})).json()["clocks"]
        asked = await dora.post(f"/forecasts/{case.id}/what-if", json={"assign": other})
        score = (await dora.get("/forecasts/score", params={"process": "toy"})).json()
    assert [one["clock"]["scope"] for one in shown] == ["process", "task"]
    assert [one["clock"]["id"] for one in of_task] == [shown[1]["clock"]["id"]]
    assert 0.3 < shown[1]["probability"] < 0.7
    assert "5 of 10 like it took longer than the" in shown[1]["sentence"]
    assert len(risky) == 4
    assert risky[0]["probability"] >= risky[-1]["probability"]
    assert [one["name"].lower() for one in asked.json()["clocks"]] == [other, other]
    assert (score["together"]["forecasts"], score["drifted"]) == (0, None)


@pytest.mark.parametrize(
    ("login", "assign", "status", "told"),
    [
        ("clara", "emil", 403, "forecast.read"),
        ("dora", "anton", 422, "may approve up to"),
        ("dora", "clara", 422, "started this case"),
        ("dora", "nobody", 404, "no active person"),
        ("dora", "", 422, "assign"),
    ],
)
async def test_what_if_names_who_could_not_answer(
    engine: Engine, login: str, assign: str, status: int, told: str
) -> None:
    case = await engine.asking()
    async with caller(engine, login) as client:
        answer = await client.post(f"/forecasts/{case.id}/what-if", json={"assign": assign})
    assert (answer.status_code, told in answer.text) == (status, True), answer.text


async def test_what_has_no_clock_is_not_found(engine: Engine) -> None:
    async with caller(engine, "dora") as dora:
        answer = await dora.get("/forecasts/00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404

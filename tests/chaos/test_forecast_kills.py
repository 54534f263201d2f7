"""A worker is killed amid the forecast job: nothing is doubled, nobody is told twice, and the next run completes."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.forecast.watch import ForecastWatch
from tests.chaos.process import ASKED
from tests.chaos.theatre import Theatre
from tests.support.deadlines import clock, empowered, set_levels
from tests.support.engine import Engine
from tests.support.forecasts import APPROVE, FORECAST_AT

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
LEVEL = "name: approval, scope: task, of: [approve], target: {elapsed: 4h}"
LADDER = "name: likely, at_probability: 60 %, action: remind"
SLOW = (1, 1, 1, 2, 2, 6, 6, 6, 7, 7)
OUTCOME = """
SELECT (SELECT count(*) FROM audit_entries WHERE kind = 'deadline.at_risk' AND case_id = :case) AS told,
  (SELECT count(*) FROM notices WHERE kind = 'deadline.at_risk' AND case_id = :case) AS notices,
  (SELECT count(*) FROM forecasts WHERE clock_id = :clock AND point = 'at_risk') AS alerts,
  (SELECT count(*) FROM forecasts WHERE clock_id = :clock AND point = 'half') AS halves,
  (SELECT count(*) FROM forecast_looks WHERE clock_id = :clock) AS looks,
  (SELECT count(*) FROM escalations WHERE clock_id = :clock AND status = 'reached') AS rungs,
  (SELECT count(*) - count(DISTINCT case_id) FROM forecast_passages WHERE step = 'approve') AS doubled,
  (SELECT count(*) FROM forecast_passages WHERE step = 'approve') AS passages
"""
WHOLE = {
    "told": 1,
    "notices": 1,
    "alerts": 1,
    "halves": 1,
    "looks": 1,
    "rungs": 1,
    "doubled": 0,
    "passages": len(SLOW) + 1,
}
NOTHING = {**dict.fromkeys(WHOLE, 0), "passages": len(SLOW) + 1}


async def asked(engine: Engine) -> str:
    case = (await engine.start(subject=ASKED)).case
    assert (await engine.advance(case.id)).status == "waiting"
    return case.id


async def outcome(theatre: Theatre, case_id: str, clock_id: str) -> dict[str, int]:
    async with theatre.database.unit_of_work("acme") as unit:
        found = await unit.session.execute(text(OUTCOME), {"case": case_id, "clock": clock_id})
        return dict(found.mappings().one())


@pytest.mark.parametrize(
    ("failpoint", "left_behind"),
    list(zip(FORECAST_AT, ({**NOTHING, "passages": 0}, NOTHING, {**WHOLE, "rungs": 0}), strict=True)),
    ids=FORECAST_AT,
)
async def test_a_forecast_job_that_is_killed_leaves_all_or_nothing_and_the_next_run_completes(
    theatre: Theatre, failpoint: str, left_behind: dict[str, int]
) -> None:
    theatre.open_notebook()
    engine = theatre.engine
    await set_levels(engine, await empowered(engine), LEVEL, ladder=LADDER)
    for hours in SLOW:
        case_id = await asked(engine)
        engine.clock.ahead += timedelta(hours=hours)
        await engine.answer(case_id, "emil", APPROVE)
        await engine.advance(case_id)
    case_id = await asked(engine)
    of_task = await clock(engine, case_id, "task", "approve")
    engine.clock.ahead += timedelta(hours=2.5)

    killed = theatre.hatchery.hatch(theatre.order(failpoint, ahead=engine.clock.ahead), folder=theatre.folder)
    theatre.workers.append(killed)
    assert await killed.ended() == -signal.SIGKILL
    assert await outcome(theatre, case_id, of_task.id) == left_behind

    watch = ForecastWatch(services=engine.services)
    for _ in range(2):
        engine.clock.ahead += timedelta(minutes=10)
        await watch.of_tenant("acme")
    assert await outcome(theatre, case_id, of_task.id) == WHOLE
    assert (await engine.verification()).sound

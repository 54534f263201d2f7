"""Workers are killed while clocks are breached and ladders climbed: each once, none lost, told once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from tests.chaos.process import ASKED
from tests.chaos.theatre import Theatre
from tests.support.deadlines import empowered, set_levels
from tests.support.patience import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
CASES, KILLS = 40, 6
AHEAD = timedelta(hours=3)
LEVEL = "name: approval, scope: task, target: {elapsed: 1h}"
LADDER = """
name: remind, at: 50 %, action: remind
name: other, after: 30m, action: reassign
name: boss, after: 1h, action: manager, repeat: {every: 10h, at_most: 1}
"""
FIRED = "SELECT count(*) FROM audit_entries WHERE kind IN ('deadline.breached', 'escalation.reached')"
OUTCOME = """
SELECT count(DISTINCT k.id) AS clocks, count(DISTINCT k.id) FILTER (WHERE k.breached_at IS NOT NULL) AS breached,
  count(e.id) FILTER (WHERE e.status = 'reached') AS reached,
  count(e.id) FILTER (WHERE e.status = 'reached' AND e.rung = 'boss' AND e.number = 0) AS bosses,
  count(e.id) FILTER (WHERE e.status = 'skipped') AS skipped,
  (SELECT count(*) FROM audit_entries WHERE kind = 'deadline.breached') AS marked,
  (SELECT count(*) FROM audit_entries WHERE kind = 'deadline.at_risk') AS at_risk,
  (SELECT count(*) FROM notices) AS notices,
  (SELECT count(*) FROM timers WHERE status = 'set' AND due_at < now() + interval '3 hours') AS left_over
FROM deadline_clocks k LEFT JOIN escalations e ON e.clock_id = k.id
"""


async def test_every_clock_is_breached_and_climbed_once_however_many_workers_die(theatre: Theatre) -> None:
    theatre.open_notebook()
    engine = theatre.engine
    await set_levels(engine, await empowered(engine), LEVEL, ladder=LADDER)
    for _ in range(CASES):
        assert (await engine.advance(await theatre.accept(ASKED))).status == "waiting"

    async def fired() -> int:
        async with theatre.database.unit_of_work("acme") as unit:
            return int((await unit.session.execute(text(FIRED))).scalar_one())

    ahead = theatre.order(ahead=AHEAD)
    for kill in range(KILLS):
        before = await fired()
        worker = theatre.hatchery.hatch(ahead, folder=theatre.folder)
        theatre.workers.append(worker)
        await worker.working()
        enough = min(before + 3 + kill, 2 * CASES)
        await eventually(partial(more_than, fired, enough), within_seconds=40, pause_seconds=0.005)
        worker.kill()
        await worker.ended()
    last = theatre.hatchery.hatch(ahead, folder=theatre.folder)
    theatre.workers.append(last)
    await last.working()
    await eventually(partial(more_than, fired, 2 * CASES), within_seconds=60)
    async with theatre.database.unit_of_work("acme") as unit:
        outcome = dict((await unit.session.execute(text(OUTCOME))).mappings().one())
    assert outcome == {
        "clocks": CASES,
        "breached": CASES,
        "reached": CASES,
        "bosses": CASES,
        "skipped": 2 * CASES,
        "marked": CASES,
        "at_risk": CASES,
        "notices": CASES,
        "left_over": 0,
    }
    assert (await engine.verification()).sound
    await theatre.comes_to_rest()


async def more_than(count: Callable[[], Awaitable[int]], enough: int) -> bool:
    """Whether so many have been fired by now."""
    return await count() >= enough

"""A worker is killed while it counts the trail: its batch leaves nothing, and the next round counts all of it once."""

from __future__ import annotations

import signal

import pytest

from graphs.analytics.fold import Measure
from tests.chaos.process import ASKED
from tests.chaos.theatre import Theatre
from tests.support.analytics import ANALYTICS_AT, count_of, counted, stored
from tests.support.forecasts import APPROVE

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def test_a_worker_that_is_killed_while_it_counts_leaves_nothing_and_the_next_round_counts_once(
    theatre: Theatre,
) -> None:
    theatre.open_notebook()
    engine = theatre.engine
    for _ in range(3):
        case = (await engine.start(subject=ASKED)).case
        await engine.advance(case.id)
        await engine.answer(case.id, "emil", APPROVE)
        await engine.advance(case.id)

    killed = theatre.hatchery.hatch(theatre.order(ANALYTICS_AT[0]), folder=theatre.folder)
    theatre.workers.append(killed)
    assert await killed.ended() == -signal.SIGKILL
    assert not any((await stored(engine)).values())

    await counted(engine)
    assert (await count_of(engine, Measure.STARTED))[0] == 3
    assert (await count_of(engine, Measure.STEP, "approve"))[0] == 3
    assert (await engine.verification()).sound

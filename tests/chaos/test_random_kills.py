"""The long run: workers killed at random instants, over and over. `make chaos`; the seed is printed."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.chaos.theatre import Theatre

KILLS = int(os.environ.get("INTERLOCK_CHAOS_KILLS", "15"))
SEED = int(os.environ.get("INTERLOCK_CHAOS_SEED", str(time.time_ns() % 1_000_000)))
CASES_A_KILL = 6


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("ignores_keys", [True, False], ids=["ignores keys", "enforces keys"])
async def test_after_many_random_kills_every_case_is_done_and_written_once(
    theatre: Theatre, ignores_keys: bool
) -> None:
    print(f"INTERLOCK_CHAOS_SEED={SEED}")  # noqa: T201
    chance = random.Random(SEED)
    theatre.ignores_keys, theatre.before, theatre.after = ignores_keys, 0.05, 0.05
    theatre.open_notebook()
    started: list[str] = []
    for _ in range(KILLS):
        worker = theatre.start_worker()
        started += [(await theatre.engine.start()).case.id for _ in range(CASES_A_KILL)]
        time.sleep(chance.uniform(0.1, 1.5))  # noqa: ASYNC251
        worker.kill()
        worker.wait()
    async with theatre.successor().running():
        for case_id in started:
            assert (await theatre.engine.until(case_id, "done", "incident", within_seconds=120)).status == "done"
    keys = [line.split(" ")[0] for line in theatre.written()]
    effects = [(await theatre.engine.effect_of(case_id)).idempotency_key for case_id in started]
    assert sorted(keys) == sorted(effects)
    assert (await theatre.engine.verification()).sound

"""Workers killed at random, over and over: 0 lost, 0 doubled. The seed is printed; `make chaos` is the long run."""

from __future__ import annotations

import os
import time

import pytest

from tests.chaos.storm import Storm
from tests.chaos.theatre import Theatre, now

KILLS = int(os.environ.get("INTERLOCK_CHAOS_KILLS", "1000"))
SEED = int(os.environ.get("INTERLOCK_CHAOS_SEED", str(time.time_ns() % 1_000_000)))
SHORT = 10


async def weathered(theatre: Theatre, *, kills: int, ignores_keys: bool) -> None:
    """Every case ended as it should, and every invariant holds."""
    theatre.ignores_keys, theatre.before, theatre.after = ignores_keys, 0.03, 0.03
    theatre.open_notebook()
    storm = Storm(theatre=theatre, seed=SEED, kills=kills)
    began = now()
    await storm.rage()
    finishing = now() - began - storm.raged_seconds
    print(  # noqa: T201
        f"INTERLOCK_CHAOS_SEED={SEED}: {kills} kills ({storm.at_failpoints} at failpoints), {len(theatre.accepted)} "
        f"cases, {storm.answered} answers, {storm.raged_seconds:.0f} s and {finishing:.0f} s to finish"
    )
    await theatre.comes_to_rest()


@pytest.mark.timeout(300)
async def test_after_a_few_random_kills_every_case_has_ended_and_was_written_once(theatre: Theatre) -> None:
    await weathered(theatre, kills=SHORT, ignores_keys=True)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("ignores_keys", [True, False], ids=["ignores keys", "enforces keys"])
async def test_after_many_random_kills_every_case_has_ended_and_was_written_once(
    theatre: Theatre, ignores_keys: bool
) -> None:
    await weathered(theatre, kills=KILLS // 2, ignores_keys=ignores_keys)

"""A worker dies by SIGKILL at every named point; another finishes the case; the target wrote exactly once."""

from __future__ import annotations

import signal

import pytest

from graphs.runtime.failpoint import FAILPOINTS
from tests.chaos.theatre import Theatre, died, now

EVERYWHERE = [f"{name}@write" if name.startswith("effect.") else name for name in FAILPOINTS]
STEPS = ["look_up", "check", "propose", "write", "done"]
AT_STEPS = [f"step.{place}_commit@{step}" for place in ("before", "after") for step in ("propose", "write", "done")]
EFFECTS = [name for name in EVERYWHERE if name.startswith("effect.")]


async def survived(theatre: Theatre, case_id: str) -> None:
    """Nothing lost, nothing done twice, everything on record."""
    case = await theatre.finished(case_id)
    assert case.status == "done"
    assert len(theatre.written()) == 1
    assert await theatre.engine.steps_of(case_id) == [(step, 1) for step in STEPS]
    effect = await theatre.engine.effect_of(case_id)
    assert effect.status == "confirmed"
    assert theatre.written() == [f"{effect.idempotency_key} 500"]
    assert (await theatre.engine.trail_of(case_id)).count("effect.confirmed") == 1
    assert (await theatre.engine.verification()).sound
    assert await theatre.engine.incidents_of(case_id) == []


@pytest.mark.parametrize("failpoint", [*EVERYWHERE, *AT_STEPS])
async def test_a_worker_killed_at_a_failpoint_loses_and_doubles_nothing(theatre: Theatre, failpoint: str) -> None:
    theatre.open_notebook()
    accepted = await theatre.engine.start()
    assert died(theatre.start_worker(failpoint)) == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await survived(theatre, accepted.case.id)


@pytest.mark.parametrize("failpoint", EFFECTS)
async def test_nor_does_it_where_the_target_enforces_keys(theatre: Theatre, failpoint: str) -> None:
    theatre.ignores_keys = False
    theatre.open_notebook()
    accepted = await theatre.engine.start()
    assert died(theatre.start_worker(failpoint)) == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await survived(theatre, accepted.case.id)


@pytest.mark.parametrize(("before", "after"), [(1.5, 0.0), (0.0, 1.5)], ids=["before writing", "after writing"])
async def test_a_worker_killed_during_the_call_is_succeeded_within_ten_seconds(
    theatre: Theatre, before: float, after: float
) -> None:
    theatre.before, theatre.after = before, after
    theatre.open_notebook()
    accepted = await theatre.engine.start()
    worker = theatre.start_worker()
    await theatre.request_received()
    worker.kill()
    killed_at = now()
    async with theatre.successor().running():
        await survived(theatre, accepted.case.id)
    print(f"killed during the call ({before:.1f} s, {after:.1f} s): done {now() - killed_at:.1f} s later")  # noqa: T201


async def test_a_worker_told_to_stop_leaves_the_case_to_the_next_one(theatre: Theatre) -> None:
    theatre.after = 1.0
    theatre.open_notebook()
    accepted = await theatre.engine.start()
    worker = theatre.start_worker()
    await theatre.request_received()
    worker.terminate()
    assert died(worker) == 0
    case = await theatre.engine.case(accepted.case.id)
    assert (case.status, case.lease_owner) in {("running", None), ("done", None)}
    async with theatre.successor().running():
        await survived(theatre, accepted.case.id)


def test_every_failpoint_is_killed_at() -> None:
    assert {name.split("@")[0] for name in EVERYWHERE} == set(FAILPOINTS)

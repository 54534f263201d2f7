"""A worker dies by SIGKILL at every named point; another finishes the case; the target wrote exactly once."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from graphs.runtime.failpoint import FAILPOINTS
from tests.chaos.process import ASKED
from tests.chaos.theatre import Theatre, now
from tests.conftest import ROOT
from tests.support.analytics import ANALYTICS_AT
from tests.support.failing import OPERATION_AT
from tests.support.forecasts import FORECAST_AT

STRAIGHT_AT = {
    "step.before_commit": ["step.before_commit", *(f"step.before_commit@{step}" for step in ("write", "done"))],
    "step.after_commit": ["step.after_commit", *(f"step.after_commit@{step}" for step in ("propose", "write", "done"))],
    "checkpoint.after_commit": ["checkpoint.after_commit"],
    "effect.before_intent": ["effect.before_intent@write"],
    "effect.after_intent": ["effect.after_intent@write"],
    "effect.after_call": ["effect.after_call@write"],
    "case.after_run": ["case.after_run"],
}
"""Where a case that asks nobody dies, by the failpoint's name. A new failpoint gets its line here or below."""
ASKING_AT = {
    "step.before_commit": ["step.before_commit@propose"],
    "step.after_commit": ["step.after_commit@propose"],
    "interrupt.before_commit": ["interrupt.before_commit"],
    "checkpoint.after_commit": ["checkpoint.after_commit"],
    "case.after_run": ["case.after_run"],
}
"""Where a case dies on the way to its question."""
ANSWERED_AT = {
    "resume.before_step": ["resume.before_step@approve"],
    "step.before_commit": [f"step.before_commit@{step}" for step in ("approve", "propose")],
    "step.after_commit": [f"step.after_commit@{step}" for step in ("approve", "propose")],
    "checkpoint.after_commit": ["checkpoint.after_commit"],
    "effect.after_intent": ["effect.after_intent@write"],
    "effect.after_call": ["effect.after_call@write"],
    "case.after_run": ["case.after_run"],
}
"""Where a case dies once its question has been answered."""

STEPS = ["look_up", "check", "propose", "write", "done"]
CALLED = re.compile(r"\bfailpoint\(\s*\"([a-z_.]+)\"")


def places(*tables: dict[str, list[str]]) -> list[str]:
    """Every place of these tables."""
    return [place for table in tables for named in table.values() for place in named]


async def survived(theatre: Theatre, case_id: str, *, steps: int = len(STEPS)) -> None:
    """The case is done, its effect happened once, nothing was asked of anybody, and every invariant holds."""
    case = await theatre.finished(case_id)
    assert case.status == "done"
    assert len(await theatre.engine.steps_of(case_id)) == steps
    effect = await theatre.engine.effect_of(case_id)
    assert [line.split(" ")[0] for line in theatre.written()] == [effect.idempotency_key]
    assert await theatre.engine.incidents_of(case_id) == []
    await theatre.comes_to_rest()


@pytest.mark.parametrize("failpoint", places(STRAIGHT_AT))
async def test_a_worker_killed_at_a_failpoint_loses_and_doubles_nothing(theatre: Theatre, failpoint: str) -> None:
    theatre.open_notebook()
    case_id = await theatre.accept()
    assert theatre.start_worker(failpoint).wait() == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await survived(theatre, case_id)
    assert await theatre.engine.steps_of(case_id) == [(step, 1) for step in STEPS]


@pytest.mark.parametrize(
    "failpoint",
    [
        pytest.param("effect.before_intent@write", marks=pytest.mark.chaos),
        pytest.param("effect.after_intent@write", marks=pytest.mark.chaos),
        "effect.after_call@write",
    ],
)
async def test_nor_does_it_where_the_target_enforces_keys(theatre: Theatre, failpoint: str) -> None:
    theatre.ignores_keys = False
    theatre.open_notebook()
    case_id = await theatre.accept()
    assert theatre.start_worker(failpoint).wait() == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await survived(theatre, case_id)


@pytest.mark.parametrize("failpoint", places(ASKING_AT))
async def test_a_case_killed_on_the_way_to_its_question_asks_once(theatre: Theatre, failpoint: str) -> None:
    theatre.open_notebook()
    case_id = await theatre.accept(ASKED)
    assert theatre.start_worker(failpoint).wait() == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await theatre.pauses()
        await theatre.approve(case_id)
        await survived(theatre, case_id, steps=len(STEPS) + 2)
    assert len(await theatre.tasks_of(case_id)) == 1


@pytest.mark.parametrize("failpoint", places(ANSWERED_AT))
async def test_a_case_killed_while_it_takes_its_answer_applies_it_once(theatre: Theatre, failpoint: str) -> None:
    theatre.open_notebook()
    case_id = await theatre.accept(ASKED)
    async with theatre.successor().running():
        await theatre.pauses()
    await theatre.approve(case_id)
    assert theatre.start_worker(failpoint).wait() == -signal.SIGKILL
    theatre.let_time_pass()
    async with theatre.successor().running():
        await survived(theatre, case_id, steps=len(STEPS) + 2)


async def test_an_answer_that_comes_before_the_case_has_paused_is_taken(theatre: Theatre) -> None:
    theatre.open_notebook()
    case_id = await theatre.accept(ASKED)
    assert theatre.start_worker("step.after_commit@propose").wait() == -signal.SIGKILL
    theatre.let_time_pass()
    await theatre.approve(case_id)
    async with theatre.successor().running():
        await survived(theatre, case_id, steps=len(STEPS) + 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(1.5, 0.0, marks=pytest.mark.chaos), (0.0, 1.5)],
    ids=["before writing", "after writing"],
)
async def test_a_worker_killed_during_the_call_is_succeeded_within_ten_seconds(
    theatre: Theatre, before: float, after: float
) -> None:
    theatre.before, theatre.after = before, after
    theatre.open_notebook()
    case_id = await theatre.accept()
    worker = theatre.start_worker()
    await theatre.request_received()
    worker.kill()
    killed_at = now()
    async with theatre.successor().running():
        await survived(theatre, case_id)
    print(f"killed during the call ({before:.1f} s, {after:.1f} s): at rest {now() - killed_at:.1f} s later")  # noqa: T201


async def test_a_worker_told_to_stop_leaves_the_case_to_the_next_one(theatre: Theatre) -> None:
    theatre.after = 1.0
    theatre.open_notebook()
    case_id = await theatre.accept()
    worker = theatre.start_worker()
    await theatre.request_received()
    worker.terminate()
    assert worker.wait() == 0
    case = await theatre.engine.case(case_id)
    assert (case.status, case.lease_owner) in {("running", None), ("done", None)}
    async with theatre.successor().running():
        await survived(theatre, case_id)


def called_in(folder: Path) -> set[str]:
    """Names of the failpoints that the code passes."""
    return {name for file in folder.rglob("*.py") for name in CALLED.findall(file.read_text())}


def test_every_failpoint_in_the_code_is_killed_at() -> None:
    """A name without a test and a test without a name both fail here."""
    tested = {*STRAIGHT_AT, *ASKING_AT, *ANSWERED_AT, *OPERATION_AT, *FORECAST_AT, *ANALYTICS_AT}
    assert tested == set(FAILPOINTS)
    assert called_in(ROOT / "graphs") == set(FAILPOINTS)

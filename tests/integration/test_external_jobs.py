"""A case has a job done elsewhere: it waits durably, for a signed callback or by asking, and acts on one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from graphs.store.tables import Case
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.job_process import ASK_AFTER, ROBOTS, Robots, robots
from tools.jobs.port import Job, JobState
from tools.testing.job_server import text_of

LATER = ASK_AFTER + timedelta(seconds=1)


@pytest.fixture
async def robot(engine: Engine) -> AsyncIterator[Robots]:
    """A robot that calls back, and a service that may deliver what it says."""
    await grant(engine.database, "intake", "message.send")
    async with robots(engine) as ready:
        yield ready


async def submitted(robot: Robots, type_: str) -> Case:
    """A case that has submitted such a job, as far as it goes by itself."""
    started = await robot.engine.start(subject=type_)
    await robot.engine.advance(started.case.id)
    await robot.jobs.settled()
    return await robot.engine.case(started.case.id)


async def let_time_pass(robot: Robots, case: Case) -> Case:
    """The wait's time is up: its timer fires, and the case goes on."""
    robot.engine.clock.ahead += LATER
    await robot.engine.sweep.run()
    return await robot.engine.advance(case.id)


def statuses(robot: Robots) -> list[str]:
    return [status for _, status in robot.engine.receipts]


async def test_a_case_waits_for_the_callback_and_goes_on(robot: Robots) -> None:
    case = await submitted(robot, "slow")
    assert case.status == "running"
    case = await robot.engine.advance(case.id)
    assert (case.status, case.outcome) == ("done", "succeeded by callback")
    assert statuses(robot) == ["taken"]
    assert "message.correlated" in await robot.engine.trail_of(case.id)


async def test_a_callback_before_the_submits_answer_is_kept_for_the_case(robot: Robots) -> None:
    case = await submitted(robot, "callback_first")
    case = await robot.engine.advance(case.id)
    assert (case.status, case.outcome) == ("done", "succeeded by callback")
    assert statuses(robot) == ["taken"]


async def test_an_answer_that_comes_thrice_is_acted_on_once(robot: Robots) -> None:
    case = await submitted(robot, "double_callback")
    case = await robot.engine.advance(case.id)
    assert case.outcome == "succeeded by callback"
    assert statuses(robot) == ["taken", "known", "late"]
    assert (await robot.engine.trail_of(case.id)).count("message.correlated") == 1
    assert (await robot.engine.verification()).sound


async def test_a_submit_whose_answer_is_lost_is_asked_for_and_not_sent_again(robot: Robots) -> None:
    case = await submitted(robot, "lost")
    assert (await robot.engine.effect_of(case.id)).status == "unknown"
    case = await robot.engine.advance(case.id, times=2)
    assert (case.status, case.outcome) == ("done", "succeeded by callback")
    assert len(robot.jobs.submitted) == len(robot.jobs.jobs) == 1


async def test_without_a_callback_the_case_asks_until_the_job_has_ended(engine: Engine) -> None:
    async with robots(engine, calls_back=False) as robot:
        case = await submitted(robot, "never")
        case = await let_time_pass(robot, case)
        assert case.status == "waiting"
        await robot.jobs.finish("job-1")
        case = await let_time_pass(robot, case)
        assert (case.status, case.outcome) == ("done", "succeeded by poll")
        assert [step for step, _ in await robot.engine.steps_of(case.id)].count("ask") == 2


async def test_a_late_answer_is_recorded_with_its_case_and_not_acted_on(robot: Robots) -> None:
    case = await submitted(robot, "never")
    job = robot.jobs.jobs["job-1"]
    robot.caller.urls.clear()
    await robot.jobs.finish(job.job)
    case = await let_time_pass(robot, case)
    assert case.outcome == "succeeded by poll"
    body = text_of(robot.jobs.jobs["job-1"])
    answer = await robot.caller.client.post(
        f"/callbacks/{ROBOTS}", content=body, headers=robot.caller.headers("late-1", body)
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "late"})
    assert (await robot.engine.trail_of(case.id))[-1] == "message.late"
    assert (await robot.engine.advance(case.id)).outcome == "succeeded by poll"
    assert (await robot.engine.verification()).sound


async def test_one_id_for_another_answer_is_refused(robot: Robots) -> None:
    await submitted(robot, "slow")
    body = text_of(robot.jobs.jobs["job-1"].model_copy(update={"error": "something else"}))
    headers = robot.caller.headers("job-1-finished", body)
    answer = await robot.caller.client.post(f"/callbacks/{ROBOTS}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "message_id_reused")


async def test_a_callback_for_a_user_without_the_right_is_kept_by_its_sender(engine: Engine) -> None:
    async with robots(engine) as robot:
        job = Job(job="job-1", key="k", type="fast", state=JobState.SUCCEEDED)
        body = text_of(job)
        headers = robot.caller.headers("one", body)
        answer = await robot.caller.client.post(f"/callbacks/{ROBOTS}", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "callback_undeliverable")

"""A worker dies by SIGKILL on the way to a job's answer; another goes on, and the job was submitted exactly once."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from graphs.store.database import Database
from graphs.store.tables import Case
from tests.conftest import TestDatabase
from tests.support import job_worker
from tests.support.api import grant
from tests.support.dying import dies
from tests.support.job_process import ROBOTS, JobEngine, job_engine
from tests.support.job_server import SECRET, JobServer, job_server
from tests.support.patience import eventually
from tests.support.people import populate
from tools.jobs.http import HttpJobs
from tools.jobs.port import Job, JobRequest
from tools.testing.job_server import Caller, text_of

ON_THE_WAY = ["effect.after_call@submit"]
"""Where a worker dies before the case waits."""
RARER = [
    "effect.before_intent@submit",
    "effect.after_intent@submit",
    "step.after_commit@submit",
    "interrupt.before_commit",
    "case.after_run",
]
ANSWERED = ["resume.before_step@await_job"]
"""Where it dies with the answer there."""
RARELY_ANSWERED = ["step.before_commit@done", "step.after_commit@done"]


pytestmark = pytest.mark.timeout(180)  # a process of its own is started within each


def rare(places: list[str]) -> list[object]:
    return [pytest.param(place, marks=pytest.mark.chaos) for place in places]


@pytest.fixture(scope="module")
def served_jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    with job_server(tmp_path_factory.mktemp("jobs")) as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The engine, the tool it works with, and the database of both workers."""

    engine: JobEngine
    database: TestDatabase
    server: JobServer
    jobs: HttpJobs

    async def number_of_next_job(self) -> int:
        """Jobs are numbered: how many were made before tells how many were made between."""
        made = await self.jobs.submit(JobRequest(type="never"), key=f"probe-{uuid.uuid4()}")
        return int(made.job.removeprefix("job-"))

    async def die(self, case_id: str, place: str) -> None:
        """A worker takes the case and dies at the place."""
        await dies(job_worker.work, self.database, self.server.url, case_id, place=place)

    async def brought_to(self, case_id: str, status: str) -> Case:
        """The case, once other workers have brought it there."""
        await self.engine.let_effects_age(self.engine.connector.tools()[0].time_limit)

        async def is_there() -> bool:
            return (await self.engine.advance(case_id)).status == status

        await eventually(is_there, within_seconds=40, pause_seconds=0.2)
        return await self.engine.case(case_id)

    async def answer(self, case_id: str) -> str:
        """The tool's callback about the case's job, as it would send it; what became of it."""
        effect = await self.engine.effect_of(case_id)
        job: Job | None = None

        async def has_ended() -> bool:
            nonlocal job
            job = await self.jobs.find(effect.idempotency_key)
            return job is not None and job.finished

        await eventually(has_ended, within_seconds=20)
        assert job is not None
        caller = Caller(SECRET, client=self.engine.api())
        body = text_of(job)
        answer = await caller.client.post(
            f"/callbacks/{ROBOTS}", content=body, headers=caller.headers(f"{job.job}-finished", body)
        )
        await caller.aclose()
        return str(answer.json()["status"])


@pytest.fixture
async def stage(database: Database, own_database: TestDatabase, served_jobs: JobServer) -> AsyncIterator[Stage]:
    await populate(database)
    await grant(database, "intake", "message.send")
    engine = job_engine(database, own_database.app_url, served_jobs.url)
    jobs = HttpJobs(engine.connector.client, callback_url=None, call_timeout_seconds=10)
    yield Stage(engine=engine, database=own_database, server=served_jobs, jobs=jobs)
    await engine.connector.client.aclose()


@pytest.mark.parametrize("place", [*ON_THE_WAY, *rare(RARER)])
async def test_a_worker_that_dies_on_the_way_leaves_one_job_and_a_case_that_waits(stage: Stage, place: str) -> None:
    before = await stage.number_of_next_job()
    case = (await stage.engine.start(subject="slow")).case
    await stage.die(case.id, place)
    await stage.brought_to(case.id, "waiting")
    assert await stage.answer(case.id) == "taken"
    case = await stage.brought_to(case.id, "done")
    assert case.outcome == "succeeded by callback"
    assert await stage.number_of_next_job() == before + 2
    assert (await stage.engine.verification()).sound


@pytest.mark.parametrize("place", [*ANSWERED, *rare(RARELY_ANSWERED)])
async def test_a_worker_that_dies_with_the_answer_loses_nothing(stage: Stage, place: str) -> None:
    case = (await stage.engine.start(subject="fast")).case
    await stage.engine.advance(case.id)
    assert await stage.answer(case.id) == "taken"
    await stage.die(case.id, place)
    case = await stage.brought_to(case.id, "done")
    assert case.outcome == "succeeded by callback"
    assert await stage.answer(case.id) == "known"
    assert (await stage.engine.trail_of(case.id)).count("message.correlated") == 1
    assert (await stage.engine.verification()).sound

"""What every tool that takes jobs promises; held against the twin, and against the job server over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.job_server import JobServer, http_jobs, job_server
from tests.support.patience import eventually
from tools.errors import Ambiguous, Permanent, Transient
from tools.jobs.actions import CancelJob, PollJob, SubmitJob
from tools.jobs.port import Job, JobRequest, JobService, JobState
from tools.testing.job_server_twin import MemoryJobs

CONNECTOR = "robots"


@pytest.fixture(scope="module")
def served_jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    with job_server(tmp_path_factory.mktemp("jobs")) as server:
        yield server


@pytest.fixture(params=["memory", "http"])
async def jobs(request: pytest.FixtureRequest) -> AsyncIterator[JobService]:
    """Each tool in turn. The served one lives for the module: tests use keys of their own."""
    if request.param == "memory":
        memory = MemoryJobs()
        yield memory
        await memory.aclose()
        return
    client = request.getfixturevalue("served_jobs").client()
    yield http_jobs(client)
    await client.aclose()


def fresh() -> str:
    """A key nobody used before."""
    return f"key-{uuid.uuid4().hex}"


def work(type_: str = "fast", **given: object) -> JobRequest:
    return JobRequest(type=type_, input=given, reference="case 4711")


async def ended(jobs: JobService, job: str) -> Job:
    """The job, once it has ended."""
    found: Job | None = None

    async def is_over() -> bool:
        nonlocal found
        found = await jobs.read(job)
        return found is not None and found.finished

    await eventually(is_over, within_seconds=20)
    assert found is not None
    return found


async def test_a_job_is_accepted_and_ends_with_its_result(jobs: JobService) -> None:
    accepted = await jobs.submit(work(amount="12.50"), key=fresh())
    assert not accepted.finished
    over = await ended(jobs, accepted.job)
    assert (over.state, over.result) == (JobState.SUCCEEDED, {"echo": {"amount": "12.50"}})


async def test_a_job_that_fails_says_why(jobs: JobService) -> None:
    over = await ended(jobs, (await jobs.submit(work("fails"), key=fresh())).job)
    assert (over.state, over.error) == (JobState.FAILED, "it could not be done")


async def test_the_same_key_is_the_same_job(jobs: JobService) -> None:
    key = fresh()
    first = await jobs.submit(work("never"), key=key)
    assert (await jobs.submit(work("never"), key=key)).job == first.job


async def test_parallel_submits_of_one_key_are_one_job(jobs: JobService) -> None:
    key = fresh()
    made = await asyncio.gather(*(jobs.submit(work("never"), key=key) for _ in range(6)))
    assert len({job.job for job in made}) == 1


async def test_a_key_used_for_other_work_is_refused(jobs: JobService) -> None:
    key = fresh()
    await jobs.submit(work("never", amount=1), key=key)
    with pytest.raises(Permanent):
        await jobs.submit(work("never", amount=2), key=key)


async def test_a_job_is_found_by_its_key_and_only_by_it(jobs: JobService) -> None:
    key = fresh()
    made = await jobs.submit(work("never"), key=key)
    found = await jobs.find(key)
    assert found is not None
    assert (found.job, found.key) == (made.job, key)
    assert await jobs.find(fresh()) is None


async def test_a_submit_whose_answer_is_lost_is_unclear_and_then_found(jobs: JobService) -> None:
    key = fresh()
    with pytest.raises(Ambiguous):
        await jobs.submit(work("lost"), key=key)
    found = await jobs.find(key)
    assert found is not None
    assert (await ended(jobs, found.job)).state is JobState.SUCCEEDED


async def test_a_job_that_nobody_knows_is_none(jobs: JobService) -> None:
    assert await jobs.read("job-4711-never-made") is None


async def test_an_id_that_looks_like_a_path_is_an_id(jobs: JobService) -> None:
    assert await jobs.read("../jobs/job-1") is None


async def test_a_cancelled_job_stays_cancelled(jobs: JobService) -> None:
    made = await jobs.submit(work("never"), key=fresh())
    assert (await jobs.cancel(made.job)).state is JobState.CANCELLED
    assert (await jobs.cancel(made.job)).state is JobState.CANCELLED
    assert (await ended(jobs, made.job)).state is JobState.CANCELLED


async def test_a_job_that_has_ended_cannot_be_cancelled(jobs: JobService) -> None:
    made = await jobs.submit(work(), key=fresh())
    await ended(jobs, made.job)
    with pytest.raises(Permanent, match="ended") as refused:
        await jobs.cancel(made.job)
    assert refused.value.reason == "job_finished"


async def test_a_job_that_was_never_made_cannot_be_cancelled(jobs: JobService) -> None:
    with pytest.raises(Permanent) as refused:
        await jobs.cancel("job-4711-never-made")
    assert refused.value.reason == "no_such_job"


async def test_the_tools_tell_a_job_with_what_a_case_waits_by(jobs: JobService) -> None:
    key = fresh()
    told = await SubmitJob(jobs, CONNECTOR).execute(work("never"), key=key)
    assert told["correlation"] == f"{CONNECTOR}/{told['job']}"
    assert (await SubmitJob(jobs, CONNECTOR).find_by_key(work("never"), key=key) or {})["job"] == told["job"]
    poll, cancel = PollJob(jobs, CONNECTOR), CancelJob(jobs, CONNECTOR)
    asked = poll.arguments.model_validate({"job": told["job"]})
    assert (await poll.execute(asked, key=""))["finished"] is False
    cancelling = cancel.arguments.model_validate({"job": told["job"]})
    assert await cancel.find_by_key(cancelling, key=key) is None
    assert (await cancel.execute(cancelling, key=key))["state"] == "cancelled"
    assert (await cancel.find_by_key(cancelling, key=key) or {})["state"] == "cancelled"


async def test_to_ask_for_an_unknown_job_is_refused_by_name(jobs: JobService) -> None:
    poll = PollJob(jobs, CONNECTOR)
    with pytest.raises(Permanent, match="nobody") as refused:
        await poll.execute(poll.arguments.model_validate({"job": "nobody"}), key="")
    assert refused.value.reason == "no_such_job"


async def test_wrong_credentials_are_told_as_such(served_jobs: JobServer) -> None:
    client = served_jobs.client(token="another")
    with pytest.raises(Transient) as refused:
        await http_jobs(client).find(fresh())
    assert refused.value.reason == "credentials_refused"
    await client.aclose()

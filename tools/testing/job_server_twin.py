"""The twin of a tool that takes jobs, in memory: held to the contract that the served one is held to."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Any

from tools.errors import Ambiguous, Permanent
from tools.jobs.port import Job, JobRequest, JobState

DELIVERIES = itertools.count(1)

CallBack = Callable[[Job, str], Awaitable[None]]
"""Tells of a finished job; the text is the id of the delivery."""


class JobMode(StrEnum):
    """What becomes of a job, by its type; a type that is none of these is `fast`."""

    FAST = "fast"
    SLOW = "slow"
    FAILS = "fails"
    CALLBACK_FIRST = "callback_first"
    DOUBLE_CALLBACK = "double_callback"
    NEVER = "never"
    LOST = "lost"


class MemoryJobs:
    """The port of external jobs, in this process.

    `fast` ends at once and calls back; `slow` after `slow_seconds`; `fails` ends badly; `callback_first` calls back
    before it answers the submit; `double_callback` tells thrice, the last time under another id; `never` stays
    accepted; `lost` is done like `fast`, and its submit has no answer.
    """

    def __init__(
        self, *, call_back: CallBack | None = None, slow_seconds: float = 0.2, call_timeout_seconds: float = 2.0
    ) -> None:
        """Without `call_back` nobody is told, and who wants to know has to ask."""
        self.call_timeout_seconds = call_timeout_seconds
        self.jobs: dict[str, Job] = {}
        self.submitted: list[str] = []
        """The key of every submit that was taken, also of those that made no new job."""
        self._requests: dict[str, JobRequest] = {}
        self._call_back = call_back
        self._slow_seconds = slow_seconds
        self._running: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Stop what runs."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def settled(self) -> None:
        """Return once no job runs and every callback was delivered or given up."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def submit(self, request: JobRequest, *, key: str) -> Job:
        self.submitted.append(key)
        known = await self.find(key)
        if known is not None:
            if self._requests[known.job] != request:
                raise Permanent("the key was used for another job", code="key_reused")
            return known
        job = Job(job=f"job-{len(self.jobs) + 1}", key=key, type=request.type, state=JobState.ACCEPTED)
        self.jobs[job.job] = job
        self._requests[job.job] = request
        mode = mode_of(request)
        if mode is JobMode.CALLBACK_FIRST:
            await self._work(job.job, mode)
        elif mode is not JobMode.NEVER:
            self._start(self._work(job.job, mode))
        if mode is JobMode.LOST:
            raise Ambiguous("the answer was lost", code="no_answer")
        return job

    async def find(self, key: str) -> Job | None:
        return next((job for job in self.jobs.values() if job.key == key), None)

    async def read(self, job: str) -> Job | None:
        return self.jobs.get(job)

    async def cancel(self, job: str) -> Job:
        found = self.jobs.get(job)
        if found is None:
            raise Permanent(f"there is no job {job!r}", code="no_such_job")
        if found.state is JobState.CANCELLED:
            return found
        if found.finished:
            raise Permanent(f"job {job!r} has ended", code="job_finished")
        return self._change(job, state=JobState.CANCELLED)

    async def finish(self, job: str) -> None:
        """End a job that runs, and tell of it; one that has ended stays as it is."""
        if self.jobs[job].finished:
            return
        if mode_of(self._requests[job]) is JobMode.FAILS:
            self._change(job, state=JobState.FAILED, error="it could not be done")
        else:
            self._change(job, state=JobState.SUCCEEDED, result={"echo": self._requests[job].input})
        await self._tell(job, deliveries=1)

    async def _work(self, job: str, mode: JobMode) -> None:
        self._change(job, state=JobState.RUNNING)
        if mode is JobMode.SLOW:
            await asyncio.sleep(self._slow_seconds)
        await self.finish(job)
        if mode is JobMode.DOUBLE_CALLBACK:
            await self._tell(job, deliveries=2)

    async def _tell(self, job: str, *, deliveries: int) -> None:
        """The first delivery keeps its id, a second has another."""
        if self._call_back is None:
            return
        await self._call_back(self.jobs[job], f"{job}-finished")
        if deliveries > 1:
            await self._call_back(self.jobs[job], f"{job}-finished-{next(DELIVERIES)}")

    def _change(self, job: str, **changes: Any) -> Job:
        self.jobs[job] = self.jobs[job].model_copy(update=changes)
        return self.jobs[job]

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def mode_of(request: JobRequest) -> JobMode:
    """What becomes of such a job."""
    return JobMode(request.type) if request.type in set(JobMode) else JobMode.FAST

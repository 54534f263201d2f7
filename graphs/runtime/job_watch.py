"""Jobs that the database holds to be under way in this process, and that are not.

Where the connection breaks just as a job ends, the database does not hear of its end. The worker lives, so nobody
takes the job for stalled: it would stay under way for good, and hold back every later job with its lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from procrastinate import App, JobContext
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker


@dataclass(slots=True, kw_only=True)
class JobWatch:
    """Follows the jobs of this process as a middleware of its worker."""

    _under_way: set[int] = field(default_factory=set)
    _unknown: set[int] = field(default_factory=set)
    _worker: Worker | None = None

    async def follow(self, run: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        """Run the job, and know of it meanwhile."""
        self._worker = worker
        job_id = context.job.id or 0
        self._under_way.add(job_id)
        try:
            return await run()
        finally:
            self._under_way.discard(job_id)

    async def forgotten(self, app: App) -> list[Job]:
        """The jobs that neither ran here at the last look nor do now: a job's end takes a moment to be recorded."""
        if self._worker is None or self._worker.worker_id is None:
            return []
        doing = await app.job_manager.list_jobs_async(status=Status.DOING.value, worker_id=self._worker.worker_id)
        unknown = {job.id: job for job in doing if job.id is not None and job.id not in self._under_way}
        forgotten = [job for job_id, job in unknown.items() if job_id in self._unknown]
        self._unknown = set(unknown)
        return forgotten

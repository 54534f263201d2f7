"""How much work a worker has in its hands: it takes another job while it has fewer cases than it has places."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from procrastinate.jobs import Job
from procrastinate.manager import JobManager

Case = Sequence[str]
"""Tenant and id; a third part is the traceparent of what enqueued the job."""


class Room:
    """Counts the cases of the jobs that were taken until each of them is left.

    A job holds one case or many, and a case waits for a slow system while the others of its job are long over. So it
    is cases that are counted: jobs would leave places empty, or keep from other workers what this one cannot begin.
    """

    def __init__(self, places: int) -> None:
        """So many cases at once, and those of one job beyond them."""
        self._places = places
        self._taken = 0
        self._closed = False
        self._free = asyncio.Event()
        self._free.set()

    async def free(self) -> bool:
        """Return once there is a place for another job; False where none is taken any more."""
        await self._free.wait()
        return not self._closed

    def close(self) -> None:
        """Take no more jobs: whoever waits for a place hears of it at once."""
        self._closed = True
        self._free.set()

    async def hold(self, cases: Sequence[Case], advance: Callable[..., Awaitable[None]]) -> None:
        """Advance the cases, each holding its place until it is left; one that fails harms no other.

        The places are taken before anything is waited for, so before the next job is asked for.
        """
        self._changed(len(cases))
        await asyncio.gather(*(self._held(case, advance) for case in cases))

    async def _held(self, case: Case, advance: Callable[..., Awaitable[None]]) -> None:
        try:
            await advance(*case)
        finally:
            self._changed(-1)

    def _changed(self, by: int) -> None:
        self._taken += by
        if self._closed or self._taken < self._places:
            self._free.set()
        else:
            self._free.clear()


class RoomyJobs(JobManager):
    """Procrastinate's jobs, of which another is fetched only where there is room."""

    def __init__(self, connector: Any, room: Room) -> None:
        """Of the connector's database."""
        super().__init__(connector)
        self._room = room

    async def fetch_job(self, queues: Any, worker_id: int) -> Job | None:
        """The next job, once there is room for it; none where the worker is being stopped."""
        return await super().fetch_job(queues, worker_id) if await self._room.free() else None

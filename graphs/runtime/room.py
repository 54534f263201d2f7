"""How much work a worker has in its hands: it takes another job while fewer cases work than it has places.

A case that waits for an answer from outside does no work. Once a call has lasted `LASTS_SECONDS`, its place goes to
another case, and `BEYOND` times as many cases as there are places may wait like that. Of all these calls those of one
target may be no more than are left for every other: a bulkhead, so that a system that answers slowly, or not at all,
holds up its own cases only.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any

from procrastinate.jobs import Job
from procrastinate.manager import JobManager

Case = Sequence[str]
"""Tenant and id; a third part is the traceparent of what enqueued the job."""
System = tuple[str, str]
"""Tenant and target."""

PLACES = 4
BEYOND = 3
"""So many cases for each place may wait for calls that last."""
LASTS_SECONDS = 0.1
"""A call that takes longer leaves its case's place to another case."""


class Room:
    """Counts the cases of the jobs that were taken, and those of them that have a place, until each of them is left.

    A job holds one case or many, and a case waits for a slow system while the others of its job are long over. So it
    is cases that are counted: jobs would leave places empty, or keep from other workers what this one cannot begin.
    """

    def __init__(self, places: int = PLACES) -> None:
        """So many cases work at once, and those of one job wait for a place beyond them."""
        self.most = places * (1 + BEYOND)
        """As many cases may be in the worker's hands, and those of one job beyond them; so as many jobs."""
        self._places = places
        self._taken = 0
        self._slots = asyncio.Semaphore(places)
        self._aside = 0
        self._calls: Counter[System] = Counter()
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
        """Advance the cases, each counted until it is left or steps aside; one that fails harms no other.

        The places are taken before anything is waited for, so before the next job is asked for.
        """
        self._changed(len(cases))
        await asyncio.gather(*(self._held(case, advance) for case in cases))

    async def _held(self, case: Case, advance: Callable[..., Awaitable[None]]) -> None:
        try:
            await advance(*case)
        finally:
            self._changed(-1)

    def place(self) -> Place:
        """A place for one case: had on entering, left on leaving."""
        return Place(self)

    def crowded(self, system: System) -> int:
        """The calls of the system that are under way, where it may have no more of them; else 0."""
        calls, left = self._calls[system], self.most - self._calls.total()
        return calls if calls >= max(1, left) else 0

    def began(self, system: System) -> None:
        """A call of the system is under way, or waits to be admitted."""
        self._calls[system] += 1

    def ended(self, system: System) -> None:
        """It is over."""
        self._calls[system] -= 1
        if not self._calls[system]:
            del self._calls[system]

    async def enter(self) -> None:
        """Return once there is a place."""
        await self._slots.acquire()

    def step_aside(self) -> bool:
        """Leave the place to another case; False where as many have done so as may."""
        if self._aside >= self._places * BEYOND:
            return False
        self._aside += 1
        self._slots.release()
        self._changed(-1)
        return True

    def leave(self, *, aside: bool) -> None:
        """The case is left, which had its place to the end or had stepped aside."""
        if aside:
            self._aside -= 1
            self._changed(1)
        else:
            self._slots.release()

    def _changed(self, by: int) -> None:
        self._taken += by
        if self._closed or self._taken < self._places:
            self._free.set()
        else:
            self._free.clear()


class Place:
    """What one case takes of a worker's room."""

    __slots__ = ("_aside", "room")

    def __init__(self, room: Room) -> None:
        """Entered when there is one free."""
        self.room = room
        self._aside = False

    async def __aenter__(self) -> Place:
        await self.room.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.room.leave(aside=self._aside)

    def step_aside(self) -> bool:
        """Leave the place to another case for good: what this one does after its call is soon done. False if full."""
        self._aside = self._aside or self.room.step_aside()
        return self._aside


class CallInRoom:
    """One call of a case that has a place, from before it is admitted until it has ended."""

    __slots__ = ("_place", "_system", "_timer")

    def __init__(self, place: Place, system: System) -> None:
        """Counted from here on."""
        self._place = place
        self._system = system
        place.room.began(system)
        self._timer = asyncio.get_running_loop().call_later(LASTS_SECONDS, self._lasts)

    def end(self) -> None:
        """The call has ended, or is not made."""
        self._timer.cancel()
        self._place.room.ended(self._system)

    def _lasts(self) -> None:
        if not self._place.step_aside():
            self._timer = asyncio.get_running_loop().call_later(LASTS_SECONDS, self._lasts)


class RoomyJobs(JobManager):
    """Procrastinate's jobs, of which another is fetched only where there is room."""

    def __init__(self, connector: Any, room: Room) -> None:
        """Of the connector's database."""
        super().__init__(connector)
        self._room = room

    async def fetch_job(self, queues: Any, worker_id: int) -> Job | None:
        """The next job, once there is room for it; none where the worker is being stopped."""
        job = await super().fetch_job(queues, worker_id) if await self._room.free() else None
        return None if job is None else BriefJob(**vars(job))


class BriefJob(Job):
    """A job that names itself in a log line, and not each of its cases: it is told of four times."""

    def log_context(self) -> dict[str, Any]:
        """What tells it from others."""
        return {"id": self.id, "task_name": self.task_name, "attempts": self.attempts}

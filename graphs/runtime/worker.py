"""The worker: takes jobs from procrastinate and advances cases, with heartbeat and sweep."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import procrastinate
import structlog

from graphs.analytics.counting import Counting
from graphs.calibration.reading import OutcomeReading
from graphs.forecast.presence import OwnHours
from graphs.forecast.watch import ForecastWatch
from graphs.incidents.carrying import Carrying
from graphs.notices.dispatcher import NoticeDispatcher
from graphs.quality.rounds import QualityRounds
from graphs.retention import RetentionSweep
from graphs.runtime.advance import Advancer
from graphs.runtime.execution import Execution
from graphs.runtime.job_watch import JobWatch
from graphs.runtime.room import Room, RoomyJobs
from graphs.runtime.services import Services
from graphs.runtime.strictness import require_strict_msgpack
from graphs.runtime.sweep import Sweep
from graphs.runtime.watchdog import watched
from graphs.store.jobs import ADVANCE, CASE_QUEUE
from graphs.store.queue_connector import queue_connector

HEARTBEAT_SECONDS = 2.0
STALE_SECONDS = 6.0
POLL_SECONDS = 1.0
SWEEP_SECONDS = 2.0
TIMER_SECONDS = 0.25
RETENTION_SECONDS = 3600.0
OPERATION_SECONDS = 0.5
QUALITY_SECONDS = 10.0
OUTCOME_SECONDS = 2.0
"""How often reviewed decisions are read off the trail: so long a gate stays open behind the review that closes it."""
FORECAST_SECONDS = 10.0
"""How often clocks that are due soon are looked for: of each one no more than a share of its time passes between."""
CHECKPOINT_SECONDS = 2.0
"""How often it is asked whether a checkpoint of the trail is due."""
ANALYTICS_SECONDS = 1.0
"""How often new entries of the trail are counted: so far process map and analytics are behind at most, if not busy."""
NOTICE_SECONDS = 1.0
"""How often it is asked whether somebody is to be told something."""

Chore = tuple[str, float, Callable[[], Awaitable[object]]]
"""A name, how many seconds lie between two times, and what is done."""

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """A name no other process has."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process's worker; `concurrency` cases work at once, executed so. Held up for `hang`, the process ends."""

    services: Services
    url: str
    role: str | None = None
    concurrency: int = 4
    execution: Execution = Execution.JOURNAL
    hang: timedelta | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Advancer]:
        """The worker, until the block ends; then it drains: steps under way finish, leases are given back."""
        require_strict_msgpack()
        room = Room(self.concurrency)
        advancer = Advancer(services=self.services, owner=worker_name(), room=room, execution=self.execution)
        watch = JobWatch()
        app = self._app(advancer)
        try:
            async with app.open_async(), watched(self.hang):
                work = asyncio.create_task(self._work(app, watch, room), name="worker")
                leases = asyncio.create_task(every(HEARTBEAT_SECONDS, advancer.keep_leases), name="leases")
                retention = RetentionSweep(services=self.services)
                kept = asyncio.create_task(every(RETENTION_SECONDS, retention.run, at_once=False), name="retention")
                chores = [
                    asyncio.create_task(every(seconds, chore), name=name)
                    for name, seconds, chore in self._chores(app, watch, owner=advancer.owner)
                ]
                try:
                    yield advancer
                finally:
                    # Leases are kept until the steps under way have ended.
                    advancer.drain.request("the worker is stopping")
                    room.close()
                    await ended(kept, *chores, work)
                    await ended(leases)
        finally:
            await advancer.close()

    def _chores(self, app: procrastinate.App, watch: JobWatch, *, owner: str) -> list[Chore]:
        """What every worker does again and again beside its cases."""
        services = self.services
        sweep = Sweep(services=services)
        return [
            ("timers", TIMER_SECONDS, sweep.fire_due),
            ("sweep", SWEEP_SECONDS, lambda: self._sweep(app, watch, sweep)),
            ("outcomes", OUTCOME_SECONDS, OutcomeReading(services=services).run),
            (
                "forecasts",
                FORECAST_SECONDS,
                ForecastWatch(services=services, presence=OwnHours(database=services.database)).run,
            ),
            ("operations", OPERATION_SECONDS, Carrying(services=services, owner=owner).run),
            ("quality", QUALITY_SECONDS, QualityRounds(services=services).run),
            ("notices", NOTICE_SECONDS, NoticeDispatcher(services=services).run),
            ("analytics", ANALYTICS_SECONDS, Counting(services=services).run),
            ("checkpoints", CHECKPOINT_SECONDS, self._checkpoint),
        ]

    def _app(self, advancer: Advancer) -> procrastinate.App:
        connector = queue_connector(self.url, role=self.role)
        app = procrastinate.App(connector=connector)
        app.job_manager = RoomyJobs(connector, advancer.room)

        async def advance(cases: list[list[str]]) -> None:
            await advancer.room.hold(cases, advancer.advance)

        app.task(name=ADVANCE, queue=CASE_QUEUE)(advance)
        return app

    async def _work(self, app: procrastinate.App, watch: JobWatch, room: Room) -> None:
        """Take jobs until cancelled; whatever ends the taking of jobs before, it begins again."""
        while True:
            try:
                await self._take_jobs(app, watch, room)
            except asyncio.CancelledError:
                return
            except Exception as error:
                log.error("worker.failed", error=type(error).__name__, message=str(error)[:300])
            await asyncio.sleep(POLL_SECONDS)

    async def _take_jobs(self, app: procrastinate.App, watch: JobWatch, room: Room) -> None:
        await app.run_worker_async(
            queues=[CASE_QUEUE],
            concurrency=room.most,
            install_signal_handlers=False,
            fetch_job_polling_interval=POLL_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALE_SECONDS,
            delete_jobs="successful",
            shutdown_graceful_timeout=20,
            worker_middleware=[watch.follow],
        )

    async def _checkpoint(self) -> None:
        if self.services.checkpointer is not None:
            await self.services.checkpointer.run()

    async def _sweep(self, app: procrastinate.App, watch: JobWatch, sweep: Sweep) -> None:
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALE_SECONDS)
        for job in (*stalled, *await watch.forgotten(app)):
            log.warning("job.stalled", job_id=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)
        await sweep.run()


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel the tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def every(seconds: float, action: Any, *, at_once: bool = True) -> None:
    """Run `action` again and again; a failure is logged and does not end it."""
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await action()
        except Exception as error:
            log.error("loop.failed", error=type(error).__name__, message=str(error)[:300])
        await asyncio.sleep(seconds)

"""Where chaos happens: a database, a target and workers, each in a process that the test may kill."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg

from graphs.runtime.worker import Worker
from graphs.store.database import Database
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.chaos.evidence import Entry
from tests.chaos.hatchery import PATIENCE_SECONDS, Hatched, Hatchery
from tests.chaos.invariants import ENDED, rest, unrest, violations
from tests.chaos.process import STRAIGHT, chaos_engine
from tests.chaos.trail import opened_task
from tests.chaos.worker_process import WorkerOrder, services
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Engine
from tests.support.execution import chosen_execution
from tests.support.patience import eventually

LIMIT = timedelta(seconds=2)
LONG_AGO = timedelta(seconds=10)
SILENT = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - %(ago)s"
AGED = (
    SILENT,
    "UPDATE cases SET lease_until = lease_until - %(ago)s",
    "UPDATE cases SET updated_at = updated_at - %(ago)s",
    "UPDATE effects SET sent_at = sent_at - %(ago)s",
)


@dataclass(slots=True, kw_only=True)
class Theatre:
    """`ignores_keys` is how the target treats a second write with the same key.

    `worker_url` and `target_port` lead workers elsewhere, through a proxy for instance; `accepted` are the triggers
    that were acknowledged.
    """

    database: Database
    urls: TestDatabase
    folder: Path
    hatchery: Hatchery
    ignores_keys: bool = True
    before: float = 0.0
    after: float = 0.0
    limit: timedelta = LIMIT
    stack: ExitStack = field(default_factory=ExitStack)
    port: int = 0
    worker_url: str | None = None
    target_port: int | None = None
    accepted: dict[str, str] = field(default_factory=dict)
    workers: list[Hatched] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        """The engine for starting and looking, not for advancing."""
        return chaos_engine(self.database, self.urls.app_url)

    @property
    def book(self) -> Path:
        """The file that the target writes into."""
        return self.folder / "book"

    def open_notebook(self) -> None:
        """Start the target."""
        command = ["tests.chaos.notebook_server", str(self.book), "--before", str(self.before)]
        keys = ["--ignores-keys"] if self.ignores_keys else []
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--after", str(self.after), *keys],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.stack.enter_context(ended(process))
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def order(self, failpoint: str | None = None, *, ahead: timedelta = timedelta(0)) -> WorkerOrder:
        """What workers here are told; `ahead` is how far their clock is."""
        return WorkerOrder(
            url=self.worker_url or self.urls.app_url,
            port=self.target_port or self.port,
            ignores_keys=self.ignores_keys,
            limit_seconds=self.limit.total_seconds(),
            failpoint=failpoint,
            ahead_seconds=ahead.total_seconds(),
            execution=chosen_execution(),
        )

    def hatch(self, failpoint: str | None = None) -> Hatched:
        """A worker process, about to work."""
        worker = self.hatchery.hatch(self.order(failpoint), folder=self.folder)
        self.workers.append(worker)
        return worker

    def start_worker(self, failpoint: str | None = None) -> Hatched:
        """A worker process, at work or dead already."""
        worker = self.hatch(failpoint)
        worker.at_work.result(PATIENCE_SECONDS)
        return worker

    async def accept(self, subject: str = STRAIGHT) -> str:
        """Start a case and note that it was acknowledged; its id."""
        key = f"trigger-{uuid.uuid4()}"
        started = await self.engine.start(key=key, subject=subject)
        self.accepted[key] = started.case.id
        return started.case.id

    async def approve(self, case_id: str) -> None:
        """Answer the case's task."""
        await self.engine.answer(case_id, "berta", Answer(decision="approve"))

    async def request_received(self) -> None:
        """Return once the target has a write under way."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:

            async def received() -> int:
                return int((await client.get("/received")).json()["received"])

            await eventually(received, within_seconds=PATIENCE_SECONDS)

    async def line_written(self) -> None:
        """Return once the target has written something."""
        await eventually(self.written, within_seconds=PATIENCE_SECONDS)

    async def logged(self, worker: Hatched, event: str) -> None:
        """Return once the worker has logged the event."""
        await eventually(lambda: event in worker.log.read_text(), within_seconds=PATIENCE_SECONDS)

    def successor(self, *, ahead: timedelta = timedelta(0)) -> Worker:
        """The worker that comes after, in this process."""
        wired = services(self.database, self.order(ahead=ahead))
        return Worker(services=wired, url=self.urls.app_url, execution=chosen_execution())

    def written(self) -> list[str]:
        """The lines in the notebook."""
        return self.book.read_text().splitlines()

    def let_time_pass(self) -> None:
        """Make heartbeat, lease and last call of the dead workers ten seconds older, instead of waiting for them.

        For everybody: not while another worker lives.
        """
        with psycopg.connect(self.urls.owner_url) as owner:
            for statement in AGED:
                owner.execute(statement.encode(), {"ago": LONG_AGO})

    def let_heartbeats_pass(self) -> None:
        """Let the dead workers have been silent for ten seconds; everything else is as old as it is."""
        with psycopg.connect(self.urls.owner_url) as owner:
            owner.execute(SILENT.encode(), {"ago": LONG_AGO})

    async def tasks_of(self, case_id: str) -> list[str]:
        """Ids of the tasks that the case has opened."""
        async with self.database.unit_of_work("acme") as unit:
            entries = [Entry.of(*found) for found in await unit.audit_log.of_case(case_id)]
        return [task for task in map(opened_task, entries) if task is not None]

    async def finished(self, case_id: str) -> Case:
        """The case, once it has ended."""
        return await self.engine.until(case_id, "done", "rejected", "incident", within_seconds=PATIENCE_SECONDS)

    async def count_unfinished(self) -> int:
        """Number of cases that have not ended."""
        return sum((await self.unfinished()).values())

    async def unfinished(self) -> dict[str, int]:
        """Number of cases in each status that is no end."""
        async with self.database.unit_of_work("acme") as unit:
            counted = await unit.cases.count_by_status()
        return {status: number for status, number in counted.items() if status not in ENDED}

    async def count_cases(self) -> int:
        """Number of cases."""
        async with self.database.unit_of_work("acme") as unit:
            return sum((await unit.cases.count_by_status()).values())

    async def all_end(self, *, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Return once every case has ended. Raises `AssertionError` naming incidents and what still moves."""

        async def none_left() -> bool:
            left = await self.unfinished()
            assert set(left) != {"incident"}, f"{left}: {await self.incidents()}"
            return not left

        try:
            await eventually(none_left, within_seconds=within_seconds, pause_seconds=0.1)
        except TimeoutError as error:
            seen = f"{await self.unfinished()}, {await self.incidents()}, {(await unrest(self.database))[:10]}"
            raise AssertionError(f"not all have ended after {within_seconds} s: {seen}") from error

    async def incidents(self) -> list[str]:
        """What stopped cases, in short."""
        async with self.database.unit_of_work("acme") as unit:
            found = await unit.incidents.listed("acme", status="open", limit=20)
        return [f"{incident.case_id} after {incident.step}: {incident.code} {incident.message}" for incident in found]

    async def pauses(self, *, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Return once a worker has done all there is to do for now."""
        await rest(self.database, within_seconds=within_seconds)

    async def comes_to_rest(self) -> None:
        """Wait until nothing moves, end the workers, and see that every invariant holds."""
        await self.pauses()
        for worker in self.workers:
            worker.wake()
            worker.terminate()
        for worker in self.workers:
            await worker.ended()
        found = await violations(
            self.database,
            self.book,
            accepted=self.accepted,
            folder=self.folder / "tmp",
            groups=[worker.pid.result(PATIENCE_SECONDS) for worker in self.workers],
        )
        assert found == []


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """See that the process is gone afterwards."""
    yield
    if process.poll() is None:
        process.kill()
    process.wait(timeout=10)
    if process.stdout is not None:
        process.stdout.close()


def now() -> float:
    """Seconds on a clock that nothing moves."""
    return time.monotonic()

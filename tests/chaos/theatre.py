"""Where chaos happens: a database, a target and workers, each in a process that the test may kill by its pid."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg

from graphs.runtime.failpoint import VARIABLE
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from graphs.store.tables import Case
from tests.chaos.worker_process import services
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Engine
from tests.support.toy import AmountReader, Notebook

Process = subprocess.Popen[str]
LIMIT = timedelta(seconds=2)
LONG_AGO = timedelta(seconds=10)
PATIENCE_SECONDS = 40


@dataclass(slots=True, kw_only=True)
class Theatre:
    """`ignores_keys` is how the target treats a second write with the same key."""

    database: Database
    urls: TestDatabase
    folder: Path
    ignores_keys: bool = True
    before: float = 0.0
    after: float = 0.0
    limit: timedelta = LIMIT
    stack: ExitStack = field(default_factory=ExitStack)
    port: int = 0

    @property
    def engine(self) -> Engine:
        """The engine for starting and looking, not for advancing."""
        return Engine(database=self.database, url=self.urls.app_url, reader=AmountReader(0), notebook=Notebook())

    def open_notebook(self) -> None:
        """Start the target."""
        command = ["tests.chaos.notebook_server", str(self.folder / "book"), "--before", str(self.before)]
        keys = ["--ignores-keys"] if self.ignores_keys else []
        process = self._start([*command, "--after", str(self.after), *keys])
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def start_worker(self, failpoint: str | None = None) -> Process:
        """A worker process, at work."""
        keys = ["--ignores-keys"] if self.ignores_keys else []
        command = ["tests.chaos.worker_process", self.urls.app_url, str(self.port), str(self.limit.total_seconds())]
        process = self._start([*command, *keys], failpoint)
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        return process

    def _start(self, command: list[str], failpoint: str | None = None) -> Process:
        environment = {**os.environ, **({VARIABLE: failpoint} if failpoint else {})}
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        self.stack.enter_context(ended(process))
        return process

    async def request_received(self) -> None:
        """Return once the target has a write under way."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:
            async with asyncio.timeout(PATIENCE_SECONDS):
                async for answer in asked(client, "/received"):
                    if answer["received"]:
                        return

    def successor(self) -> Worker:
        """The worker that comes after, in this process."""
        wired = services(self.database, self.port, ignores_keys=self.ignores_keys, time_limit=self.limit)
        return Worker(services=wired, url=self.urls.app_url)

    def written(self) -> list[str]:
        """The lines in the notebook."""
        return (self.folder / "book").read_text().splitlines()

    def let_time_pass(self) -> None:
        """Make heartbeat, lease and last call of the dead worker ten seconds older, instead of waiting for them."""
        with psycopg.connect(self.urls.owner_url) as owner:
            owner.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - %s", (LONG_AGO,))
            owner.execute("UPDATE cases SET lease_until = lease_until - %s", (LONG_AGO,))
            owner.execute("UPDATE cases SET updated_at = updated_at - %s", (LONG_AGO,))
            owner.execute("UPDATE effects SET sent_at = sent_at - %s", (LONG_AGO,))

    async def finished(self, case_id: str) -> Case:
        """The case, once it has ended."""
        return await self.engine.until(case_id, "done", "rejected", "incident", within_seconds=PATIENCE_SECONDS)


async def asked(client: httpx.AsyncClient, path: str) -> AsyncIterator[dict[str, int]]:
    """The answer, again and again."""
    while True:
        yield (await client.get(path)).json()
        await asyncio.sleep(0.01)


@contextmanager
def ended(process: Process) -> Iterator[None]:
    """See that the process is gone afterwards."""
    yield
    if process.poll() is None:
        process.kill()
    process.wait(timeout=10)
    if process.stdout is not None:
        process.stdout.close()


def died(process: Process) -> int:
    """The exit code of a process that is about to die by itself."""
    return process.wait(timeout=PATIENCE_SECONDS)


def now() -> float:
    """Seconds on a clock that nothing moves."""
    return time.monotonic()

"""Workers that cost a fork: the zygote's other end."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.chaos.worker_process import WorkerOrder
from tests.conftest import ROOT

PATIENCE_SECONDS = 40
WARM_UP_SECONDS = 120


@dataclass(slots=True, kw_only=True)
class Hatched:
    """A worker process; every signal goes through its parent, which knows whether the process id is still its own."""

    hatchery: Hatchery
    number: int
    log: Path
    pid: Future[int] = field(default_factory=Future)
    at_work: Future[bool] = field(default_factory=Future)
    code: Future[int] = field(default_factory=Future)

    def send(self, number: signal.Signals) -> None:
        self.hatchery.ask({"do": "signal", "id": self.number, "signal": int(number)})

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def wake(self) -> None:
        self.send(signal.SIGCONT)

    def wait(self) -> int:
        """The exit code; minus the signal that ended it."""
        return self.code.result(PATIENCE_SECONDS)

    async def working(self) -> bool:
        """Whether it has begun to take jobs; False if it died before."""
        return await asyncio.wait_for(asyncio.wrap_future(self.at_work), PATIENCE_SECONDS)

    async def ended(self, within_seconds: float = PATIENCE_SECONDS) -> int:
        """The exit code, without blocking the loop. Raises `TimeoutError`."""
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.code)), within_seconds)


@dataclass(slots=True, kw_only=True)
class Hatchery:
    """The zygote and the workers it was asked for."""

    zygote: subprocess.Popen[str]
    hatched: dict[int, Hatched] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ready: threading.Event = field(default_factory=threading.Event)

    def hatch(self, order: WorkerOrder, *, folder: Path) -> Hatched:
        """A new worker, about to work; its log and its temporary files lie in `folder`."""
        number = next(self.numbers)
        temporary = folder / "tmp"
        temporary.mkdir(exist_ok=True)
        worker = Hatched(hatchery=self, number=number, log=folder / f"worker-{number}.log")
        self.hatched[number] = worker
        wanted = {"do": "fork", "id": number, "order": asdict(order), "log": str(worker.log), "folder": str(temporary)}
        self.ask(wanted)
        return worker

    def ask(self, request: dict[str, object]) -> None:
        assert self.zygote.stdin is not None
        with self.lock:
            self.zygote.stdin.write(json.dumps(request) + "\n")
            self.zygote.stdin.flush()

    def listen(self) -> None:
        """Pass reports on until the zygote ends."""
        assert self.zygote.stdout is not None
        for line in self.zygote.stdout:
            self.hear(*line.split())

    def hear(self, what: str, *words: str) -> None:
        if what == "ready":
            self.ready.set()
            return
        worker = self.hatched[int(words[0])]
        match what:
            case "forked":
                worker.pid.set_result(int(words[1]))
            case "working":
                worker.at_work.set_result(True)
            case "ended":
                worker.code.set_result(int(words[1]))
                if not worker.at_work.done():
                    worker.at_work.set_result(False)


@contextmanager
def hatchery() -> Iterator[Hatchery]:
    """A hatchery, warmed up; its workers end with it."""
    command = [sys.executable, "-m", "tests.chaos.zygote"]
    zygote = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    opened = Hatchery(zygote=zygote)
    listener = threading.Thread(target=opened.listen, name="hatchery", daemon=True)
    listener.start()
    try:
        assert opened.ready.wait(WARM_UP_SECONDS), "the zygote did not start"
        yield opened
    finally:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.close()
        zygote.wait(PATIENCE_SECONDS)
        listener.join(PATIENCE_SECONDS)
        zygote.stdout.close()

"""A process that has everything imported and forks workers on demand: `python -m tests.chaos.zygote`.

A worker costs a fork instead of two seconds of imports, so that a kill is cheap. Requests come as JSON lines:
`{"do": "fork", "id": 1, "order": {…}, "log": FILE, "folder": FOLDER}` and `{"do": "signal", "id": 1, "signal": 9}`.
Reports are lines: `ready`, `forked ID PID`, `working ID`, `ended ID CODE`. The zygote has neither threads nor an event
loop, and its children end with it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import select
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from typing import Any

from graphs.runtime.failpoint import arm
from tests.chaos.worker_process import WorkerOrder, work

STDIN, STDOUT, STDERR = 0, 1, 2


@dataclass(slots=True, kw_only=True)
class Zygote:
    """`children` maps the ids of processes that are not reaped yet to the ids of their requests."""

    children: dict[int, int] = field(default_factory=dict)
    wake: tuple[int, int] = field(default_factory=os.pipe)

    def serve(self) -> None:
        """Serve requests until nobody can send any more."""
        os.set_blocking(self.wake[1], False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake[1])
        report(STDOUT, "ready")
        pending = b""
        while True:
            ready, _, _ = select.select([STDIN, self.wake[0]], [], [])
            if self.wake[0] in ready:
                os.read(self.wake[0], 512)
                self.reap()
            if STDIN in ready:
                received = os.read(STDIN, 65_536)
                if not received:
                    return
                *lines, pending = (pending + received).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))

    def obey(self, request: dict[str, Any]) -> None:
        """Fork, or send a signal to a child that is not reaped: its id cannot be another process's yet."""
        if request["do"] == "fork":
            self.fork(request)
            return
        for pid, number in self.children.items():
            if number == request["id"]:
                os.kill(pid, request["signal"])

    def fork(self, request: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            become_worker(request)
        self.children[pid] = request["id"]
        report(STDOUT, f"forked {request['id']} {pid}")

    def reap(self) -> None:
        """Report every child that has ended."""
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            report(STDOUT, f"ended {self.children.pop(pid)} {os.waitstatus_to_exitcode(status)}")

    def end(self) -> None:
        """End the children."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)


def report(to: int, line: str) -> None:
    """One line in one write: reports of several processes do not mix."""
    os.write(to, f"{line}\n".encode())


def become_worker(request: dict[str, Any]) -> None:
    """Be the worker, in a process group of its own, with its log in a file. Does not return."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        reports = os.dup(STDOUT)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (STDOUT, STDERR):
            os.dup2(log, descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), STDIN)
        random.seed()
        os.environ["TMPDIR"] = tempfile.tempdir = request["folder"]
        order = WorkerOrder(**request["order"])
        if order.failpoint:
            arm(order.failpoint)
        asyncio.run(work(order, working=lambda: report(reports, f"working {request['id']}")))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    zygote = Zygote()
    try:
        zygote.serve()
    finally:
        zygote.end()

"""Programs in processes of their own that cost a fork and not their imports.

What they import is imported once, by the process they are forked from (`multiprocessing`'s fork server, one for each
process of pytest). Where the command itself is the point, a test starts the command.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TextIO

from graphs.runtime import failpoint

STDERR = 2
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["api.duty", "graphs.store.schema", "tests.support.job_process"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """A running program; of `subprocess.Popen` it has what tests use, and what it writes to stderr."""

    process: ForkServerProcess
    stderr: TextIO

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """The exit code, minus the signal that ended it; None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises `subprocess.TimeoutExpired`."""
        self.process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout or 0)
        return code

    def words(self) -> str:
        """All that it writes to stderr until it has ended."""
        with self.stderr:
            return self.stderr.read()

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def forked(program: Callable[..., object], *arguments: str, variables: Mapping[str, str], folder: Path) -> Forked:
    """Run a function of a module, or a coroutine function, as a program with an environment and a working folder."""
    reader, writer = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_become, args=(program, arguments, dict(variables), folder, writer))
    process.start()
    writer.close()
    stderr = os.fdopen(os.dup(reader.fileno()), encoding="utf-8", errors="replace")
    reader.close()
    return Forked(process=process, stderr=stderr)


def _become(
    program: Callable[..., object],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    folder: Path,
    stderr: Connection,
) -> None:
    os.dup2(stderr.fileno(), STDERR)
    stderr.close()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    failpoint.arm(environment.get(failpoint.VARIABLE, ""))
    outcome = program(*arguments)
    if inspect.iscoroutine(outcome):
        asyncio.run(outcome)

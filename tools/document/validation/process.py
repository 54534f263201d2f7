"""One validating process and what is done to it: started, asked, watched while it works, ended."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.document.limits import MEBIBYTE, Limits, limits_data

_ROOT: Final = Path(__file__).resolve().parents[3]
# The process sees no credentials: only what the interpreter itself may need.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_LOOK_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorLimits:
    """What the validating process may use.

    `seconds` bounds one validation and `wait_for` a validation with its waiting; `memory_bytes` is resident memory.
    The process is replaced after so many `documents`, and ends by itself after `idle_seconds` without one.
    """

    seconds: float = 15.0
    wait_for: float = 30.0
    memory_bytes: int = 512 * MEBIBYTE
    documents: int = 500
    idle_seconds: float = 300.0


DEFAULT_VALIDATOR_LIMITS: Final = ValidatorLimits()


class ProcessStopped(Exception):
    """The validating process did not answer; the message says why."""


class ValidatingProcess:
    """A process that answers questions about documents; started by the first, and again after it has ended.

    Not for several threads at once.
    """

    def __init__(self, command: tuple[str, ...], limits: ValidatorLimits) -> None:
        """`command` starts it."""
        self._command = (*command, str(limits.idle_seconds))
        self._limits = limits
        self._running: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def ask(self, content: bytes, limits: Limits) -> dict[str, Any]:
        """Its answer about `content`. Raises `ProcessStopped` or `OSError`; then the process has ended."""
        try:
            answer = self._ask(content, limits)
            if answer is None:
                # It had just ended because nobody asked. Another is started, once.
                answer = self._ask(content, limits)
        except BaseException:
            self.end()
            raise
        if answer is None:
            self.end()
            raise ProcessStopped("the validating process ends as soon as it is started")
        self._answered += 1
        if self._answered >= self._limits.documents:
            self.end()
        return answer

    def interrupt(self) -> None:
        """Let a question that is being answered fail; from another thread than the one that asks."""
        process = self._running
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one, and wait until it is gone."""
        process, self._running, self._answered = self._running, None, 0
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, content: bytes, limits: Limits) -> dict[str, Any] | None:
        """The answer, or None where the process ended in good order instead of answering."""
        process = self._started()
        question = json.dumps({"size": len(content), "limits": limits_data(limits)}).encode() + b"\n"
        with _watched(process, self._limits) as excess:
            try:
                process.stdin.write(question + content)  # type: ignore[union-attr]  # opened as a pipe
                process.stdin.flush()  # type: ignore[union-attr]  # opened as a pipe
                line = process.stdout.readline()  # type: ignore[union-attr]  # opened as a pipe
            except BrokenPipeError:
                line = b""
        if line.endswith(b"\n"):
            return dict(json.loads(line))
        if excess:
            raise ProcessStopped(excess[0])
        code = process.wait(timeout=self._limits.seconds)
        if code == 0:
            self.end()
            return None
        raise ProcessStopped(f"the validating process ended with code {code}")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is not None and self._running.poll() is not None:
            self.end()
        if self._running is None:
            self._running = subprocess.Popen(  # noqa: S603  # a command of ours, without a shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
                start_new_session=True,  # Ctrl-C is for the worker, which drains
            )
        return self._running


@contextmanager
def _watched(process: subprocess.Popen[bytes], limits: ValidatorLimits) -> Generator[list[str]]:
    """Kill the process when it takes too long or holds too much; the list then says which."""
    excess: list[str] = []
    done = threading.Event()

    def watch() -> None:
        end_at = time.monotonic() + limits.seconds
        while not done.wait(_LOOK_EVERY):
            if time.monotonic() >= end_at:
                excess.append(f"it took longer than {limits.seconds:g} s")
            elif resident_bytes(process.pid) > limits.memory_bytes:
                excess.append(f"it took more memory than {limits.memory_bytes // MEBIBYTE} MiB")
            if excess:
                process.kill()
                return

    watcher = threading.Thread(target=watch, name="validator-watch", daemon=True)
    watcher.start()
    try:
        yield excess
    finally:
        done.set()
        watcher.join()


def resident_bytes(process_id: int) -> int:
    """The memory a process holds; 0 where that cannot be known (it has ended, or this is no Linux)."""
    try:
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

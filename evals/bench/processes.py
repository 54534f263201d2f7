"""Processes of a round, from the outside: started, spoken to, ended; and the processor time of their trees."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evals
from evals.bench.protocol import END, OPEN

ROOT = Path(evals.__file__).parent.parent
PROC = Path("/proc")
START_SECONDS = 120.0
END_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")
ENDED_CHILDREN = slice(11, 15)
"""Behind the name in `/proc/PID/stat`: ticks of the process, and of its children that were waited for."""


class ProcessFailed(RuntimeError):
    """A process of the round ended, or said nothing in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A process that takes part; its complaints go into the file `errors`."""

    name: str
    process: subprocess.Popen[str]
    errors: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def say(self, word: str) -> None:
        """Say a word to it. Raises `ProcessFailed`."""
        if self.process.stdin is None:
            raise ProcessFailed(f"{self.name} does not listen")
        try:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise ProcessFailed(f"{self.name} ended: {self._last_words()}") from error

    def hear(self, word: str, *, within_seconds: float) -> dict[str, Any]:
        """Wait for a word, and return its figures. Raises `ProcessFailed`."""
        output = self.process.stdout
        if output is None or not select.select([output], [], [], within_seconds)[0]:
            raise ProcessFailed(f"{self.name} did not say {word!r} within {within_seconds:.0f} s")
        said, _, figures = output.readline().strip().partition(" ")
        if said != word:
            raise ProcessFailed(f"{self.name} ended instead of saying {word!r}: {self._last_words()}")
        return dict(json.loads(figures)) if figures else {}

    def kill(self) -> None:
        """End it by SIGKILL and wait until it is gone."""
        self.process.kill()
        self.process.wait(timeout=END_SECONDS)

    def end(self) -> None:
        """Let it end: by word, else by SIGTERM, at last by SIGKILL."""
        if self.process.poll() is None:
            self._ask_to_end()
        try:
            self.process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _ask_to_end(self) -> None:
        if self.process.stdin is None:
            self.process.terminate()
            return
        try:
            self.say(END)
            self.process.stdin.close()
        except (ProcessFailed, OSError):
            self.process.terminate()

    def _last_words(self) -> str:
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self.process.poll()}"


@contextmanager
def started(
    name: str,
    module: str,
    arguments: Sequence[str],
    *,
    folder: Path,
    python: str = sys.executable,
    listens: bool = True,
) -> Iterator[Participant]:
    """`python -m module arguments`, once it has said `open`; ended with the block. Raises `ProcessFailed`."""
    errors = folder / f"{name}.err"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with errors.open("a") as complaints:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [python, "-m", module, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
    participant = Participant(name=name, process=process, errors=errors)
    try:
        participant.hear(OPEN, within_seconds=START_SECONDS)
        yield participant
    finally:
        participant.end()


def tree_seconds(*roots: int) -> float:
    """Processor seconds of these processes and all below them, ended children that were waited for included."""
    times, children = _process_table()
    open_pids, seen = list(roots), set[int]()
    while open_pids:
        pid = open_pids.pop()
        if pid not in seen:
            seen.add(pid)
            open_pids += children.get(pid, [])
    return sum(times.get(pid, 0) for pid in seen) / TICKS


def _process_table() -> tuple[dict[int, int], dict[int, list[int]]]:
    """Ticks by process, and children by parent."""
    times: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(folder.name)
        times[pid] = sum(int(ticks) for ticks in fields[ENDED_CHILDREN])
        children.setdefault(int(fields[1]), []).append(pid)
    return times, children


def resident_mib(pid: int) -> float:
    """Memory of a process that is in use, in MiB."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

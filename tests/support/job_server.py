"""The job server as a process of its own."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.support.patience import wait_until
from tools.jobs.http import HttpJobs
from tools.rest.transport import PinnedClient

TOKEN = "the token of the job server"
SECRET = "whsec_" + base64.b64encode(b"the key that signs callbacks....").decode()
START_SECONDS = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobServer:
    """A running server, and how it is called."""

    url: str

    def client(self, *, token: str = TOKEN, call_timeout_seconds: float = 10.0) -> PinnedClient:
        """A client of the origin, to be closed."""
        return PinnedClient(
            self.url,
            private_addresses=True,
            headers=lambda: {"Authorization": f"Bearer {token}"},
            time_limit_seconds=call_timeout_seconds,
            max_answer_bytes=1024 * 1024,
        )


@contextmanager
def job_server(folder: Path, *, slow_seconds: float = 0.2) -> Iterator[JobServer]:
    """A server on a free port, ended afterwards."""
    port = folder / "port"
    environment = {**os.environ, "JOB_SERVER_TOKEN": TOKEN, "JOB_SERVER_SECRET": SECRET}
    command = [sys.executable, "-m", "tools.testing.job_server", "--port-file", str(port)]
    process = subprocess.Popen([*command, "--slow-seconds", str(slow_seconds)], cwd=ROOT, env=environment)
    try:
        wait_until(port.exists, within_seconds=START_SECONDS, otherwise=lambda: "the job server did not start")
        yield JobServer(url=f"http://127.0.0.1:{port.read_text()}")
    finally:
        process.terminate()
        process.wait(20)


def http_jobs(client: PinnedClient, *, callback_url: str | None = None) -> HttpJobs:
    """The port on the client."""
    return HttpJobs(client, callback_url=callback_url, call_timeout_seconds=10.0)

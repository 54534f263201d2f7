"""The three ERPs the contract is held against: the twin, the twin in its own process, and Tryton."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graphs.store.embedded import EmbeddedPostgres
from tests.conftest import DATA_FOLDER, ROOT
from tests.support.erp import Served
from tests.support.patience import wait_until
from tools.erp.sandbox import TrytonSandbox
from tools.erp.sandbox_server import RunningTryton
from tools.erp.tryton import TrytonErp
from tools.testing.erp import MemoryErp, RemoteMemoryErp

START_SECONDS = 20.0

AnyErp = MemoryErp | RemoteMemoryErp | TrytonErp


def wait_for_file(path: Path) -> str:
    """The content of a file another process is about to make."""
    wait_until(path.exists, within_seconds=START_SECONDS, otherwise=lambda: f"{path} was not made in {START_SECONDS} s")
    return path.read_text()


@pytest.fixture(scope="session")
def twin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A twin served by a process of its own."""
    folder = tmp_path_factory.mktemp("erp_twin")
    files = ["--port-file", str(folder / "port"), "--log-file", str(folder / "log")]
    process = subprocess.Popen([sys.executable, "-m", "tools.testing.erp", *files], cwd=ROOT)
    yield f"http://127.0.0.1:{wait_for_file(folder / 'port')}"
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def sandbox(sandbox_server: EmbeddedPostgres) -> TrytonSandbox:
    """The sandbox `make install` prepared."""
    prepared = TrytonSandbox(DATA_FOLDER, sandbox_server.url())
    assert prepared.is_prepared(), "the Tryton template is missing or outdated; run `make install`"
    return prepared


@pytest.fixture(scope="session")
def tryton(sandbox: TrytonSandbox) -> Iterator[RunningTryton]:
    """A Tryton on a clone of its own."""
    database = f"test_tryton_{uuid.uuid4().hex[:12]}"
    running = sandbox.start(database)
    yield running
    running.stop()
    sandbox.drop(database)


@pytest.fixture(params=["remote", pytest.param("tryton", marks=pytest.mark.tryton)])
def served(request: pytest.FixtureRequest) -> Served:
    """Each ERP that has a socket."""
    if request.param == "tryton":
        running: RunningTryton = request.getfixturevalue("tryton")
        return Served(kind="tryton", url=running.url, tryton=running)
    return Served(kind="remote", url=request.getfixturevalue("twin_url"), tryton=None)


@pytest.fixture(params=["memory", "remote", pytest.param("tryton", marks=pytest.mark.tryton)])
async def erp(request: pytest.FixtureRequest) -> AsyncIterator[AnyErp]:
    """Each ERP in turn. Those with a socket live for the session: tests use numbers of their own."""
    if request.param == "memory":
        yield MemoryErp.from_seed(today=datetime.now(UTC).date())
        return
    if request.param == "tryton":
        running: RunningTryton = request.getfixturevalue("tryton")
        client: RemoteMemoryErp | TrytonErp = Served(kind="tryton", url=running.url, tryton=running).client()
    else:
        client = RemoteMemoryErp(request.getfixturevalue("twin_url"))
    yield client
    await client.aclose()

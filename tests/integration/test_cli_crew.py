"""`interlock serve` with a second worker: it is there, it is replaced, and it goes when the server goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from api.crew import PARENT
from tests.support.patience import wait_until
from tests.support.served import Served, as_command, served

ANYWHERE = "http://127.0.0.1:9"
PATIENCE_SECONDS = 40


def members(server: Served) -> set[int]:
    """Process ids of the server's crew."""
    wanted = f"{PARENT}={server.process.pid}".encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def beating(server: Served) -> int:
    """Workers that have given a sign of life lately."""
    socket_folder = (server.folder / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    with psycopg.connect(f"postgresql://postgres@/interlock?host={socket_folder}") as owner:
        query = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '5 s'"
        row = owner.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def until(seen: Callable[[], object], *, met: object) -> None:
    """Wait until what is seen is `met`."""
    wait_until(
        lambda: seen() == met,
        within_seconds=PATIENCE_SECONDS,
        otherwise=lambda: f"still {seen()}",
        pause_seconds=0.1,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, start=as_command, erp="memory", erp_url=ANYWHERE, workers="2") as running:
        yield running


@pytest.mark.timeout(120)
def test_a_second_worker_works_is_replaced_and_goes_with_the_server(server: Served) -> None:
    until(lambda: beating(server), met=2)
    [first] = members(server)
    os.kill(first, signal.SIGKILL)
    until(lambda: len(members(server) - {first}), met=1)
    assert httpx.get(f"{server.url}/health", timeout=10).status_code == 200
    assert server.stop(signal.SIGINT) == 0
    assert members(server) == set()
    assert server.left_behind() == []


@pytest.mark.timeout(120)
def test_a_crew_does_not_outlive_a_server_that_was_killed(server: Served) -> None:
    until(lambda: len(members(server)), met=1)
    server.process.kill()
    server.process.wait()
    until(lambda: members(server), met=set())

"""The database's disk is full: triggers are refused by name, none is half-accepted, and work goes on with new space."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from graphs.store.database import UNAVAILABLE
from graphs.store.schema import migrate
from tests.chaos.conftest import theatre_on
from tests.chaos.hatchery import Hatchery
from tests.chaos.process import STRAIGHT
from tests.chaos.theatre import Theatre
from tests.support.own_cluster import OwnCluster, own_cluster

DISK_MB = 130
SETTINGS = ("min_wal_size = 16MB", "max_wal_size = 24MB", "shared_buffers = 16MB", "autovacuum = off")
TRIES = 400


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk; near the root, because the server's own user has to get there."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    folder.chmod(0o711)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"no small disk to fill: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def small_cluster(disk: Path) -> Iterator[OwnCluster]:
    """A server whose data lie there."""
    with own_cluster(folder=disk, settings=SETTINGS, initdb_options=("--wal-segsize=1",)) as opened:
        yield opened


@pytest.fixture
async def starved(small_cluster: OwnCluster, tmp_path: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre on that server."""
    await asyncio.to_thread(migrate, small_cluster.url())
    async for stage in theatre_on(small_cluster, "postgres", tmp_path, workers):
        yield stage


def fill(disk: Path) -> Path:
    """A file that takes all the space there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            return filler


async def refused_start(starved: Theatre) -> Exception:
    """The error of the first start that finds no space; those before it are acknowledged."""
    for _ in range(TRIES):
        try:
            await starved.accept(STRAIGHT)
        except UNAVAILABLE as error:
            return error
    raise AssertionError(f"{TRIES} cases found space on a full disk")


@pytest.mark.timeout(120)
async def test_a_full_disk_refuses_triggers_by_name_and_loses_none(
    starved: Theatre, small_cluster: OwnCluster, disk: Path
) -> None:
    starved.open_notebook()
    await starved.accept(STRAIGHT)
    filler = await asyncio.to_thread(fill, disk)
    error = await refused_start(starved)
    cause = getattr(error, "orig", error)
    assert isinstance(cause, psycopg.OperationalError), cause
    acknowledged = len(starved.accepted)
    filler.unlink()
    if not small_cluster.running:
        await asyncio.to_thread(small_cluster.start)
    worker = starved.start_worker()
    assert await worker.working()
    await starved.accept(STRAIGHT)
    await starved.all_end()
    print(f"{acknowledged} cases accepted before the disk was full: {type(cause).__name__}")  # noqa: T201
    assert await starved.count_cases() == acknowledged + 1
    await starved.comes_to_rest()

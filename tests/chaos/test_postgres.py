"""PostgreSQL goes away under load: what was acknowledged is there afterwards, and the workers go on by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal

import pytest

from graphs.runtime.services import utc_now
from graphs.store.database import Database
from graphs.store.schema import migrate
from tests.chaos.hatchery import Hatchery
from tests.chaos.load import Load
from tests.chaos.process import STRAIGHT
from tests.chaos.theatre import Theatre, now
from tests.conftest import TestDatabase
from tests.support.own_cluster import OwnCluster, own_cluster
from tests.support.people import populate

LOAD_SECONDS = 1.0
DOWN_SECONDS = 0.5
RECOVERED_SECONDS = 10.0


@pytest.fixture
def cluster() -> Iterator[OwnCluster]:
    """A server of the test's own."""
    with own_cluster() as opened:
        yield opened


def database_of(cluster: OwnCluster) -> TestDatabase:
    """The server's `postgres` database, migrated."""
    migrate(cluster.url())
    return TestDatabase(name="postgres", owner_url=cluster.url(), app_url=cluster.url(user="interlock_app"))


@pytest.fixture
async def staged(cluster: OwnCluster, tmp_path: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre on that server."""
    async for stage in theatre_on(cluster, tmp_path, workers):
        yield stage


async def theatre_on(cluster: OwnCluster, folder: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre on a server of its own."""
    urls = await asyncio.to_thread(database_of, cluster)
    database = Database(urls.app_url, clock=utc_now)
    await populate(database)
    stage = Theatre(database=database, urls=urls, folder=folder, hatchery=workers)
    with stage.stack:
        yield stage
    for worker in stage.workers:
        worker.kill()
    for worker in stage.workers:
        await worker.ended()
    await database.close()


@pytest.mark.parametrize("how", ["fast", "immediate", "kill"])
async def test_work_goes_on_within_ten_seconds_of_the_database_coming_back(
    staged: Theatre, cluster: OwnCluster, how: Literal["fast", "immediate", "kill"]
) -> None:
    staged.open_notebook()
    for _ in range(2):
        staged.start_worker()
    load = Load(theatre=staged)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(load.send())
        reviewing = group.create_task(load.review())
        await asyncio.sleep(LOAD_SECONDS)
        await asyncio.to_thread(cluster.stop, how)
        await asyncio.sleep(DOWN_SECONDS)
        await asyncio.to_thread(cluster.start)
        up_at = now()
        await staged.finished(await load.accepted(STRAIGHT))
        recovered = now() - up_at
        load.stopping.set()
        await sending
        await staged.all_end()
        reviewing.cancel()
    print(  # noqa: T201
        f"{how}: a new case was done {recovered:.1f} s after the start; {len(staged.accepted)} cases, "
        f"{len(load.answered)} answers, {load.refused} refused while down"
    )
    assert load.refused > 0
    assert recovered <= RECOVERED_SECONDS
    await staged.comes_to_rest()

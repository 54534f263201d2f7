"""The theatre, on the test's own database."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from graphs.store.database import Database
from graphs.store.databases import create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate
from tests.chaos.hatchery import Hatchery, hatchery
from tests.chaos.process import chaos_engine
from tests.chaos.stage import Stage
from tests.chaos.theatre import Theatre
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.own_cluster import OwnCluster, own_cluster
from tests.support.people import populate
from tools.clock import utc_now

TEMPLATE = "interlock_template"


@pytest.fixture(scope="session")
def workers() -> Iterator[Hatchery]:
    """Where workers cost a fork."""
    with hatchery() as opened:
        yield opened


@pytest.fixture
async def theatre(
    database: Database, own_database: TestDatabase, tmp_path: Path, workers: Hatchery
) -> AsyncIterator[Theatre]:
    """A database with people; target and workers are started by the test and ended here."""
    async for stage in staged(database, own_database, tmp_path, workers):
        yield stage


@pytest.fixture(scope="session")
def cluster() -> Iterator[OwnCluster]:
    """A server that tests may stop and kill, reached over TCP; `TEMPLATE` on it is migrated."""
    with own_cluster() as opened:
        create_database(opened.url(), TEMPLATE)
        migrate(opened.url(TEMPLATE))
        yield opened


@pytest.fixture
async def cluster_theatre(cluster: OwnCluster, tmp_path: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre on a database of that server."""
    cluster.start()
    name = f"test_{uuid.uuid4().hex[:12]}"
    create_database(cluster.url(), name, template=TEMPLATE)
    async for stage in theatre_on(cluster, name, tmp_path, workers):
        yield stage
    cluster.start()
    drop_database(cluster.url(), name)


async def theatre_on(cluster: OwnCluster, name: str, folder: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre on the server's migrated database `name`."""
    app_url = cluster.url(name, user="interlock_app")
    database = Database(app_url, clock=utc_now)
    urls = TestDatabase(name=name, owner_url=cluster.url(name), app_url=app_url)
    async for stage in staged(database, urls, folder, workers):
        yield stage
    await database.close()


async def staged(database: Database, urls: TestDatabase, folder: Path, workers: Hatchery) -> AsyncIterator[Theatre]:
    """A theatre with people; what it started is ended afterwards."""
    await populate(database)
    stage = Theatre(database=database, urls=urls, folder=folder, hatchery=workers)
    with stage.stack:
        yield stage
    for worker in stage.workers:
        worker.kill()
    for worker in stage.workers:
        await worker.ended()


@pytest.fixture
def stage(server: EmbeddedPostgres, template: str) -> Iterator[Stage]:
    """A database and an engine of its own."""
    built = Stage.build(server, template)
    yield built
    built.close()


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    """The chaos process in this process; the test advances by hand."""
    await populate(database)
    return chaos_engine(database, own_database.app_url)

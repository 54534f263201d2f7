"""The theatre, on the test's own database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from graphs.store.database import Database
from tests.chaos.hatchery import Hatchery, hatchery
from tests.chaos.process import SubjectReader, chaos_definition
from tests.chaos.theatre import Theatre
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import Notebook


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
    await populate(database)
    stage = Theatre(database=database, urls=own_database, folder=tmp_path, hatchery=workers)
    with stage.stack:
        yield stage
    for worker in stage.workers:
        worker.kill()
    for worker in stage.workers:
        await worker.ended()


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    """The chaos process in this process; the test advances by hand."""
    await populate(database)
    return chaos_engine(database, own_database.app_url)


def chaos_engine(database: Database, url: str) -> Engine:
    """The chaos process, writing into a notebook in memory."""
    return Engine(
        database=database, url=url, reader=SubjectReader(), notebook=Notebook(), definitions=(chaos_definition(),)
    )

"""The theatre, on the test's own database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graphs.store.database import Database
from tests.chaos.theatre import Theatre
from tests.conftest import TestDatabase
from tests.support.people import populate


@pytest.fixture
async def theatre(database: Database, own_database: TestDatabase, tmp_path: Path) -> AsyncIterator[Theatre]:
    """A database with people; target and workers are started by the test and ended here."""
    await populate(database)
    stage = Theatre(database=database, urls=own_database, folder=tmp_path)
    with stage.stack:
        yield stage

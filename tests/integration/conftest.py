"""The toy engine on the test's own database."""

from __future__ import annotations

import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    """Tenant `acme` with its people, and a process that writes 500 into a notebook."""
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())

"""The toy engine on the test's own database, and identity providers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.identity import CLARA, GRETA, ScriptedProvider, mock_provider, scripted_provider
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> Engine:
    """Tenant `acme` with its people, and a process that writes 500 into a notebook."""
    await populate(database)
    return Engine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with mock_provider(CLARA, GRETA) as found:
        yield found


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """Where the secret of the client is; the mock takes a client only that has one."""
    (tmp_path / "secret").write_text("a secret\n")
    return f"file:{tmp_path / 'secret'}"


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as found:
        yield found

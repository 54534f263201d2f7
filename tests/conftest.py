"""One embedded PostgreSQL for the session, one migrated template, a clone per test."""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from graphs.store.database import Database
from graphs.store.databases import create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate
from tests.support.databases import Databases, Template, wait_for_no_disk
from tests.support.dialect import share_one_dialect
from tools.clock import utc_now

ROOT = Path(__file__).parent.parent
os.environ.setdefault("INTERLOCK_UNDO_SECONDS", "0")
"""Cases go on at once after an approval, unless a test asks for a window in which it may be undone."""
DATA_FOLDER = Path(os.environ.get("INTERLOCK_TEST_DATA_DIR", ROOT / ".interlock")).resolve()
share_one_dialect()
# Plain tracebacks, as the product logs them: the pretty ones took ten seconds of a test.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_finish() -> None:
    """Look for no garbage among what was collected: it lives as long as the process, and there is a lot of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """An embedded server for tests, shared by the processes that run them."""
    running = EmbeddedPostgres.start(DATA_FOLDER / "test-postgres")
    wait_for_no_disk(running)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[EmbeddedPostgres]:
    """The server of `make run` and `make install`, which holds the ERP sandbox's template."""
    running = EmbeddedPostgres.start(DATA_FOLDER / "postgres")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres) -> Iterator[str]:
    """Name of a migrated database without rows."""
    name = f"test_template_{uuid.uuid4().hex[:12]}"
    create_database(server.url(), name)
    migrate(server.url(name))
    yield name
    drop_database(server.url(), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDatabase:
    """A test's own database, as its owner and as the application sees it."""

    __test__ = False
    name: str
    owner_url: str
    app_url: str


@contextmanager
def clone(server: EmbeddedPostgres, template: str) -> Iterator[TestDatabase]:
    """A clone of the template, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    create_database(server.url(), name, template=template)
    yield TestDatabase(name=name, owner_url=server.url(name), app_url=server.url(name, user="interlock_app"))
    drop_database(server.url(), name)


@pytest.fixture(scope="session")
def databases(server: EmbeddedPostgres, template: str) -> Iterator[Databases]:
    """The databases of this process."""
    pool = Databases(server=server, template=Template.of(server, template))
    yield pool
    pool.drop()


@pytest.fixture
def own_database(server: EmbeddedPostgres, databases: Databases) -> Iterator[TestDatabase]:
    """A database like the template, for this test alone."""
    with databases.lent() as name:
        yield TestDatabase(name=name, owner_url=server.url(name), app_url=server.url(name, user="interlock_app"))


@pytest.fixture
async def database(own_database: TestDatabase) -> AsyncIterator[Database]:
    """The application's view of the test's database."""
    opened = Database(own_database.app_url, clock=utc_now)
    yield opened
    await opened.close()

"""A PostgreSQL for suites that run whole cases: a server of its own, a database that is dropped afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphs.store.databases import APP_ROLE, create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """The application's URL of an empty, migrated database. Raises `EmbeddedPostgresFailed`."""
    postgres = EmbeddedPostgres.start(folder / "postgres")
    name = f"evals_{uuid.uuid4().hex[:12]}"
    try:
        create_database(postgres.url(), name)
        try:
            migrate(postgres.url(name))
            yield postgres.url(name, user=APP_ROLE)
        finally:
            drop_database(postgres.url(), name)
    finally:
        postgres.stop()

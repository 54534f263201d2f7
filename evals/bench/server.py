"""The PostgreSQL that every side runs on, and what it counts."""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from graphs.store.databases import APP_ROLE, create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections")
TABLES = """
SELECT n.nspname, c.relname, pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
LEFTOVERS = r"SELECT datname FROM pg_database WHERE datname LIKE 'bench\_%'"
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a database holds: rows and bytes (indexes included) by table, and how many transactions it committed."""

    rows: dict[str, int]
    bytes: dict[str, int]
    commits: int

    def rows_since(self, before: Content, *, without: str = "") -> int:
        """Rows more than `before`, not counting the table `without`."""
        return _grown(before.rows, self.rows, without)

    def bytes_since(self, before: Content, *, without: str = "") -> int:
        """Bytes more than `before`, not counting the table `without`."""
        return _grown(before.bytes, self.bytes, without)


def _grown(before: dict[str, int], after: dict[str, int], without: str) -> int:
    return sum(count - before.get(name, 0) for name, count in after.items() if name != without)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDatabase:
    """A database of one round, as its owner and as the application sees it."""

    name: str
    owner_url: str
    app_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchServer:
    """The running server; databases made here are dropped with it."""

    postgres: EmbeddedPostgres
    stack: ExitStack
    templates: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return int((Path(self.postgres.server.pgdata) / "postmaster.pid").read_text().splitlines()[0])

    def settings(self) -> dict[str, str]:
        """What the server itself says about how it keeps its promises."""
        with psycopg.connect(self.postgres.url()) as owner:
            query = "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name"
            return dict(owner.execute(query, (list(SETTINGS),)).fetchall())

    def template(self) -> str:
        """Name of a database with Interlock's tables, made once."""
        if not self.templates:
            made = self.stack.enter_context(self.database())
            migrate(made.owner_url)
            self.templates.append(made.name)
        return self.templates[0]

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[BenchDatabase]:
        """A fresh database, dropped with the block."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        create_database(self.postgres.url(), name, template=template)
        try:
            yield BenchDatabase(
                name=name, owner_url=self.postgres.url(name), app_url=self.postgres.url(name, user=APP_ROLE)
            )
        finally:
            drop_database(self.postgres.url(), name)


@contextmanager
def running_server(folder: Path) -> Iterator[BenchServer]:
    """A PostgreSQL in `folder` that nobody else uses: waits until another benchmark there has ended.

    What a benchmark that was killed has left behind is dropped. Raises `EmbeddedPostgresFailed`.
    """
    with ExitStack() as stack:
        folder.parent.mkdir(parents=True, exist_ok=True)
        alone = stack.enter_context((folder.parent / "alone.lock").open("w"))
        fcntl.flock(alone, fcntl.LOCK_EX)
        postgres = EmbeddedPostgres.start(folder)
        stack.callback(postgres.stop)
        drop_leftovers(postgres)
        yield BenchServer(postgres=postgres, stack=stack)


def drop_leftovers(postgres: EmbeddedPostgres) -> None:
    """Drop every database of an earlier benchmark."""
    with psycopg.connect(postgres.url()) as owner:
        names = [name for (name,) in owner.execute(LEFTOVERS)]
    for name in names:
        drop_database(postgres.url(), name)


def content(owner_url: str) -> Content:
    """What the database holds now, counted row by row."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        row = owner.execute(COMMITS).fetchone()
        tables = owner.execute(TABLES).fetchall()
        rows = {f"{schema}.{name}": _count(owner, schema, name) for schema, name, _ in tables}
    sizes = {f"{schema}.{name}": int(size) for schema, name, size in tables}
    return Content(rows=rows, bytes=sizes, commits=int(row[0]) if row else 0)


def vacuumed(owner_url: str) -> Content:
    """What the database holds once every table and index has given back the room of rows that are gone."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM FULL")
    return content(owner_url)


def _count(owner: psycopg.Connection, schema: str, name: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
    row = owner.execute(query).fetchone()
    return int(row[0]) if row else 0

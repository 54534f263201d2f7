"""Databases for tests: each has one of its own, and what a test has left as it was is emptied and lent to the next.

Copying a migrated database costs more than most tests. A database is lent again only under another name, so that
nobody whom a test has left behind can reach it, and only if nothing but rows differs from the template.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg import sql

from graphs.store.databases import create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres

MOST_LOANS = 40
"""Rows that were deleted take room until then."""

# By object ids, which copies of the template share: names would have to be looked up, one by one, in a session that
# knows none of them yet.
SHAPE = """
SELECT md5(string_agg(what, E'\\n' ORDER BY what)) FROM (
  SELECT concat_ws(' ', 'class', relname, relkind, relrowsecurity, relforcerowsecurity, relowner, relacl) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull, atthasdef, attisdropped)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid, conname, contype, convalidated) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc), proacl) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled) FROM pg_trigger
    WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', 'policy', polrelid, polname, polqual) FROM pg_policy
  UNION ALL SELECT concat_ws(' ', 'analysed', starelid) FROM pg_statistic s JOIN pg_class c
    ON c.oid = s.starelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'setting', setconfig) FROM pg_db_role_setting r JOIN pg_database d
    ON d.oid = r.setdatabase WHERE d.datname = current_database()
  UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
) AS shape(what)
"""
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND relname <> ALL (%s) AND (pg_stat_file(pg_relation_filepath(oid), true)).size > 0
"""
SEQUENCES = """
SELECT format('ALTER SEQUENCE %%I RESTART', sequencename) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL (%s)
"""
USED_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_analyze_threshold": "1000000000",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
}
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The migrated database that all others are copies of: its shape, and the tables and sequences that it fills."""

    name: str
    shape: str
    filled: list[str]
    counted: list[str]

    @classmethod
    def of(cls, server: EmbeddedPostgres, name: str) -> Template:
        """The template as it now is."""
        with psycopg.connect(server.url(name)) as owner:
            tables = [str(row[0]) for row in owner.execute(TABLES, ([],))]
            counted = [str(row[0]) for row in owner.execute(USED_SEQUENCES)]
            return cls(name=name, shape=shape_of(owner), filled=tables, counted=counted)


@dataclass(slots=True, kw_only=True)
class Databases:
    """The databases of one test process."""

    server: EmbeddedPostgres
    template: Template
    idle: list[tuple[str, int]] = field(default_factory=list)
    _owner: psycopg.Connection | None = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The name of a database without rows, for one test."""
        name, loans = self._taken()
        try:
            yield name
        finally:
            if loans < MOST_LOANS and self._emptied(name):
                self.idle.append((name, loans))
            else:
                drop_database(self.server.url(), name)

    def drop(self) -> None:
        """Drop what is idle."""
        for name, _ in self.idle:
            drop_database(self.server.url(), name)
        self.idle.clear()
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _taken(self) -> tuple[str, int]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        if not self.idle:
            create_database(self.server.url(), name, template=self.template.name)
            return name, 1
        before, loans = self.idle.pop()
        self._end_sessions(before)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._owned().execute(rename.format(sql.Identifier(before), sql.Identifier(name)))
        return name, loans + 1

    def _end_sessions(self, name: str) -> None:
        self._owned().execute(END_SESSIONS, (name,))

    def _owned(self) -> psycopg.Connection:
        """The owner's session beside all databases that are lent."""
        if self._owner is None or self._owner.closed:
            self._owner = psycopg.connect(self.server.url(), autocommit=True)
        return self._owner

    def _emptied(self, name: str) -> bool:
        """Whether the database is as the template again."""
        try:
            self._end_sessions(name)
            with psycopg.connect(self.server.url(name)) as owner:
                if shape_of(owner) != self.template.shape:
                    return False
                owner.execute("SET session_replication_role = replica")  # neither foreign keys nor append-only triggers
                for (table,) in owner.execute(TABLES, (self.template.filled,)).fetchall():
                    owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                for (restart,) in owner.execute(SEQUENCES, (self.template.counted,)).fetchall():
                    owner.execute(restart)
        except psycopg.Error:
            return False
        return True


def wait_for_no_disk(server: EmbeddedPostgres) -> None:
    """Let that server lose everything with the machine it runs on: nothing of a test outlives its run.

    A process that is killed loses nothing by it; tests of what a server loses have one of their own. Commits are still
    written before they are answered: VACUUM calls nothing visible to all that was not, and plans would depend on luck.
    Tables are not analysed unless a test does it: a database that was would not be lent again.
    """
    with psycopg.connect(server.url(), autocommit=True) as owner:
        for name, value in CARELESS.items():
            owner.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        owner.execute("SELECT pg_reload_conf()")


def shape_of(owner: psycopg.Connection) -> str:
    """Everything of a database that is no row."""
    found = owner.execute(SHAPE).fetchone()
    assert found is not None
    return str(found[0])


def hang_up(owner_url: str) -> None:
    """The server ends every other connection to the database, as a restart does."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(END_OTHERS)


def break_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody sees that the server has ended a connection until it is used, as where no FIN comes."""
    monkeypatch.setattr("graphs.store.patience.may_have_ended", lambda connection: connection.closed)

"""What one test has done to its database no other test sees."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from graphs.store.embedded import EmbeddedPostgres
from tests.support.databases import MOST_LOANS, Databases, Template


@pytest.fixture
def pool(server: EmbeddedPostgres, template: str) -> Iterator[Databases]:
    lending = Databases(server=server, template=Template.of(server, template))
    yield lending
    lending.drop()


def run(pool: Databases, name: str, *statements: str) -> None:
    with psycopg.connect(pool.server.url(name), autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement.encode())


def test_rows_are_gone_and_numbers_begin_anew(pool: Databases) -> None:
    with pool.lent() as first:
        run(pool, first, "INSERT INTO tenants VALUES ('acme', 'Acme')", "SELECT nextval('procrastinate_jobs_id_seq')")
    with pool.lent() as second, psycopg.connect(pool.server.url(second)) as owner:
        assert second != first
        assert owner.execute("SELECT count(*) FROM tenants").fetchone() == (0,)
        assert owner.execute("SELECT nextval('procrastinate_jobs_id_seq')").fetchone() == (1,)
    assert [loans for _, loans in pool.idle] == [2]


def test_what_the_template_brings_stays(pool: Databases) -> None:
    for _ in range(2):
        with pool.lent() as name, psycopg.connect(pool.server.url(name)) as owner:
            assert owner.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_whoever_was_left_behind_cannot_reach_the_next_tests_database(pool: Databases) -> None:
    with pool.lent() as first:
        left = psycopg.connect(pool.server.url(first))
    with pool.lent():
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(pool.server.url(first))


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (id int)",
        "ALTER TABLE tenants ADD COLUMN more text",
        "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_rows ON tasks",
        "DROP TRIGGER append_only ON audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER append_only",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP INDEX inbox",
        "ALTER TABLE tasks DROP CONSTRAINT task_of_visit",
        "REVOKE SELECT ON tasks FROM interlock_app",
        "ALTER DATABASE {name} SET timezone TO 'Europe/Berlin'",
        "INSERT INTO tenants VALUES ('a', 'A')\nANALYZE tenants",
    ],
)
def test_a_database_that_was_changed_in_more_than_rows_is_not_lent_again(pool: Databases, change: str) -> None:
    with pool.lent() as name:
        run(pool, name, *change.format(name=name).split("\n"))
    assert pool.idle == []


@pytest.mark.parametrize(("loans", "again"), [(MOST_LOANS - 2, True), (MOST_LOANS - 1, True), (MOST_LOANS, False)])
def test_a_database_is_lent_a_bounded_number_of_times(pool: Databases, loans: int, again: bool) -> None:
    with pool.lent():
        pass
    [(name, _)] = pool.idle
    pool.idle[:] = [(name, loans - 1)]
    with pool.lent():
        pass
    assert bool(pool.idle) is again

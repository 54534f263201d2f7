"""Bring a database to this version: roles, tables, queue, functions, security."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from procrastinate import PsycopgConnector
from procrastinate.schema import SchemaManager
from psycopg.rows import DictRow, dict_row
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from graphs.store.databases import DatabaseTooOld, sqlalchemy_url
from graphs.store.security import ROLES, statements

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 4_157_001
MINIMUM_SERVER_VERSION = 150_000


def alembic_config() -> Config:
    """Alembic set-up without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(owner_url: str) -> None:
    """Migrate the database at `owner_url`; safe to call at every start and from several processes at once.

    Raises `DatabaseTooOld`.
    """
    with psycopg.Connection[DictRow].connect(owner_url, autocommit=True, row_factory=dict_row) as owner:
        if owner.info.server_version < MINIMUM_SERVER_VERSION:
            raise DatabaseTooOld(f"PostgreSQL {owner.info.server_version} is too old: Interlock needs 15 or newer")
        owner.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        owner.execute(ROLES)
        upgrade_tables(owner_url)
        if owner.execute("SELECT to_regclass('procrastinate_jobs') AS jobs").fetchone() == {"jobs": None}:
            owner.execute(SchemaManager(PsycopgConnector()).get_schema().encode())
        for statement in statements():
            owner.execute(statement.encode())


def upgrade_tables(owner_url: str, to: str = "head") -> None:
    """Bring the tables alone to a revision; the roles must be there."""
    engine = create_engine(sqlalchemy_url(owner_url), poolclass=NullPool)
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    engine.dispose()

"""Databases on a PostgreSQL server: make, drop, look up. Imports little, so that a start can begin with it."""

from __future__ import annotations

from typing import Any

import psycopg

APP_ROLE = "interlock_app"
"""The role the application connects as: it owns nothing and cannot bypass row-level security."""


class DatabaseTooOld(RuntimeError):
    """The PostgreSQL server is older than 15."""


def create_database(server_url: str, name: str, *, template: str | None = None) -> None:
    """Create database `name` on the server, as a copy of `template` if given."""
    copy = f' TEMPLATE "{template}"' if template else ""
    with psycopg.connect(server_url, autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{name}"{copy}'.encode())


def drop_database(server_url: str, name: str) -> None:
    """Drop database `name`, closing its connections; absent is fine."""
    with psycopg.connect(server_url, autocommit=True) as owner:
        owner.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def database_exists(server_url: str, name: str) -> bool:
    """Whether the server has a database of that name."""
    with psycopg.connect(server_url, autocommit=True) as owner:
        found: Any = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    return found is not None


def sqlalchemy_url(url: str, *, role: str | None = None) -> str:
    """A libpq URL as SQLAlchemy's psycopg 3 URL, optionally acting as `role` from the first statement."""
    address = "postgresql+psycopg://" + url.split("://", 1)[1]
    if role is None:
        return address
    separator = "&" if "?" in address else "?"
    return f"{address}{separator}options=-c%20role%3D{role}"

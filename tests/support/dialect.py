"""One dialect of SQLAlchemy for the whole test process, so that a statement is compiled once, and not for each test.

What SQLAlchemy has compiled belongs to a dialect, and each engine makes one of its own. A process in use has one
engine; each test here has one. All their servers are of one version, which is asked once as well.
"""

from __future__ import annotations

from typing import Any, Self

from sqlalchemy import URL, Connection, Dialect, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg

DRIVER = PGDialectAsync_psycopg.import_dbapi()
COMPILED: dict[Any, Any] = {}


class OneDialect(PGDialectAsync_psycopg):
    """The dialect of all asynchronous engines of this process."""

    supports_statement_cache = True
    _one: Self | None = None

    def __new__(cls, **_: object) -> Self:
        """The one there is."""
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __init__(self, **settings: Any) -> None:
        """As the first engine wants it; no other wants anything else."""
        if "settings" not in vars(self):
            super().__init__(**settings)
            self.settings = settings
            self.knows_the_server = False
        assert settings == self.settings

    @classmethod
    def import_dbapi(cls) -> Any:
        """The same for each engine."""
        return DRIVER

    def initialize(self, connection: Connection) -> None:
        """Ask the server what it is, if nobody did."""
        if not self.knows_the_server:
            super().initialize(connection)
            self.knows_the_server = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Give the engine all that was compiled."""
        engine.update_execution_options(compiled_cache=COMPILED)


class Entrypoint(PGDialect_psycopg):
    """What SQLAlchemy looks up for the scheme of a URL; asynchronous engines have the one dialect."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Dialect]:  # noqa: ARG003 - SQLAlchemy's signature
        """The one dialect."""
        return OneDialect


def share_one_dialect() -> None:
    """From now on, for the engines of this process."""
    registry.register("postgresql.psycopg", __name__, Entrypoint.__name__)

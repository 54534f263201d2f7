"""The queue's way to the database: procrastinate's connector, on a pool that asks no connection whether it is there.

A server that ends a connection says so on it, and what it said lies in the socket: only where something lies there is
the server asked, in a round trip of its own. The pool that procrastinate makes asks before each statement, and meets
connections that have ended one by one: after a restart of the server it took 7 to 30 seconds until it had a new one.
"""

from __future__ import annotations

from typing import Any

from procrastinate import PsycopgConnector
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool

from graphs.store.patience import may_have_ended

CONNECTIONS = 7
"""Jobs are taken one by one, and what ends at the same moment takes turns."""


def queue_connector(url: str, *, role: str | None) -> PsycopgConnector:
    """A connector that acts as the role, or as whom the address names."""
    keywords: dict[str, Any] = {"options": f"-c role={role}"} if role else {}
    return PsycopgConnector(
        conninfo=url, kwargs=keywords, max_size=CONNECTIONS, configure=statement_by_statement, pool_factory=QuietPool
    )


class QuietPool(AsyncConnectionPool[AsyncConnection[Any]]):
    """A pool that asks only those connections on which something came, and all of them once one has ended."""

    def __init__(self, **terms: Any) -> None:
        """On the terms of procrastinate, but for its check of each connection."""
        terms["check"] = self._ask_all_if_ended
        super().__init__(**terms)

    @staticmethod
    async def check_connection(conn: AsyncConnection[Any]) -> None:
        """Raises `psycopg.OperationalError` where the server has ended the connection."""
        if may_have_ended(conn):
            await AsyncConnectionPool.check_connection(conn)

    async def _ask_all_if_ended(self, connection: AsyncConnection[Any]) -> None:
        try:
            await self.check_connection(connection)
        except OperationalError:
            # A server that restarts ends them all; met one by one, each would be waited for longer than the last.
            await self.check()
            raise


async def statement_by_statement(connection: AsyncConnection[Any]) -> None:
    """The queue asks one statement at a time: each is a transaction without two more round trips that say so."""
    await connection.set_autocommit(True)

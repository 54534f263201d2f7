"""Turns at inlets: of all processes on a database at most one polls an inlet, until it ends.

A turn is an advisory lock of this process's own connection: it ends with the connection, so a process that dies gives
it back at once. A process whose connection broke may poll for a moment beside its successor; that does no harm,
because what arrives has keys.
"""

from __future__ import annotations

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from graphs.store.patience import answer_within, patient

TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 4157005))"
ANSWER_SECONDS = 5.0


class InletTurns:
    """The turns of this process, on one connection."""

    def __init__(self, url: str, *, role: str | None) -> None:
        """Connects when first asked."""
        self._url = url
        self._role = role
        self._connection: AsyncConnection[TupleRow] | None = None
        self._held: set[str] = set()

    async def take(self, tenant: str, name: str) -> bool:
        """Whether it is this process's turn, from now until it ends. Raises `psycopg.Error`."""
        subject = f"interlock.inlet/{len(tenant)}:{tenant}/{name}"
        connection = await self._alive()
        if subject in self._held:
            return True
        with answer_within(connection, ANSWER_SECONDS):
            row = await (await connection.execute(TAKE, (subject,))).fetchone()
        if row is None or not row[0]:
            return False
        self._held.add(subject)
        return True

    async def close(self) -> None:
        """Give every turn back."""
        self._held.clear()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _alive(self) -> AsyncConnection[TupleRow]:
        if self._connection is not None:
            try:
                with answer_within(self._connection, ANSWER_SECONDS):
                    await self._connection.execute("SELECT 1")
            except psycopg.Error:
                await self.close()
        if self._connection is None:
            self._held.clear()
            self._connection = await AsyncConnection.connect(self._url, **patient(self._role))
        return self._connection

"""Checkpoint savers: one PostgreSQL connection each, because the stock saver locks whatever it is given.

The seam for a saver of our own: nothing else knows which class it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from graphs.process import ProcessDefinition
from graphs.runtime.compile import CaseGraph, compile_graph
from graphs.store.database import tenant_array


class SaverSlot:
    """One connection, one saver, and the graphs compiled with it."""

    def __init__(self, connection: AsyncConnection[DictRow]) -> None:
        """Own `connection`."""
        self.connection = connection
        self.saver = AsyncPostgresSaver(connection)
        self._graphs: dict[str, CaseGraph] = {}

    async def act_for(self, tenant: str) -> None:
        """Let the connection see and write this tenant's checkpoints only."""
        await self.connection.execute("SELECT set_config('app.tenants', %s, false)", (tenant_array([tenant]),))

    def graph(self, definition: ProcessDefinition) -> CaseGraph:
        """The definition's graph, checkpointed here."""
        if definition.digest not in self._graphs:
            self._graphs[definition.digest] = compile_graph(definition, self.saver)
        return self._graphs[definition.digest]


class SaverPool:
    """As many slots as cases may run at once in this process."""

    def __init__(self, url: str, *, role: str | None, size: int) -> None:
        """Connections are opened when first needed."""
        self._url = url
        self._options = f"-c role={role}" if role else ""
        self._free: asyncio.Queue[SaverSlot | None] = asyncio.Queue()
        self._opened: set[SaverSlot] = set()
        for _ in range(size):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def slot(self, tenant: str) -> AsyncGenerator[SaverSlot]:
        """Borrow a slot for a case of `tenant`; a broken connection is replaced."""
        slot = await self._free.get()
        try:
            if slot is None or slot.connection.closed:
                slot = await self._open(slot)
            await slot.act_for(tenant)
            yield slot
        finally:
            self._free.put_nowait(slot)

    async def _open(self, broken: SaverSlot | None) -> SaverSlot:
        if broken is not None:
            self._opened.discard(broken)
        keywords: dict[str, Any] = {"options": self._options} if self._options else {}
        connection = await AsyncConnection[DictRow].connect(
            self._url, autocommit=True, prepare_threshold=0, row_factory=dict_row, **keywords
        )
        slot = SaverSlot(connection)
        self._opened.add(slot)
        return slot

    async def close(self) -> None:
        """Close every connection."""
        for slot in self._opened:
            await slot.connection.close()
        self._opened.clear()

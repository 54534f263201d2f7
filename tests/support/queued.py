"""Races on one row, in an order that the test chooses: PostgreSQL grants a row's lock in the order it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from psycopg import AsyncConnection

from tests.support.patience import eventually

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def waiting_for_locks(owner_url: str) -> int:
    """How many connections to the database wait for a lock."""
    async with await AsyncConnection.connect(owner_url) as watch:
        [waiting] = await (await watch.execute(WAITING)).fetchone() or [0]
        return int(waiting)


async def one_after_the_other(owner_url: str, task_id: str, attempts: Sequence[Awaitable[Any]]) -> list[Any]:
    """What the attempts come to that all wait for the task's row, and get it in this order.

    Each has looked at the task before any of them changes it. One that ends without waiting is not waited for.
    """
    running: list[asyncio.Future[Any]] = []
    async with await AsyncConnection.connect(owner_url) as holder, await AsyncConnection.connect(owner_url) as watch:
        await watch.set_autocommit(True)
        await holder.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", (task_id,))
        for attempt in attempts:
            running.append(asyncio.ensure_future(attempt))

            async def queued(running: list[asyncio.Future[Any]] = running) -> bool:
                [waiting] = await (await watch.execute(WAITING)).fetchone() or [0]
                return waiting + sum(one.done() for one in running) >= len(running)

            await eventually(queued, within_seconds=20)
        await holder.rollback()
    return await asyncio.gather(*running, return_exceptions=True)

"""Patience with a connection: one that gives no answer is hung up, whatever the server's own time limits are.

A statement's time limit is the server's, and its word never comes over a connection that swallows what is sent.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from psycopg import AsyncConnection

Row = TypeVar("Row")

STATEMENT_SECONDS = 30.0
ANSWER_SECONDS = STATEMENT_SECONDS + 5
CONNECTING: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's settings for a peer that is gone without a word."""


BY_KEY = "".join(f" -c enable_{plan}=off" for plan in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"))
"""What leaves the planner only the look-up of each row by its key: a function keeps the plan that it made when its
tables were empty, and reading all of an empty table is the cheapest way there is."""
PLANNED_ONCE = " -c plan_cache_mode=force_generic_plan"
"""A plan for arrays of a known length looks cheaper than one for any, and would be made anew for each call; with only
look-ups by key left, both are the same plan."""


def patient(role: str | None) -> dict[str, Any]:
    """The settings of a connection for one statement after the other, each a transaction that looks rows up by key.

    `role` is assumed on it.
    """
    assumed = f" -c role={role}" if role else ""
    options = f"-c statement_timeout={int(STATEMENT_SECONDS)}s{BY_KEY}{PLANNED_ONCE}{assumed}"
    return {"autocommit": True, "prepare_threshold": 0, "options": options, **CONNECTING}


def may_have_ended(connection: AsyncConnection[Any]) -> bool:
    """Whether it is closed, or something came on it while nobody waited: a server that ends one says so on it.

    Costs no round trip. A peer that is gone without a word shows only once it is asked.
    """
    if connection.closed:
        return True
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))


async def kept(connection: AsyncConnection[Row] | None) -> AsyncConnection[Row] | None:
    """The connection, to go on with; None where there is none, or it may have ended: then it is closed."""
    if connection is not None and may_have_ended(connection):
        await connection.close()
        return None
    return connection


@contextmanager
def answer_within(connection: AsyncConnection[Any], seconds: float) -> Generator[None]:
    """Hang up if the block takes longer: what waits for an answer then fails with `psycopg.OperationalError`."""
    timer = asyncio.get_running_loop().call_later(seconds, hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def hang_up(connection: AsyncConnection[Any]) -> None:
    """End the connection's socket. Cancelling would wait for the server's answer once more."""
    with suppress(OSError), socket.socket(fileno=socket.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)

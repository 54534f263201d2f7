"""A worker that dies by SIGKILL on its way, and the time that passes until another may go on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg

from graphs.runtime.failpoint import VARIABLE
from tests.conftest import ROOT, TestDatabase
from tests.support.forked import forked

Work = Callable[..., Coroutine[Any, Any, None]]
END_SECONDS = 20
OVER = (
    "UPDATE cases SET lease_until = clock_timestamp() - interval '1 second'",
    "UPDATE operations SET lease_until = clock_timestamp() - interval '1 second'",
    "UPDATE effects SET sent_at = sent_at - interval '1 hour'",
)


async def dies(work: Work, database: TestDatabase, *arguments: str, place: str) -> None:
    """Work in a process of its own, which dies at the place; its leases and the time of its calls are over.

    `work` is a function of a module, called with the database's address and the arguments.
    """
    variables = {**os.environ, VARIABLE: place}
    worker = forked(work, database.app_url, *arguments, variables=variables, folder=ROOT)
    said = await asyncio.to_thread(worker.words)
    assert worker.wait(END_SECONDS) == -signal.SIGKILL, said
    with psycopg.connect(database.owner_url) as owner:
        for time_passes in OVER:
            owner.execute(time_passes)

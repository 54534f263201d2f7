"""A worker in a process of its own: `python -m tests.chaos.worker_process ORDER`, the order as JSON.

Prints `working` once it takes jobs; drains and ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from graphs.process import ProcessRegistry
from graphs.runtime.execution import Execution
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from tests.chaos.process import SubjectReader, chaos_definition
from tests.chaos.remote_notebook import RemoteNotebook
from tests.support.engine import SEAL
from tests.support.toy import toy_rulebook
from tools.catalog import Catalog
from tools.clock import utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOrder:
    """Which database to work for and which target to write to.

    `failpoint` is where to die; `ahead_seconds` is how far the worker's clock is ahead of everybody else's.
    """

    url: str
    port: int
    ignores_keys: bool = True
    limit_seconds: float = 2.0
    failpoint: str | None = None
    ahead_seconds: float = 0.0
    execution: str = Execution.JOURNAL


def services(database: Database, order: WorkerOrder) -> Services:
    """The toy, writing into the other process's notebook."""
    limit = timedelta(seconds=order.limit_seconds)
    notebook = RemoteNotebook(order.port, ignores_keys=order.ignores_keys, time_limit=limit)
    catalog = Catalog([SubjectReader(), notebook])
    return Services(
        database=database,
        catalogs=lambda tenant: catalog,
        rulebooks={"toy": toy_rulebook()},
        registry=ProcessRegistry([chaos_definition()]),
        seal=SEAL,
        clock=lambda: utc_now() + timedelta(seconds=order.ahead_seconds),
    )


async def work(order: WorkerOrder, *, working: Callable[[], None]) -> None:
    """Work until SIGTERM; `working` is called once jobs are taken."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(order.url, clock=utc_now)
    async with Worker(
        services=services(database, order), url=order.url, execution=Execution(order.execution)
    ).running():
        working()
        await stop.wait()
    await database.close()


if __name__ == "__main__":
    asked = WorkerOrder(**json.loads(sys.argv[1]))
    asyncio.run(work(asked, working=lambda: print("working", flush=True)))  # noqa: T201

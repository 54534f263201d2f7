"""A worker in a process of its own: `python -m tests.chaos.worker_process URL PORT LIMIT_SECONDS [--ignores-keys]`.

Prints `working` once it takes jobs; drains and ends on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import timedelta

from graphs.process import ProcessRegistry
from graphs.runtime.services import Services, utc_now
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from tests.chaos.remote_notebook import RemoteNotebook
from tests.support.engine import SEAL
from tests.support.toy import AmountReader, toy_definition, toy_rulebook
from tools.catalog import Catalog

AMOUNT = 500


def services(database: Database, port: int, *, ignores_keys: bool, time_limit: timedelta) -> Services:
    """The toy, writing into the other process's notebook."""
    notebook = RemoteNotebook(port, ignores_keys=ignores_keys, time_limit=time_limit)
    catalog = Catalog([AmountReader(AMOUNT), notebook])
    return Services(
        database=database,
        catalogs=lambda tenant: catalog,
        rulebooks={"toy": toy_rulebook()},
        registry=ProcessRegistry([toy_definition()]),
        seal=SEAL,
    )


async def work(url: str, port: int, *, ignores_keys: bool, time_limit: timedelta) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(url, clock=utc_now)
    wired = services(database, port, ignores_keys=ignores_keys, time_limit=time_limit)
    async with Worker(services=wired, url=url).running():
        print("working", flush=True)  # noqa: T201
        await stop.wait()
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("port", type=int)
    parser.add_argument("limit_seconds", type=float)
    parser.add_argument("--ignores-keys", action="store_true")
    options = parser.parse_args()
    asyncio.run(
        work(
            options.url,
            options.port,
            ignores_keys=options.ignores_keys,
            time_limit=timedelta(seconds=options.limit_seconds),
        )
    )

"""A worker that carries operations out in a process of its own, to be killed: `python -m …carrying_worker URL`."""

from __future__ import annotations

import asyncio
import sys

from graphs.incidents.carrying import Carrying
from graphs.store.database import Database
from tests.support.engine import Engine
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def main(url: str) -> None:
    """One turn."""
    database = Database(url, clock=utc_now)
    engine = Engine(database=database, url=url, reader=AmountReader(500), notebook=Notebook())
    await Carrying(services=engine.services, owner="the one that dies").run()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""A worker that carries operations out, to die on its way."""

from __future__ import annotations

from graphs.incidents.carrying import Carrying
from graphs.store.database import Database
from tests.support.engine import Engine
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def work(url: str) -> None:
    """One turn."""
    database = Database(url, clock=utc_now)
    engine = Engine(database=database, url=url, reader=AmountReader(500), notebook=Notebook())
    await Carrying(services=engine.services, owner="the one that dies").run()
    await database.close()

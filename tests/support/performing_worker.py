"""A worker that has a performer act, to die on its way."""

from __future__ import annotations

from pathlib import Path

from graphs.store.database import Database
from tests.support.engine import Engine
from tests.support.performing import BookOnDisk, performing_office
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def work(url: str, case_id: str, book: str, doors: str) -> None:
    """Advance the case once; the API goes through the doors."""
    database = Database(url, clock=utc_now)
    engine = Engine(
        database=database, url=url, reader=AmountReader(500), notebook=Notebook(), owner="the one that dies"
    )
    performing_office(engine, BookOnDisk(Path(book)), doors=doors)
    await engine.advance(case_id)
    await database.close()

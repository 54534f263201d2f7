"""A worker for one request, to die on its way."""

from __future__ import annotations

from graphs.store.database import Database
from tests.support.information import InformationEngine
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def work(url: str, case_id: str, port: str) -> None:
    """Advance the case."""
    database = Database(url, clock=utc_now)
    engine = InformationEngine(
        database=database, url=url, reader=AmountReader(500), notebook=Notebook(), port=int(port), owner="dies"
    )
    await engine.advance(case_id)
    await database.close()

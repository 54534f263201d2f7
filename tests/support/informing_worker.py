"""A worker for one request: `python -m tests.support.informing_worker URL CASE PORT`, to be killed at a failpoint."""

from __future__ import annotations

import asyncio
import sys

from graphs.store.database import Database
from tests.support.information import InformationEngine
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def work(url: str, case_id: str, port: int) -> None:
    """Advance the case."""
    database = Database(url, clock=utc_now)
    engine = InformationEngine(
        database=database, url=url, reader=AmountReader(500), notebook=Notebook(), port=port, owner="dies"
    )
    await engine.advance(case_id)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3])))

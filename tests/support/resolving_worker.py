"""A worker in a process of its own, to be killed: `python -m tests.support.resolving_worker URL CASE`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from graphs.store.database import Database
from tests.support.engine import Clock
from tests.support.resolving import ResolvingEngine, ScriptedModel, answer
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def main(url: str, case_id: str) -> None:
    """Advance the case once, an hour later."""
    database = Database(url, clock=utc_now)
    engine = ResolvingEngine(
        database=database,
        url=url,
        reader=AmountReader(500),
        notebook=Notebook(),
        model=ScriptedModel(answer("retry_now")),
        clock=Clock(timedelta(hours=1)),
        owner="the one that dies",
    )
    await engine.advance(case_id)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

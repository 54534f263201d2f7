"""A worker that fixes an incident, to die on its way."""

from __future__ import annotations

from datetime import timedelta

from graphs.store.database import Database
from tests.support.engine import Clock
from tests.support.resolving import ResolvingEngine, ScriptedModel, answer
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now


async def work(url: str, case_id: str) -> None:
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

"""A worker that advances one case of the robots' process, to die on its way."""

from __future__ import annotations

from graphs.store.database import Database
from tests.support.job_process import job_engine
from tools.clock import utc_now


async def work(url: str, robots_url: str, case_id: str) -> None:
    """Advance the case as far as it goes."""
    database = Database(url, clock=utc_now)
    engine = job_engine(database, url, robots_url)
    await engine.advance(case_id)
    await engine.connector.client.aclose()
    await database.close()

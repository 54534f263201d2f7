"""The census desk: how much there is in the database, counted at most every `AGAIN` however often it is asked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from graphs.runtime.services import Services
from graphs.runtime.worker import STALE_SECONDS
from graphs.store.census import Census, taken
from graphs.store.database import UNAVAILABLE

AGAIN = timedelta(seconds=10)
ANSWER_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class CensusDesk:
    """Counts over all tenants. One a process; it tells numbers alone, so it asks nobody who they are."""

    services: Services
    _last: Census | None = None
    _taken_at: float = -AGAIN.total_seconds()
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def census(self) -> Census | None:
        """The counts, no older than `AGAIN`; None where the database does not say."""
        async with self._taking:
            if time.monotonic() - self._taken_at >= AGAIN.total_seconds():
                self._last = await self._take()
                self._taken_at = time.monotonic()
            return self._last

    async def _take(self) -> Census | None:
        database, now = self.services.database, self.services.clock()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                async with database.unit_of_all_tenants() as unit:
                    workers = await unit.jobs.live_workers(since=now - timedelta(seconds=STALE_SECONDS))
                    return await taken(unit.session, unit.tenants, workers=workers, now=now)
        except (*UNAVAILABLE, TimeoutError, OSError) as error:
            log.warning("census.not_taken", error=type(error).__name__)
            return None

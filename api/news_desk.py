"""News of a tenant's audit trail for everybody who watches: read once for all of them, and only while somebody does.

The trail is gap-free, and every change of state is in it, in one transaction: whoever follows its numbers misses
nothing, and goes on behind the last one after the connection broke.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from graphs.store.audit_log import News
from graphs.store.database import UNAVAILABLE, Database
from tools.telemetry.metrics import EVENT_STREAMS

log = structlog.get_logger(__name__)

EVERY_SECONDS = 0.25
"""How often the trail is read, and so the most often that anybody is told something."""
KEPT = 2_000
"""So many entries are remembered for those who come back; whoever was away longer looks at everything anew."""


@dataclass(slots=True, kw_only=True)
class Watched:
    """What is known of a tenant's trail, and whether more is."""

    seq: int
    since: int
    recent: deque[News] = field(default_factory=lambda: deque(maxlen=KEPT))
    watchers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    reading: asyncio.Task[None] | None = None

    def behind(self, after: int) -> Sequence[News] | None:
        """What happened behind `after`; None where that is too long ago to be told."""
        if after < self.since:
            return None
        return [one for one in self.recent if one.seq > after]

    def take(self, news: Sequence[News]) -> None:
        """Remember what is new; the oldest is forgotten."""
        for one in news:
            if len(self.recent) == KEPT:
                self.since = self.recent[0].seq
            self.recent.append(one)
            self.seq = one.seq


@dataclass(slots=True, kw_only=True)
class NewsDesk:
    """Tells what happens. One per process."""

    database: Database
    every_seconds: float = EVERY_SECONDS
    tenants: dict[str, Watched] = field(default_factory=dict)
    over: bool = False
    """Whether every stream ends, because the server does."""

    async def end(self) -> None:
        """End every stream: pages come back once a server is there again."""
        self.over = True
        for watched in list(self.tenants.values()):
            async with watched.changed:
                watched.changed.notify_all()

    @asynccontextmanager
    async def watching(self, tenant: str, after: int | None) -> AsyncIterator[Watched]:
        """The tenant's news, read from now on, or from behind `after` where that is not too long ago."""
        watched = self.tenants.get(tenant)
        if watched is None:
            head = await self._head(tenant)
            start = head if after is None else max(min(after, head), head - KEPT)
            watched = self.tenants.setdefault(tenant, Watched(seq=start, since=start))
        watched.watchers += 1
        EVENT_STREAMS.inc()
        if watched.reading is None:
            watched.reading = asyncio.create_task(self._read(tenant, watched), name=f"news-{tenant}")
        try:
            yield watched
        finally:
            watched.watchers -= 1
            EVENT_STREAMS.dec()
            if watched.watchers == 0:
                self.tenants.pop(tenant, None)
                watched.reading.cancel()
                await asyncio.gather(watched.reading, return_exceptions=True)

    async def _read(self, tenant: str, watched: Watched) -> None:
        while True:
            try:
                async with self.database.unit_of_work(tenant) as unit:
                    news = await unit.audit_log.news(tenant, after=watched.seq, limit=KEPT)
            except UNAVAILABLE as error:
                # Whoever watches learns of it by their own requests; the trail is read on from where it was.
                log.warning("news.unread", error=type(error).__name__)
                news = []
            if news:
                async with watched.changed:
                    watched.take(news)
                    watched.changed.notify_all()
            await asyncio.sleep(self.every_seconds)

    async def _head(self, tenant: str) -> int:
        async with self.database.unit_of_work(tenant) as unit:
            return await unit.audit_log.head(tenant)

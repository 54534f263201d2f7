"""The watch over the connectors: checks them in the background, and knows what the last check found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from api.connectors import CHECK_SECONDS, NO_CONNECTORS, Connectors
from api.model import EMBEDDINGS_LISTED_AS, LISTED_AS, check_model
from tools.clock import utc_now
from tools.connector import Health, Standing
from tools.llm.embedder import Embedder
from tools.llm.gateway import Gateway

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found, and when it ended."""

    health: Health
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorWatch:
    """The connectors and the models of this process, and how each was when it was last checked."""

    connectors: Connectors = NO_CONNECTORS
    model: Gateway | None = None
    embedder: Embedder | None = None
    every_seconds: float = 60.0
    within_seconds: float = CHECK_SECONDS
    clock: Callable[[], datetime] = utc_now
    known: dict[str, Found] = field(default_factory=dict)

    @property
    def degraded(self) -> bool:
        """Whether a connector was not well when it was last checked; one that was not yet counts as well."""
        return any(found.health.standing is not Standing.OK for found in self.known.values())

    @property
    def model_found(self) -> Found | None:
        """What the last check of the model found, None before the first."""
        return self.known.get(LISTED_AS)

    @property
    def embedder_found(self) -> Found | None:
        """What the last check of what makes vectors of texts found, None before the first."""
        return self.known.get(EMBEDDINGS_LISTED_AS)

    async def look(self) -> None:
        """Check every connector and both models now; what changed since is logged."""
        for name, health in (await self._checked()).items():
            before = self.known.get(name)
            self.known[name] = Found(health=health, checked_at=self.clock())
            if before is None or before.health.standing is not health.standing:
                log.info("connector.checked", connector=name, standing=health.standing.value, problem=health.problem)

    async def _checked(self) -> dict[str, Health]:
        models = self._models
        checks = asyncio.gather(*(check_model(one, within_seconds=self.within_seconds) for one in models.values()))
        found, standings = await asyncio.gather(self.connectors.check(within_seconds=self.within_seconds), checks)
        return {**found, **dict(zip(models, standings, strict=True))}

    @property
    def _models(self) -> dict[str, Gateway | Embedder]:
        both = {LISTED_AS: self.model, EMBEDDINGS_LISTED_AS: self.embedder}
        return {name: model for name, model in both.items() if model is not None}

    @asynccontextmanager
    async def looking(self) -> AsyncGenerator[None]:
        """Look again and again until the block ends; without connectors and models, never."""
        watched = bool(self.connectors) or bool(self._models)
        task = asyncio.create_task(self._look_forever(), name="connectors") if watched else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _look_forever(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self.every_seconds)

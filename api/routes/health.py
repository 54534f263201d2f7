"""Whether the server lives, and whether it can work. Open to everybody, so it tells nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from api.connector_watch import Found
from api.routes.connectors import WiredWatch
from api.routes.wiring import WiredServices
from api.views.connector import shown
from api.views.process import Health, ModelStanding, Readiness
from graphs.runtime.services import Services
from graphs.runtime.worker import STALE_SECONDS

ANSWER_SECONDS = 2.0

log = structlog.get_logger(__name__)
router = APIRouter(tags=["server"])


@router.get("/health")
async def health(watch: WiredWatch) -> Health:
    """The process answers. `degraded`: an external system or a model was not well when it was last checked."""
    return Health(
        status="degraded" if watch.degraded else "ok",
        model=_standing(watch.model_found, configured=watch.model is not None),
        embeddings=_standing(watch.embedder_found, configured=watch.embedder is not None),
    )


def _standing(found: Found | None, *, configured: bool) -> ModelStanding:
    if not configured:
        return "unset"
    return (shown(found.health.standing) if found else None) or "unchecked"


@router.get("/ready", responses={503: {"model": Readiness, "description": "Not ready."}})
async def ready(response: Response, services: WiredServices) -> Readiness:
    """Whether the database answers and a worker has given a sign of life; 503 if not."""
    workers = await _live_workers(services)
    found = Readiness(ready=bool(workers), database=workers is not None, worker=bool(workers))
    if not found.ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found


async def _live_workers(services: Services) -> int | None:
    """Number of live workers, None if the database does not answer."""
    since = services.clock() - timedelta(seconds=STALE_SECONDS)
    try:
        async with asyncio.timeout(ANSWER_SECONDS), services.database.unit_of_work() as unit:
            return await unit.jobs.live_workers(since=since)
    except (SQLAlchemyError, TimeoutError, OSError) as error:
        log.warning("database.unavailable", error=type(error).__name__)
        return None

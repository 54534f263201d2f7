"""A port of its own for the metrics of a process: each worker counts for itself, and has no API to be asked by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.exposition import MEDIA_TYPE, Exposition
from api.gate import CHALLENGE
from api.listener import bind
from api.scraping import PATH, Scraping
from api.settings import Settings, variable
from api.uvicorn_server import ApiServer


def scraped_app(exposition: Exposition, scraping: Scraping) -> Starlette:
    """Answers `GET /metrics` to whoever knows the scrape token, and nothing else to anybody."""

    async def metrics(request: Request) -> Response:
        if not scraping.knows(request.headers):
            return Response(status_code=401, headers=CHALLENGE)
        return Response(await exposition.text(), media_type=MEDIA_TYPE)

    return Starlette(routes=[Route(PATH, metrics, methods=["GET"])])


@asynccontextmanager
async def metrics_served(settings: Settings, exposition: Exposition, scraping: Scraping) -> AsyncIterator[None]:
    """The metrics on the settings' port, if they name one, until the block ends. Raises `PortTaken`."""
    if settings.metrics_port is None:
        yield
        return
    listener = bind(settings.metrics_host, settings.metrics_port, setting=variable("metrics_port"))
    config = uvicorn.Config(
        scraped_app(exposition, scraping),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = ApiServer(config)
    with listener:
        task = asyncio.create_task(server.serve(sockets=[listener]), name="metrics")
        try:
            yield
        finally:
            server.should_exit = True
            await task

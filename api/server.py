"""API and worker in one process, until a signal: everything that was started ends, whatever ended it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn

from api.app import create_app
from api.bootstrap import Interlock
from api.connector_watch import ConnectorWatch
from api.listener import url_of
from api.settings import Settings
from evals.run_shelf import RunShelf
from graphs.accounts.terms import AccountTerms

STREAMS_END_SECONDS = 2


class ApiServer(uvicorn.Server):
    """Uvicorn that leaves signals to its owner: the worker has to drain too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def account_terms(settings: Settings) -> AccountTerms:
    """How long sessions last by the settings."""
    return AccountTerms(
        session_idle=timedelta(minutes=settings.session_idle_minutes),
        session_life=timedelta(hours=settings.session_hours),
    )


@asynccontextmanager
async def serving(interlock: Interlock, listener: socket.socket) -> AsyncIterator[str]:
    """API, worker and inlets, until the block ends; yields the API's address. Requests under way are answered first."""
    settings = interlock.servers.settings
    every = settings.connector_check_seconds
    watch = ConnectorWatch(
        connectors=interlock.connectors, model=interlock.model, every_seconds=every, clock=interlock.services.clock
    )
    app = create_app(
        interlock.services,
        watch=watch,
        safeguards=interlock.safeguards,
        terms=account_terms(settings),
        runs=RunShelf(folder=interlock.servers.folder.evaluation_runs),
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STREAMS_END_SECONDS,
    )
    server = ApiServer(config)
    async with watch.looking(), interlock.working():
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        try:
            yield url_of(listener)
        finally:
            await app.state.news.end()
            server.should_exit = True
            await task

"""API and worker in one process, until a signal: everything that was started ends, whatever ended it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import uvicorn

from api.app import create_app
from api.bootstrap import Interlock
from api.connector_watch import ConnectorWatch
from api.exposition import Exposition
from api.identity_provider import sign_in_provider
from api.listener import url_of
from api.metrics_server import metrics_served
from api.scraping import Scraping
from api.settings import Settings
from api.uvicorn_server import ApiServer
from evals.run_shelf import RunShelf
from graphs.accounts.terms import AccountTerms
from graphs.census import CensusDesk

STREAMS_END_SECONDS = 2


def account_terms(settings: Settings) -> AccountTerms:
    """How long sessions last by the settings."""
    return AccountTerms(
        session_idle=timedelta(minutes=settings.session_idle_minutes),
        session_life=timedelta(hours=settings.session_hours),
    )


def scraping_of(settings: Settings) -> Scraping:
    """Who may scrape by the settings."""
    return Scraping(token=settings.metrics_token, tenant=settings.tenant)


def exposition_of(interlock: Interlock, *, census: bool) -> Exposition:
    """What this process answers scrapes with."""
    services = interlock.services
    desk, role = (CensusDesk(services=services), "serve") if census else (None, "worker")
    return Exposition(database=services.database, census=desk, role=role)


@asynccontextmanager
async def serving(interlock: Interlock, listener: socket.socket) -> AsyncIterator[str]:
    """API, worker and inlets, until the block ends; yields the API's address. Requests under way are answered first."""
    settings = interlock.servers.settings
    every = settings.connector_check_seconds
    watch = ConnectorWatch(
        connectors=interlock.connectors,
        model=interlock.model,
        embedder=interlock.embedder,
        every_seconds=every,
        clock=interlock.services.clock,
    )
    exposition = exposition_of(interlock, census=True)
    scraping = scraping_of(settings)
    app = create_app(
        interlock.services,
        watch=watch,
        safeguards=interlock.safeguards,
        terms=account_terms(settings),
        provider=sign_in_provider(settings),
        exposition=exposition,
        scraping=scraping,
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
    async with watch.looking(), interlock.working(), metrics_served(settings, exposition, scraping):
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        try:
            yield url_of(listener)
        finally:
            await app.state.news.end()
            server.should_exit = True
            await task

"""What a started Interlock does until it is stopped: serve, or only work."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import AbstractAsyncContextManager

from api.bootstrap import Interlock, open_interlock
from api.crew import PARENT, crew
from api.metrics_server import metrics_served
from api.server import exposition_of, scraping_of, serving
from api.servers import Servers
from api.signals import stop_requested

PARENT_SECONDS = 1.0


async def serve(servers: Servers, listener: socket.socket) -> None:
    """API and worker, with the crew beside them, until a signal."""
    stop = stop_requested()
    async with open_interlock(servers) as interlock, serving(interlock, listener) as url, crew(servers):
        sys.stderr.write(f"Interlock serves on {url}; API keys lie in {servers.folder.keys}. Ctrl-C stops it.\n")
        await stop.wait()
        sys.stderr.write("Stopping…\n")


async def work(servers: Servers) -> None:
    """The worker, until a signal; as a member of a crew also until whom it works for is gone."""
    stop = stop_requested()
    parent = os.environ.get(PARENT)
    watching = asyncio.create_task(outlived(int(parent), stop), name="parent") if parent else None
    async with open_interlock(servers) as interlock, interlock.working(), scraped(servers, interlock):
        if watching is None:
            sys.stderr.write("The worker runs. Ctrl-C stops it.\n")
        await stop.wait()
        if watching is None:
            sys.stderr.write("Stopping…\n")


def scraped(servers: Servers, interlock: Interlock) -> AbstractAsyncContextManager[None]:
    """The worker's metrics on the port that the settings name, if they name one."""
    settings = servers.settings
    return metrics_served(settings, exposition_of(interlock, census=False), scraping_of(settings))


async def outlived(parent: int, stop: asyncio.Event) -> None:
    """Ask to stop once the parent process is gone, however it ended."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel has no event for it
        await asyncio.sleep(PARENT_SECONDS)
    stop.set()

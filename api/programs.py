"""The programs behind `interlock serve` and `interlock worker`."""

from __future__ import annotations

import asyncio
import socket
import sys

from rich.console import Console
from rich.progress import Progress as ProgressBar

from api.bootstrap import open_interlock
from api.logs import configure_logs
from api.server import bind, exit_on_sigterm, serving, stop_requested
from api.servers import Servers, start_servers
from api.settings import load_settings


def serve() -> None:
    """Run API and worker in one process until Ctrl-C."""
    settings = load_settings()
    configure_logs(settings.log_level)
    exit_on_sigterm()
    listener = bind(settings.host, settings.port)
    with listener, ProgressBar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0, visible=False)

        def show(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share, visible=True)

        with start_servers(settings, progress=show) as servers:
            bar.stop()
            asyncio.run(_serve(servers, listener))


async def _serve(servers: Servers, listener: socket.socket) -> None:
    stop = stop_requested()
    async with open_interlock(servers) as interlock, serving(interlock, listener) as url:
        sys.stderr.write(f"Interlock serves on {url}; API keys lie in {servers.folder.keys}. Ctrl-C stops it.\n")
        await stop.wait()
        sys.stderr.write("Stopping…\n")


def worker() -> None:
    """Run a worker only, against the same database, until Ctrl-C."""
    settings = load_settings()
    configure_logs(settings.log_level)
    exit_on_sigterm()
    with start_servers(settings, sandbox=False) as servers:
        asyncio.run(_work(servers))


async def _work(servers: Servers) -> None:
    stop = stop_requested()
    async with open_interlock(servers) as interlock, interlock.worker.running():
        sys.stderr.write("The worker runs. Ctrl-C stops it.\n")
        await stop.wait()
        sys.stderr.write("Stopping…\n")

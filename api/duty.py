"""What a started Interlock does until it is stopped: serve, or only work."""

from __future__ import annotations

import socket
import sys

from api.bootstrap import open_interlock
from api.server import serving
from api.servers import Servers
from api.signals import stop_requested


async def serve(servers: Servers, listener: socket.socket) -> None:
    """API and worker, until a signal."""
    stop = stop_requested()
    async with open_interlock(servers) as interlock, serving(interlock, listener) as url:
        sys.stderr.write(f"Interlock serves on {url}; API keys lie in {servers.folder.keys}. Ctrl-C stops it.\n")
        await stop.wait()
        sys.stderr.write("Stopping…\n")


async def work(servers: Servers) -> None:
    """The worker, until a signal."""
    stop = stop_requested()
    async with open_interlock(servers) as interlock, interlock.worker.running():
        sys.stderr.write("The worker runs. Ctrl-C stops it.\n")
        await stop.wait()
        sys.stderr.write("Stopping…\n")

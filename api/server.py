"""API and worker in one process, until a signal: everything that was started ends, whatever ended it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import NoReturn

import uvicorn

from api.app import create_app
from api.bootstrap import Interlock
from api.errors import PortTaken

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
STREAMS_END_SECONDS = 2
BACKLOG = 1024


class ApiServer(uvicorn.Server):
    """Uvicorn that leaves signals to its owner: the worker has to drain too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """A socket on the address, bound before anything slow starts. Raises `PortTaken`."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"port {port} is taken ({error.strerror}): set INTERLOCK_PORT") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(interlock: Interlock, listener: socket.socket) -> AsyncIterator[str]:
    """API and worker, until the block ends; yields the API's address. Requests under way are answered first."""
    config = uvicorn.Config(
        create_app(interlock.services),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STREAMS_END_SECONDS,
    )
    server = ApiServer(config)
    async with interlock.worker.running():
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        try:
            yield url_of(listener)
        finally:
            server.should_exit = True
            await task


def stop_requested() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets, from now until the loop closes. A second signal changes nothing."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    return stop


def exit_on_sigterm() -> None:
    """Unwind on SIGTERM as on Ctrl-C, so that servers that were started are stopped; call it before starting any."""

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)

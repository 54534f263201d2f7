"""The supplier portal on loopback: in this process, or in one of its own that outlives the workers that tests kill."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import uvicorn

from tools.browser.portal import Confirmation
from tools.testing.erp_seed import SEED
from tools.testing.port_file import announce
from tools.testing.portal.app import Conditions, Portal, portal_app
from tools.testing.portal.books import PortalBooks
from tools.testing.portal.layout import LayoutName

PASSWORD_VARIABLE = "PORTAL_PASSWORD"  # noqa: S105 the variable's name


@asynccontextmanager
async def served(portal: Portal) -> AsyncGenerator[str]:
    """The portal's address, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(portal_app(portal), log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        # The socket listens already: who comes before the server has started waits in its queue.
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            server.force_exit = True
            await running


def serve(arguments: list[str] | None = None) -> None:
    """Serve a portal until SIGTERM or SIGINT. The password stands in the environment."""
    parser = argparse.ArgumentParser(prog="python -m tools.testing.portal", description="A supplier portal.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="gets the port once the socket listens")
    parser.add_argument(
        "--log-file", type=Path, help="one JSON line a request that came, and one a confirmation that was taken"
    )
    parser.add_argument("--seed", type=Path, default=SEED)
    parser.add_argument("--user", default="interlock")
    parser.add_argument("--layout", choices=get_args(LayoutName), default="classic")
    parser.add_argument("--slow", type=float, default=0.0, metavar="S")
    parser.add_argument("--hold-before", type=float, default=0.0, metavar="S")
    parser.add_argument("--hold-after", type=float, default=0.0, metavar="S")
    parser.add_argument("--session-requests", type=int, metavar="N")
    options = parser.parse_args(arguments)
    books = PortalBooks.from_seed(options.seed, today=datetime.now(UTC).date())
    conditions = Conditions(
        layout=options.layout,
        slow_seconds=options.slow,
        hold_before=options.hold_before,
        hold_after=options.hold_after,
        session_requests=options.session_requests,
    )
    password = os.environ[PASSWORD_VARIABLE]
    portal = Portal(books=books, user=options.user, password=password, conditions=conditions)
    if options.log_file:
        _log(portal, options.log_file)
    app = portal_app(portal)
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        if options.port_file:
            announce(listener, options.port_file)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listener])


def _log(portal: Portal, file: Path) -> None:
    def write(line: Mapping[str, Any]) -> None:
        with file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def taken(made: Confirmation) -> None:
        write({"confirmation": made.model_dump(mode="json")})

    portal.on_request = lambda request: write({"request": request})
    portal.books.on_confirmation = taken

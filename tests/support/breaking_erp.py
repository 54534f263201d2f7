"""The ERP twin over HTTP, with a switch that breaks it: every call is refused in one way until it is mended."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvicorn
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from tools.testing.erp_memory import MemoryErp
from tools.testing.erp_seed import SEED
from tools.testing.erp_service import erp_app

REFUSAL = {"kind": "Permanent", "reason": "year_closed", "message": "the fiscal year is closed", "warning": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakingErp:
    """Where it is served, and whether it is broken."""

    url: str
    broken: threading.Event = field(default_factory=threading.Event)


@contextmanager
def breaking_erp() -> Iterator[BreakingErp]:
    """A twin in a thread of its own, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        erp = BreakingErp(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        app = erp_app(MemoryErp.from_seed(SEED, today=datetime.now(UTC).date()))

        @app.middleware("http")
        async def refuse(  # pyright: ignore[reportUnusedFunction]
            request: Request, answer: Callable[[Request], Awaitable[Response]]
        ) -> Response:
            return JSONResponse(REFUSAL, status_code=409) if erp.broken.is_set() else await answer(request)

        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        try:
            yield erp
        finally:
            server.should_exit = True
            thread.join(20)

"""The ERP twin over HTTP, with a switch that breaks it: every call is refused in one way until it is mended."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from tests.support.served_erp import served_erp
from tools.testing.erp_memory import MemoryErp
from tools.testing.erp_seed import SEED
from tools.testing.erp_service import erp_app

REFUSAL = {"kind": "Permanent", "reason": "year_closed", "message": "the fiscal year is closed", "warning": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakingErp:
    """Where it is served, and whether it is broken."""

    url: str
    broken: threading.Event


@contextmanager
def breaking_erp() -> Iterator[BreakingErp]:
    """A twin in a thread of its own, until the block ends."""
    broken = threading.Event()
    app = erp_app(MemoryErp.from_seed(SEED, today=datetime.now(UTC).date()))

    @app.middleware("http")
    async def refuse(  # pyright: ignore[reportUnusedFunction]
        request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        return JSONResponse(REFUSAL, status_code=409) if broken.is_set() else await answer(request)

    with served_erp(app) as url:
        yield BreakingErp(url=url, broken=broken)

"""What the API says of itself: the OpenAPI document for programs, and a page of it for people."""

from __future__ import annotations

import json
from asyncio import Lock, to_thread
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from api.api_page import POLICY, api_page
from api.console_files import GUARDS

DOCUMENT: Final = "/openapi.json"
PAGE: Final = "/docs"


class ApiDescription:
    """Both texts, each made when somebody first asks, and once, however many ask meanwhile.

    Making them takes seconds of computing: a thread does it, so that cases and everybody's requests go on.
    """

    def __init__(self, app: FastAPI) -> None:
        """Of that application's routes as they are when the first one asks."""
        self._app = app
        self._document: bytes | None = None
        self._page: str | None = None
        self._making = Lock()

    async def document(self, _request: Request) -> Response:
        """OpenAPI 3.1, as JSON."""
        async with self._making:
            if self._document is None:
                self._document = await to_thread(lambda: json.dumps(self._app.openapi(), ensure_ascii=False).encode())
        return Response(self._document, media_type="application/json")

    async def page(self, _request: Request) -> HTMLResponse:
        """Every operation, parameter and schema, without script (ADR 60)."""
        async with self._making:
            if self._page is None:
                self._page = await to_thread(lambda: api_page(self._app.openapi()))
        return HTMLResponse(self._page, headers={**GUARDS, "Content-Security-Policy": POLICY})

"""The console: its files, below `/console/`. They hold no data, so they need no key and no session."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.console_files import ConsoleFiles

HOME = "/console/"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def begin() -> Response:
    """People who type the server's name want the console."""
    return RedirectResponse(HOME, HTTPStatus.TEMPORARY_REDIRECT)


@router.get("/console")
async def begin_at_console() -> Response:
    """The console's address ends with a slash."""
    return RedirectResponse(HOME, HTTPStatus.TEMPORARY_REDIRECT)


@router.get("/console/{path:path}")
async def serve_console(path: str, request: Request) -> Response:
    """A file of the console, or its page."""
    files = cast("ConsoleFiles", request.app.state.console)
    return files.response(path, request.headers)

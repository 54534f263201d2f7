"""JSON bodies, read so that no two readers can understand them differently."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.problems import RequestRefused
from policies.canonical import jsonable
from tools.document.errors import JsonTooLarge, MalformedJson
from tools.document.strict_json import read_json


def parse_json(content: bytes) -> Any:
    """The JSON value; fractions as decimal text. Raises `RequestRefused` (400, or 413 above 1 MiB)."""
    try:
        return jsonable(read_json(content))
    except JsonTooLarge as error:
        raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.code, error.message) from error
    except MalformedJson as error:
        raise RequestRefused(HTTPStatus.BAD_REQUEST, error.code, error.message) from error


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """The body's value. Raises `RequestRefused`."""
        return parse_json(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler on a `StrictRequest`."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict

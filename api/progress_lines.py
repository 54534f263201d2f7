"""Answers that take long, as lines of JSON (`application/x-ndjson`): how far it is, and last what came of it.

What refuses the request before the first line is an ordinary problem; what stops it later is a line `{"problem": …}`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
from fastapi.responses import StreamingResponse

from api.views.view import View
from graphs.errors import EngineError

ItemT = TypeVar("ItemT")


class LinesResponse(StreamingResponse):
    """An answer whose lines are JSON."""

    media_type = "application/x-ndjson"


class Stopped(View):
    """Why it stopped before its end."""

    code: str
    detail: str


def lines_of(model: type[View]) -> dict[int | str, dict[str, Any]]:
    """What the document says of an answer whose lines have this form, each with one of its parts."""
    return {200: {"model": model, "description": "A line each: progress, then the result, or what stopped it."}}


async def streamed(found: AsyncGenerator[ItemT], shown: Callable[[ItemT], object]) -> StreamingResponse:
    """The items, each on a line of its own as `shown` makes it. Raises what stops it before the first."""
    first = await anext(found)
    return LinesResponse(_lines(first, found, shown))


async def _lines(first: ItemT, rest: AsyncGenerator[ItemT], shown: Callable[[ItemT], object]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield _line(shown(first))
        try:
            async for item in rest:
                yield _line(shown(item))
        except EngineError as error:
            yield _line({"problem": {"code": error.code, "detail": str(error)}})


def _line(shown: object) -> bytes:
    return orjson.dumps(shown) + b"\n"

"""Errors as `application/problem+json` (RFC 9457), whatever went wrong."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from graphs.accounts.errors import ProviderUnusable, SessionOver, SignInPaused, SignInRefused
from graphs.errors import Conflict, DefinitionMissing, EngineError, Invalid, NotFound, Refused, TriggerMismatch
from graphs.store.database import UNAVAILABLE

MEDIA_TYPE = "application/problem+json"
STATUS_OF_ERROR: tuple[tuple[type[EngineError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (TriggerMismatch, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (DefinitionMissing, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.FORBIDDEN),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SignInRefused, HTTPStatus.UNAUTHORIZED),
    (SessionOver, HTTPStatus.UNAUTHORIZED),
    (SignInPaused, HTTPStatus.TOO_MANY_REQUESTS),
    (ProviderUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
)

log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """A part of the request that is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str
    message: str


class Problem(BaseModel):
    """RFC 9457: what went wrong. `code` is stable; `detail` is for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: list[FieldProblem] = Field(default_factory=list)


class RequestRefused(HTTPException):
    """A request that is refused before it reaches the engine, with a code of its own."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        """`code` is stable, `detail` tells a person what to do."""
        super().__init__(status, detail, headers)
        self.code = code


def problem_response(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    path: str,
    title: str | None = None,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The response for one problem."""
    problem = Problem(
        type=f"urn:interlock:problem:{code}",
        title=title or status.phrase,
        status=status,
        detail=detail,
        code=code,
        instance=path,
        errors=errors or [],
    )
    content = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


async def engine_problem(request: Request, error: Exception) -> JSONResponse:
    """What the engine refuses, by its kind; anything else of the engine is a fault of ours."""
    if not isinstance(error, EngineError):
        return await unexpected_problem(request, error)
    for kind, status in STATUS_OF_ERROR:
        if isinstance(error, kind):
            title = (type(error).__doc__ or status.phrase).splitlines()[0].rstrip(".")
            return problem_response(
                status,
                code=error.code,
                detail=str(error),
                path=request.url.path,
                title=title,
                headers=_retry_after(error),
            )
    return await unexpected_problem(request, error)


async def http_problem(request: Request, error: Exception) -> JSONResponse:
    """What the framework or a route refuses."""
    if not isinstance(error, StarletteHTTPException):
        return await unexpected_problem(request, error)
    status = HTTPStatus(error.status_code)
    code = error.code if isinstance(error, RequestRefused) else status.name.lower()
    headers = dict(error.headers) if error.headers else None
    return problem_response(status, code=code, detail=str(error.detail), path=request.url.path, headers=headers)


async def validation_problem(request: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its model; says where, and never repeats what was sent."""
    found: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    errors = [FieldProblem(where=".".join(map(str, one["loc"])), message=str(one["msg"])) for one in found[:20]]
    detail = "; ".join(f"{one.where}: {one.message}" for one in errors[:3]) or "the request does not fit"
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail=_storable(detail),
        path=request.url.path,
        errors=[FieldProblem(where=_storable(one.where), message=_storable(one.message)) for one in errors],
    )


async def database_problem(request: Request, error: Exception) -> JSONResponse:
    """The database does not answer: try again."""
    log.error("database.unavailable", error=type(error).__name__)
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="database_unavailable",
        detail="the database does not answer; try again in a moment",
        path=request.url.path,
        headers={"Retry-After": "2"},
    )


async def unexpected_problem(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: logged by kind, told without details."""
    log.error("request.failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="something went wrong here; the server's log says what",
        path=request.url.path,
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem."""
    app.add_exception_handler(EngineError, engine_problem)
    app.add_exception_handler(StarletteHTTPException, http_problem)
    app.add_exception_handler(RequestValidationError, validation_problem)
    for unavailable in UNAVAILABLE:
        app.add_exception_handler(unavailable, database_problem)
    app.add_exception_handler(Exception, unexpected_problem)


def _retry_after(error: EngineError) -> dict[str, str] | None:
    seconds = math.ceil(error.wait_for.total_seconds()) if isinstance(error, SignInPaused) else None
    return None if seconds is None else {"Retry-After": str(seconds)}


def _storable(text: str) -> str:
    """`text` as UTF-8 can carry it: a message may name a key that cannot."""
    return text.encode("utf-8", "replace").decode()

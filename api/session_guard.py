"""What guards a session against pages of others: where a request comes from, and the token that only our pages have."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import Scope

from api.problems import problem_response
from graphs.accounts.session import csrf_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
SAME_ORIGIN = "same-origin"


def is_safe(scope: Scope) -> bool:
    """Whether the request's method changes nothing."""
    return scope["method"] in SAFE_METHODS


def is_of_ours(scope: Scope) -> bool | None:
    """Whether a page of this very origin sent it, as the browser says; None where no browser says anything."""
    headers = Headers(scope=scope)
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        return origin == f"{scope['scheme']}://{headers.get('host', '')}" and site in (None, SAME_ORIGIN)
    return None if site is None else site == SAME_ORIGIN


def forged(scope: Scope, secret: str) -> JSONResponse | None:
    """403 for a change by a session that no page of ours has asked for."""
    if is_safe(scope):
        return None
    sent = Headers(scope=scope).get(CSRF_HEADER, "")
    if is_of_ours(scope) and hmac.compare_digest(sent.encode(), csrf_token(secret).encode()):
        return None
    return problem_response(
        HTTPStatus.FORBIDDEN,
        code="csrf_refused",
        detail="a change by a session comes from a page of this server, with the session's token as `X-CSRF-Token`",
        path=str(scope["path"]),
    )


def foreign(scope: Scope) -> JSONResponse | None:
    """403 for a change without credentials that a page of somebody else sent: it would sign people in as others."""
    if is_safe(scope) or is_of_ours(scope) is not False:
        return None
    return problem_response(
        HTTPStatus.FORBIDDEN,
        code="csrf_refused",
        detail="this comes from a page of another server",
        path=str(scope["path"]),
    )

"""The session's cookie: what it is called, which connections may carry it, how it is set.

Over https it is a `__Host-` cookie: no other host, and no page that was loaded without TLS, can set or read it. On
plain http it exists only between a program and a browser of one machine, under a name that says so.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from http import HTTPStatus

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import Scope

from api.problems import RequestRefused

SECURE_COOKIE = "__Host-interlock"
LOOPBACK_COOKIE = "interlock-loopback-only"
ATTEMPT = "-sign-in"
"""Behind the name of the cookie that a browser has while it is with the identity provider."""
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def cookie_name(scope: Scope) -> str | None:
    """The cookie that this connection may carry; None on plain http that leaves the machine."""
    if scope["scheme"] == "https":
        return SECURE_COOKIE
    host = Headers(scope=scope).get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return LOOPBACK_COOKIE if name in LOOPBACK_NAMES and _is_loopback(client_address(scope)) else None


def client_address(scope: Scope) -> str:
    """From where the request comes; empty where the connection has no address."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def presented_secret(scope: Scope) -> str:
    """The secret of the session that the request carries; empty without one."""
    return _presented(scope, "")


def presented_attempt(scope: Scope) -> str:
    """The secret of the sign-in that the browser has begun with the identity provider; empty without one."""
    return _presented(scope, ATTEMPT)


def _presented(scope: Scope, suffix: str) -> str:
    plain = cookie_name(scope)
    if plain is None:
        return ""
    name = f"{plain}{suffix}"
    found = [value for line in Headers(scope=scope).getlist("cookie") for value in _values(line, name)]
    # Two of one name are none: somebody has put one beside ours, and nobody can say which.
    return found[0] if len(found) == 1 else ""


def set_cookie(request: Request, response: Response, secret: str, *, until: datetime, suffix: str = "") -> None:
    """Hand the browser its session. Raises `RequestRefused` (403) where the connection may not carry it."""
    name = cookie_name(request.scope)
    if name is None:
        raise insecure()
    secure = name == SECURE_COOKIE
    response.set_cookie(
        f"{name}{suffix}", secret, expires=until, path="/", secure=secure, httponly=True, samesite="lax"
    )


def check_secure(request: Request) -> None:
    """Raises `RequestRefused` (403) where the connection may carry no session."""
    if cookie_name(request.scope) is None:
        raise insecure()


def clear_cookie(request: Request, response: Response, *, suffix: str = "") -> None:
    """Have the browser forget its session."""
    name = cookie_name(request.scope)
    if name is not None:
        secure = name == SECURE_COOKIE
        response.delete_cookie(f"{name}{suffix}", path="/", secure=secure, httponly=True, samesite="lax")


def insecure() -> RequestRefused:
    """403: a password or a session would cross a network in the clear."""
    return RequestRefused(
        HTTPStatus.FORBIDDEN,
        "insecure_connection",
        "sign in over https, or on the machine itself by http://127.0.0.1: no password crosses a network unsealed",
    )


def _values(line: str, name: str) -> list[str]:
    parts = (part.strip().partition("=") for part in line.split(";"))
    return [value.strip() for key, _, value in parts if key == name]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

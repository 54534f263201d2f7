"""Every route against all kinds of credentials: none, a key, a session with and without its token, one that ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.gate import OPEN_CHANGES, OPEN_PATHS, OPEN_READS
from tests.support.accounts import HTTPS, PASSWORD, Reception
from tests.support.api import key_of
from tests.support.engine import Engine

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SIGNED = {"/callbacks/{connector}"}
ENDLESS = "/events"
"""A stream that ends with its session: whoever is let in would wait for it."""
COOKIE = "__Host-interlock"
REFUSED_BY_THE_GATE = {"unauthenticated", "csrf_refused", "ambiguous_credentials"}

OF_A_READ = {
    "nobody": "unauthenticated",
    "ended session": "unauthenticated",
    "session without its token": "let in",
    "session from another page": "let in",
    "key and session": "ambiguous_credentials",
    "key": "let in",
    "session": "let in",
}
OF_A_CHANGE = OF_A_READ | {
    "session without its token": "csrf_refused",
    "session from another page": "csrf_refused",
}


def every_route() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield method, route.path


ROUTES = sorted(set(every_route()), key=lambda route: (route == ("DELETE", "/session"), route))
"""Signing out comes last: it ends the session that the others are tried with."""
OPEN = {("POST", open_) for open_ in OPEN_CHANGES} | {("GET", open_) for open_ in OPEN_READS}
CLOSED = [
    (method, path)
    for method, path in ROUTES
    if path not in OPEN_PATHS | SIGNED | {ENDLESS} and (method, path) not in OPEN
]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", UNKNOWN, path)


def gate_says(answer: httpx.Response) -> str:
    """The gate's refusal, or that it lets the request in; what the route makes of it is another matter."""
    problem = answer.headers.get("content-type") == "application/problem+json"
    code = str(answer.json()["code"]) if problem else ""
    return code if code in REFUSED_BY_THE_GATE else "let in"


def test_there_are_routes_to_try_and_few_are_open() -> None:
    assert len(CLOSED) > 90
    assert sorted(set(ROUTES) - set(CLOSED)) == [
        ("GET", ENDLESS),
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/session/provider"),
        ("GET", "/session/provider/callback"),
        ("POST", "/account/redeem"),
        ("POST", "/account/reset"),
        ("POST", "/callbacks/{connector}"),
        ("POST", "/session"),
        ("POST", "/session/provider"),
    ]


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    found = await Reception.of(engine)
    await found.has_password("clara")
    return found


@pytest.fixture
async def credentials(reception: Reception) -> dict[str, dict[str, str]]:
    browser, ended = reception.browser(), reception.browser()
    await browser.sign_in("clara")
    await ended.sign_in("clara")
    over = ended.http.cookies[COOKIE]
    await ended.delete("/session")
    page = {"Origin": HTTPS, "X-CSRF-Token": browser.csrf}
    session = {"Cookie": f"{COOKIE}={browser.http.cookies[COOKIE]}"}
    return {
        "nobody": {},
        "ended session": {**page, "Cookie": f"{COOKIE}={over}"},
        "session without its token": session,
        "session from another page": {**session, **page, "Origin": "https://evil.test"},
        "key and session": {**session, **page, "X-API-Key": key_of("anton")},
        "key": {"X-API-Key": key_of("anton")},
        "session": {**session, **page},
    }


async def test_every_route_asks_who_it_is(reception: Reception, credentials: dict[str, dict[str, str]]) -> None:
    wrong = {}
    async with reception.browser().http as http:
        for method, path in CLOSED:
            found = {
                name: gate_says(await http.request(method, filled(path), headers=headers))
                for name, headers in credentials.items()
            }
            if found != (OF_A_READ if method == "GET" else OF_A_CHANGE):
                wrong[f"{method} {path}"] = found
    assert wrong == {}


async def test_what_needs_no_credentials_ignores_a_session_that_ended(reception: Reception) -> None:
    browser = reception.browser()
    browser.http.cookies.set("__Host-interlock", "f" * 43, domain="interlock.test")
    assert (await browser.get("/health")).status_code == 200
    assert (await browser.sign_in("clara", PASSWORD)).status_code == 201


async def test_the_stream_asks_who_it_is_before_it_begins(reception: Reception) -> None:
    browser = reception.browser()
    answer = await browser.get(ENDLESS)
    assert gate_says(answer) == "unauthenticated"

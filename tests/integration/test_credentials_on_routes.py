"""Every route against all kinds of credentials: none, a key, a session with and without its token, one that ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from api.app import ROUTERS, create_app
from api.gate import OPEN_CHANGES, OPEN_PATHS
from tests.support.accounts import HTTPS, PASSWORD, TERMS, Reception
from tests.support.api import key_of
from tests.support.engine import Engine

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SIGNED = {"/callbacks/{connector}"}
ENDS_THE_SESSION = {("DELETE", "/session"), ("DELETE", "/sessions")}
REFUSED_BY_THE_GATE = {"unauthenticated", "csrf_refused", "ambiguous_credentials"}


def every_route() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield method, route.path


ROUTES = sorted(set(every_route()))
CLOSED = [
    (method, path)
    for method, path in ROUTES
    if path not in OPEN_PATHS | SIGNED and (method, path) not in {("POST", open_) for open_ in OPEN_CHANGES}
]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", UNKNOWN, path)


def code_of(answer: httpx.Response) -> str:
    problem = answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"]) if problem else ""


def test_there_are_routes_to_try_and_few_are_open() -> None:
    assert len(CLOSED) > 90
    assert sorted(set(ROUTES) - set(CLOSED)) == [
        ("GET", "/health"),
        ("GET", "/ready"),
        ("POST", "/account/redeem"),
        ("POST", "/account/reset"),
        ("POST", "/callbacks/{connector}"),
        ("POST", "/session"),
    ]


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    found = await Reception.of(engine)
    await found.has_password("clara")
    return found


async def test_every_route_asks_who_it_is_and_takes_a_session_like_a_key(reception: Reception) -> None:
    transport = httpx.ASGITransport(create_app(reception.engine.services, terms=TERMS), raise_app_exceptions=False)
    browser, ended = reception.browser(), reception.browser()
    await browser.sign_in("clara")
    await ended.sign_in("clara")
    secret = ended.http.cookies["__Host-interlock"]
    await ended.delete("/session")
    page = {"Origin": HTTPS, "X-CSRF-Token": browser.csrf}
    session = {"Cookie": f"__Host-interlock={browser.http.cookies['__Host-interlock']}"}
    async with httpx.AsyncClient(transport=transport, base_url=HTTPS) as http:
        for method, path in CLOSED:
            route, tried = f"{method} {path}", {}
            safe = method == "GET"
            for name, headers in {
                "nobody": {},
                "ended session": {**page, "Cookie": f"__Host-interlock={secret}"},
                "session without its token": session,
                "session from another page": {**session, **page, "Origin": "https://evil.test"},
                "key and session": {**session, **page, "X-API-Key": key_of("clara")},
                "key": {"X-API-Key": key_of("clara")},
                "session": {**session, **page},
            }.items():
                streams = path.endswith("/events") or path.endswith("/pages")
                last = name in {"key", "session"} or (safe and name.startswith("session"))
                if last and ((method, path) in ENDS_THE_SESSION or streams):
                    continue
                tried[name] = code_of(await http.request(method, filled(path), headers=headers))
            expected = {"nobody": "unauthenticated", "ended session": "unauthenticated"}
            expected["key and session"] = "ambiguous_credentials"
            if not safe:
                expected |= dict.fromkeys(("session without its token", "session from another page"), "csrf_refused")
            assert {name: tried[name] for name in expected} == expected, route
            let_in = {name: code for name, code in tried.items() if name not in expected}
            assert not REFUSED_BY_THE_GATE & set(let_in.values()), (route, let_in)
            if "key" in let_in and not path.startswith("/session"):
                assert let_in["key"] == let_in["session"], (route, let_in)


async def test_what_needs_no_credentials_ignores_a_session_that_ended(reception: Reception) -> None:
    browser = reception.browser()
    browser.http.cookies.set("__Host-interlock", "f" * 43, domain="interlock.test")
    assert (await browser.get("/health")).status_code == 200
    assert (await browser.sign_in("clara", PASSWORD)).status_code == 201

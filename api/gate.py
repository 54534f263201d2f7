"""The gate before every route: how large a request may be, and who sends it.

The actor comes only from the API key or from the session, never from both. A path that is not listed as open needs one
of them, so a new route is closed until somebody opens it. A change by a session needs more (`session_guard`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.api_description import DOCUMENT, PAGE
from api.problems import RequestRefused, database_problem, problem_response
from api.scraping import PATH, Scraping
from api.session_cookie import SECURE_COOKIE, presented_secret
from api.session_guard import foreign, forged
from graphs.accounts.session_desk import SessionDesk
from graphs.errors import NotFound
from graphs.runtime.services import Services
from graphs.store.database import UNAVAILABLE
from graphs.store.people import Actor

OPEN_PATHS = frozenset({"/health", "/ready", DOCUMENT, PAGE})
CONSOLE = "/console"
"""Here and below: the files of the console. They are the same for everybody, and only read."""
PROVIDER, CALLBACK = "/session/provider", "/session/provider/callback"
OPEN_READS = frozenset({PROVIDER, CALLBACK})
"""By GET: whether there is an identity provider, and where it sends people back to."""
OPEN_CHANGES = frozenset({"/session", PROVIDER, "/account/reset", "/account/redeem"})
"""By POST: what people send before they are signed in."""
CALLBACKS = "/callbacks/"
"""Below this, one segment: external systems, which have no key; the route takes only what they have signed."""
MAX_BODY_BYTES = 25 * 1024 * 1024
MAX_KEY_LENGTH = 200
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="interlock"'}
BEARER = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="An API key; or send it as `X-API-Key`.")
COOKIE = APIKeyCookie(
    name=SECURE_COOKIE,
    auto_error=False,
    scheme_name="Session",
    description="The session that `POST /session` begins. A change needs its token as `X-CSRF-Token`, too.",
)


class Gate:
    """Refuses large and anonymous requests before anything reads them."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Services,
        sessions: SessionDesk,
        scraping: Scraping,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """Guard `app`."""
        self._app = app
        self._services = services
        self._sessions = sessions
        self._scraping = scraping
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 413, or let the request through with its actor."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, self._limited(receive), send)

    async def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if scope["path"] == PATH and scope["method"] == "GET" and self._scraping.knows(headers):
            scope.setdefault("state", {})["scrapes"] = True
            return None
        if is_open(scope):
            refusal = None if scope["path"].startswith(CALLBACKS) else foreign(scope)
        else:
            try:
                refusal = await self._stranger(scope, headers)
            except UNAVAILABLE as error:
                return await database_problem(Request(scope), error)
        if refusal is not None:
            return refusal
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > self._max_body_bytes:
            return too_large(scope["path"], self._max_body_bytes)
        return None

    async def _stranger(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        """401, 400 or 403 unless exactly one of key and session says who this is; sets the actor."""
        key, secret = presented_key(headers), presented_secret(scope)
        if key and secret:
            return ambiguous(scope["path"])
        actor = await self._sessions.found(secret) if secret else await self._actor(key)
        if actor is None:
            return unauthenticated(scope["path"])
        scope.setdefault("state", {})["actor"] = actor
        return forged(scope, secret) if secret else None

    async def _actor(self, key: str) -> Actor | None:
        if not key or len(key) > MAX_KEY_LENGTH:
            return None
        async with self._services.database.unit_of_work() as unit:
            owner = await unit.people.user_of_key(key)
        if owner is None:
            return None
        tenant, user_id = owner
        try:
            async with self._services.database.unit_of_work(tenant) as unit:
                return await unit.people.actor(user_id)
        except NotFound:
            return None

    def _limited(self, receive: Receive) -> Receive:
        """`receive`, counting what comes in: a chunked body declares no length."""
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max_body_bytes:
                raise RequestRefused(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", _too_large_text(self._max_body_bytes)
                )
            return message

        return limited


def is_open(scope: Scope) -> bool:
    """Whether the request needs neither key nor session."""
    path = str(scope["path"])
    name = path.removeprefix(CALLBACKS)
    signed = path.startswith(CALLBACKS) and bool(name) and "/" not in name
    page = path in ("/", CONSOLE) or path.startswith(f"{CONSOLE}/")
    match scope["method"]:
        case "POST":
            return path in OPEN_PATHS or signed or path in OPEN_CHANGES
        case "GET" | "HEAD":
            return path in OPEN_PATHS or path in OPEN_READS or page
        case _:
            return path in OPEN_PATHS


def presented_key(headers: Headers) -> str:
    """The key a request carries; empty without one."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("x-api-key", "").strip()


def unauthenticated(path: str) -> JSONResponse:
    """401: neither key nor session, or none that is known."""
    return problem_response(
        HTTPStatus.UNAUTHORIZED,
        code="unauthenticated",
        detail="sign in, or send a valid API key as `Authorization: Bearer …`; the first ones lie in the data folder "
        "under keys/",
        path=path,
        headers=CHALLENGE,
    )


def ambiguous(path: str) -> JSONResponse:
    """400: a key and a session, which may be two people."""
    return problem_response(
        HTTPStatus.BAD_REQUEST,
        code="ambiguous_credentials",
        detail="send an API key or the cookie of a session, not both: nobody can say who acts",
        path=path,
    )


def too_large(path: str, limit_bytes: int) -> JSONResponse:
    """413: the request declares more bytes than are read."""
    return problem_response(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code="too_large", detail=_too_large_text(limit_bytes), path=path
    )


def _too_large_text(limit_bytes: int) -> str:
    return f"a request may have at most {limit_bytes} bytes"


async def current_actor(
    request: Request,
    _key: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    _session: Annotated[str | None, Security(COOKIE)],
) -> Actor:
    """Who sends the request, as the gate found by the key or the session."""
    return cast("Actor", request.state.actor)


CurrentActor = Annotated[Actor, Security(current_actor)]

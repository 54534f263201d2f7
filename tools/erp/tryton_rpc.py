"""Tryton's JSON-RPC: one session, one kind of call, errors sorted by what may be done about them."""

from __future__ import annotations

import asyncio
import base64
import html
import itertools
import json
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx

from tools.errors import Ambiguous, Permanent, TargetWarning, ToolError, Transient

CONNECT_SECONDS = 5.0
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TRYTON = "tryton"
MD5_DIGITS = 32
NAME_LIMIT = 200
ROLLED_BACK = ("could not serialize access", "deadlock detected", "could not obtain lock", "couldn't get a connection")
"""What PostgreSQL and its pool say of a transaction that they have undone, or that never began. Tryton answers 503 with
these words once its own five attempts are used up; the call is over by then, and has left nothing."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def encode(value: Any) -> Any:
    """JSON form of the values plain JSON lacks, as Tryton writes them."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case datetime():
            raise TypeError("Interlock sends Tryton dates, never instants")
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case _:
            raise TypeError(f"{type(value).__name__} has no Tryton form")


def decode(found: dict[str, Any]) -> Any:
    """The value an object of Tryton's JSON stands for; an instant becomes its day."""
    match found.get("__class__"):
        case "Decimal":
            return Decimal(found["decimal"])
        case "date" | "datetime":
            return date(found["year"], found["month"], found["day"])
        case "bytes":
            return base64.b64decode(found["base64"])
        case _:
            return found


def refusal(error: Any) -> ToolError:
    """What an error payload means.

    Only its kind and first message are kept: payloads carry whole domains and stack traces.
    """
    parts: list[Any] = list(error) if isinstance(error, list | tuple) else [error]
    kind, details = str(parts[0]) if parts else "", parts[1] if len(parts) > 1 else ""
    texts: list[Any] = list(details) if isinstance(details, list | tuple) else [details]
    match kind:
        case "UserWarning":
            name, message = [*(str(text) for text in texts), "", ""][:2]
            code = warning_code(name)
            return TargetWarning(f"{code}: {message}", warning=name[:NAME_LIMIT], tool=TRYTON, code=code)
        case "UserError":
            return Permanent(f"UserError: {texts[0] if texts else ''}", tool=TRYTON, code="refused_by_erp")
        case "ConcurrencyException":
            return Transient(
                "ConcurrencyException: the record changed meanwhile", tool=TRYTON, code="concurrent_change"
            )
        case "LoginException":
            return Permanent("LoginException: the ERP asks for another login step", tool=TRYTON, code="login_refused")
        case _:
            first = kind.strip().splitlines()[0] if kind.strip() else "no message"
            return Permanent(f"ERP fault: {first}", tool=TRYTON, code="erp_fault")


def warning_code(name: str) -> str:
    """The kind of a warning, without the digest of record ids Tryton puts first: `<md5>.invoice_similar`."""
    digest, _, kind = name.partition(".")
    return (kind if len(digest) == MD5_DIGITS else name).replace(" ", "_") or "warning"


class TrytonSession:
    """A logged-in user of one Tryton database.

    Logs in on first use and once more when the session has expired.
    """

    def __init__(
        self,
        url: str,
        *,
        database: str,
        user: str,
        password: str,
        call_timeout_seconds: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` stands in for the network."""
        timeout = httpx.Timeout(call_timeout_seconds, connect=min(CONNECT_SECONDS, call_timeout_seconds))
        # A proxy from the environment never stands between this machine and itself.
        proxied = httpx.URL(url).host not in LOOPBACK
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout, transport=transport, trust_env=proxied)
        self._path = f"/{database}/rpc/"
        self._user = user
        self._password = password
        self._authorization = ""
        self._context: dict[str, Any] = {}
        self._user_id = 0
        self._numbers = itertools.count(1)
        self._login_lock = asyncio.Lock()
        self.call_timeout_seconds = call_timeout_seconds

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(self, method: str, *params: Any) -> Any:
        """The result of a call that changes nothing. Raises `Transient` or `Permanent`."""
        return await self._call(method, params, writes=False)

    async def write(self, method: str, *params: Any, context: dict[str, Any] | None = None) -> Any:
        """The result of a call that may change something, in a `context` beside the user's. Raises any `ToolError`."""
        return await self._call(method, params, writes=True, context=context)

    async def user_id(self) -> int:
        """The id of the logged-in user."""
        await self._ensure_login("")
        return self._user_id

    async def preference(self, name: str) -> Any:
        """A preference of the logged-in user, such as `company`."""
        await self._ensure_login("")
        return self._context.get(name)

    async def _call(
        self, method: str, params: tuple[Any, ...], *, writes: bool, context: dict[str, Any] | None = None
    ) -> Any:
        await self._ensure_login("")
        used = self._authorization
        response = await self._post(method, [*params, {**self._context, **(context or {})}], writes=writes)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await self._ensure_login(used)
            response = await self._post(method, [*params, {**self._context, **(context or {})}], writes=writes)
        return self._result(response, writes=writes)

    async def _ensure_login(self, expired: str) -> None:
        """Log in unless somebody did since `expired` was the session."""
        if self._authorization != expired:
            return
        async with self._login_lock:
            if self._authorization != expired:
                return
            answer = await self._post(
                "common.db.login", [self._user, {"password": self._password}, "en"], writes=False, anonymous=True
            )
            if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise Permanent(
                    f"the ERP refuses the login of {self._user!r}; check user and password",
                    tool=TRYTON,
                    code="login_refused",
                )
            user_id, token, *_ = self._result(answer, writes=False)
            session = base64.b64encode(f"{self._user}:{user_id}:{token}".encode()).decode()
            header = f"Session {session}"
            self._user_id = int(user_id)
            preferences = await self._post(
                "model.res.user.get_preferences", [True, {}], writes=False, authorization=header
            )
            self._context = self._result(preferences, writes=False)
            self._authorization = header

    async def _post(
        self, method: str, params: list[Any], *, writes: bool, anonymous: bool = False, authorization: str = ""
    ) -> httpx.Response:
        body = json.dumps({"id": next(self._numbers), "method": method, "params": params}, default=encode)
        headers = {"Content-Type": "application/json"}
        if not anonymous:
            headers["Authorization"] = authorization or self._authorization
        try:
            # httpx bounds each phase, not the whole call: a trickling answer would never end.
            async with asyncio.timeout(self.call_timeout_seconds):
                return await self._http.post(self._path, content=body, headers=headers)
        except NOTHING_SENT as error:
            raise Transient(f"cannot reach the ERP: {error}", tool=TRYTON, code="unreachable") from error
        except (httpx.TransportError, TimeoutError) as error:
            name = type(error).__name__
            if writes:
                raise Ambiguous(f"{method}: {name} after sending", tool=TRYTON, code="no_answer") from error
            raise Transient(f"{method}: {name}", tool=TRYTON, code="no_answer") from error

    def _result(self, response: httpx.Response, *, writes: bool) -> Any:
        status = response.status_code
        if status != HTTPStatus.OK:
            raise self._http_refusal(response, writes=writes)
        try:
            answer = json.loads(response.text, object_hook=decode)
        except ValueError as error:
            kind = Ambiguous if writes else Transient
            raise kind("the ERP's answer is not JSON", tool=TRYTON, code="garbled_answer") from error
        if isinstance(answer, dict) and answer.get("error"):
            raise refusal(answer["error"])
        return answer.get("result") if isinstance(answer, dict) and "id" in answer else answer

    def _http_refusal(self, response: httpx.Response, *, writes: bool) -> ToolError:
        status = response.status_code
        if status == HTTPStatus.SERVICE_UNAVAILABLE and any(
            said in html.unescape(response.text) for said in ROLLED_BACK
        ):
            return Transient(
                "HTTP 503: others write the same records; this call was undone", tool=TRYTON, code="write_conflict"
            )
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Transient(f"HTTP {status}", tool=TRYTON, code="busy")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = Ambiguous if writes else Transient
            return kind(f"HTTP {status}", tool=TRYTON, code="server_error")
        code = "login_refused" if status == HTTPStatus.UNAUTHORIZED else "refused_by_erp"
        return Permanent(f"HTTP {status}", tool=TRYTON, code=code)

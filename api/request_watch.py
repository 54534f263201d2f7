"""What is told about requests: how long each kind takes, and a span for each that somebody sent who may.

A route is known by its template, never by its path: paths hold ids and logins.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.api_description import DOCUMENT, PAGE
from api.scraping import PATH
from tools.telemetry import tracing
from tools.telemetry.metrics import HTTP_SECONDS
from tools.telemetry.tracing import NEW_TRACE, SpanKind

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "_OTHER"
NO_ROUTE = "none"
"""Nothing answers there, or the gate refused before anything could."""
UNTRACED = frozenset({"/health", "/ready", PATH, PAGE, DOCUMENT})
"""Asked again and again by machines."""
PAGES = "/console"
HEADER = "traceparent"
STREAM = "text/event-stream"


def method_of(scope: Scope) -> str:
    """The request's method; one that HTTP does not know is `_OTHER`."""
    return scope["method"] if scope["method"] in METHODS else OTHER_METHOD


def route_of(scope: Scope) -> str:
    """The template of the route that answers, as `/cases/{case_id}`."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))


def is_stream(message: Message) -> bool:
    """Whether an answer that begins goes on as long as somebody listens."""
    return Headers(raw=message["headers"]).get("content-type", "").startswith(STREAM)


class Latency:
    """Measures each request, whoever sends it: the outermost of all."""

    def __init__(self, app: ASGIApp) -> None:
        """Measure `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and tell the metrics."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, told = time.perf_counter(), 500, False

        def tell() -> None:
            nonlocal told
            if not told:
                told = True
                series = HTTP_SECONDS.of(method_of(scope), route_of(scope), str(status))
                series.observe(time.perf_counter() - began)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if is_stream(message):
                    tell()
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            tell()


class RequestTraces:
    """Begins a span for each request that the gate let in; the answer names it as `traceparent`.

    The caller's traceparent is followed only where the gate knows who they are: strangers neither choose a trace nor
    whether it is sampled. The span of a stream lasts as long as the stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Trace `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, within a span."""
        if scope["type"] != "http" or not tracing.is_on() or is_noise(scope["path"]):
            await self._app(scope, receive, send)
            return
        attributes: Mapping[str, str] = {"http.request.method": method_of(scope), "url.scheme": scope["scheme"]}
        name, kind, parent = method_of(scope), SpanKind.SERVER, parent_of(scope)
        with tracing.span(name, kind=kind, attributes=attributes, parent=parent) as span:

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.put("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.failed(str(message["status"]))
                    MutableHeaders(raw=message["headers"]).append(HEADER, span.traceparent)
                await send(message)

            try:
                await self._app(scope, receive, sending)
            finally:
                span.name(f"{method_of(scope)} {route_of(scope)}")
                span.put("http.route", route_of(scope))


def is_noise(path: str) -> bool:
    """Whether a request is for the console's files, or of a machine that looks whether we live."""
    return path in UNTRACED or path == "/" or path == PAGES or path.startswith(f"{PAGES}/")


def parent_of(scope: Scope) -> str:
    """The traceparent of a caller whom the gate knows; where it is sent twice, neither counts."""
    if "actor" not in scope.get("state", {}):
        return NEW_TRACE
    sent = Headers(scope=scope).getlist(HEADER)
    return sent[0] if len(sent) == 1 else NEW_TRACE

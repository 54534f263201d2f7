"""A collector on loopback: it takes what OpenTelemetry's own exporter sends, and shows the spans."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSpan:
    """A span as it arrived; `process` is what the resource says of whoever made it."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    attributes: dict[str, Any]
    links: tuple[str, ...]
    failed: bool
    process: dict[str, Any]


@dataclass(slots=True)
class Sink:
    """What was sent, and the raw bytes of it."""

    url: str = ""
    spans: list[SeenSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def of_trace(self, trace: str) -> list[SeenSpan]:
        return [span for span in self.spans if span.trace == trace]

    def named(self, name: str) -> list[SeenSpan]:
        return [span for span in self.spans if span.name == name]


def is_connected(spans: Sequence[SeenSpan], *, root: str) -> bool:
    """Whether each span's parent is among them, or is `root`."""
    known = {span.id for span in spans} | {root}
    return all(span.parent in known for span in spans)


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in attributes}


def read(body: bytes) -> list[SeenSpan]:
    """The spans of a request."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        SeenSpan(
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            name=span.name,
            kind=span.kind,
            attributes=_values(span.attributes),
            links=tuple(f"{link.trace_id.hex()}-{link.span_id.hex()}" for link in span.links),
            failed=span.status.code == 2,
            process=_values(resource.resource.attributes),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@contextmanager
def otlp_sink() -> Iterator[Sink]:
    """A collector, until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == PATH:
                sink.bodies.append(body)
                sink.spans += read(body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join(5)

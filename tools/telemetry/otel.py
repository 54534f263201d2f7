"""OpenTelemetry: spans sent as OTLP over HTTP, by the standard variables. Imported only where one of them asks for it.

Spans wait in a queue of bounded size and are sent by a thread. While the collector is away they are dropped, and a
warning says so: no case waits for them, and a program that stops waits for `CLOSE_SECONDS` at most.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tools.telemetry.tracing import Span, SpanKind, Tracing, Value, code_of

CLOSE_SECONDS = 3.0
SERVICE = "interlock"
HEADER = "traceparent"
KINDS = {
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
}
PROPAGATOR = TraceContextTextMapPropagator()


def context_of(traceparent: str) -> contexts.Context:
    """A context below that traceparent; an empty one where it is none, or none that the standard allows."""
    return PROPAGATOR.extract({HEADER: traceparent}, context=contexts.Context())


def span_context_of(traceparent: str) -> SpanContext:
    """The span that a traceparent names; an invalid one where it names none."""
    return trace.get_current_span(context_of(traceparent)).get_span_context()


def written(context: SpanContext) -> str:
    """The traceparent of a span; empty for an invalid one."""
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


class OtelSpan:
    """A span of OpenTelemetry, current within its block."""

    __slots__ = ("_attributes", "_failed", "_kind", "_links", "_name", "_parent", "_span", "_token", "_tracer")

    def __init__(
        self,
        tracer: trace.Tracer,
        name: str,
        *,
        kind: SpanKind,
        attributes: Mapping[str, Value],
        parent: str | None,
        links: Sequence[str],
    ) -> None:
        """Not begun."""
        self._tracer = tracer
        self._name = name
        self._kind = KINDS[kind]
        self._attributes = attributes
        self._parent = parent
        self._links = [context for link in links if (context := span_context_of(link)).is_valid]
        self._span: trace.Span = trace.INVALID_SPAN
        self._token: object = None
        self._failed = False

    def __enter__(self) -> Span:
        parent = None if self._parent is None else context_of(self._parent)
        self._span = self._tracer.start_span(
            self._name,
            context=parent,
            kind=self._kind,
            attributes=dict(self._attributes),
            links=[Link(context) for context in self._links],
        )
        self._token = contexts.attach(trace.set_span_in_context(self._span, parent))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_: TracebackType | None
    ) -> None:
        if error is not None and not self._failed:
            self.failed(code_of(error))
        contexts.detach(self._token)  # type: ignore[arg-type]  # it is what `attach` gave
        self._span.end()

    def put(self, name: str, value: Value) -> None:
        """Add an attribute."""
        self._span.set_attribute(name, value)

    def name(self, name: str) -> None:
        """Call it something else."""
        self._span.update_name(name)

    def failed(self, code: str) -> None:
        """An error's message may hold what a document says: it is left out."""
        self._failed = True
        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR))

    @property
    def traceparent(self) -> str:
        """What others go on with."""
        return written(self._span.get_span_context())


class OtelTracer:
    """Makes spans of OpenTelemetry."""

    def __init__(self, provider: TracerProvider, *, version: str = "") -> None:
        """Spans of `provider`."""
        self._tracer = provider.get_tracer(SERVICE, version)

    def span(
        self,
        name: str,
        *,
        kind: SpanKind,
        attributes: Mapping[str, Value],
        parent: str | None,
        links: Sequence[str],
    ) -> OtelSpan:
        """A span, not begun yet."""
        return OtelSpan(self._tracer, name, kind=kind, attributes=attributes, parent=parent, links=links)

    def traceparent(self) -> str:
        """The current span's."""
        return written(trace.get_current_span().get_span_context())


class Exporting:
    """Spans on their way to the collector that the standard variables name."""

    def __init__(self, *, version: str, role: str) -> None:
        """Begin; `role` is what this process does (`serve`, `worker`)."""
        # The environment's OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is said here.
        told = Resource.create({"service.version": version, "interlock.role": role})
        named = told.attributes.get("service.name", "")
        own = Resource({"service.name": SERVICE}) if str(named).startswith("unknown_service") else Resource({})
        self._provider = TracerProvider(resource=told.merge(own), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        Tracing.tracer = OtelTracer(self._provider, version=version)

    def close(self) -> None:
        """Send what waits, for `CLOSE_SECONDS` at most."""
        Tracing.tracer = None
        closing = threading.Thread(target=self._provider.shutdown, name="traces-closing", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)

"""Traces: where the time of a request or a case went, told to whoever collects them. Off unless something does.

Off, a span is one shared object that does nothing, and nothing of OpenTelemetry is imported. A span's attributes are
names, numbers and ids: never a person, a document's text, an argument, a message of an error, or a secret.

A `traceparent` is the one of W3C Trace Context: it is what is kept with a case and its jobs, and what callers send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from types import TracebackType
from typing import Protocol

Value = str | int | float | bool
NEW_TRACE = ""
"""In the place of a parent: the span begins a trace of its own."""


class SpanKind(Enum):
    """What a span is to the one before it, in OpenTelemetry's words."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"


class Span(Protocol):
    """One piece of work while it is under way."""

    def put(self, name: str, value: Value) -> None:
        """Add an attribute."""
        ...

    def name(self, name: str) -> None:
        """Call it something else: what it is was not known when it began."""
        ...

    def failed(self, code: str) -> None:
        """Say that the work failed, by a code of a closed or at least small set."""
        ...

    @property
    def traceparent(self) -> str:
        """What others go on with; empty where nothing is traced."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def span(
        self,
        name: str,
        *,
        kind: SpanKind,
        attributes: Mapping[str, Value],
        parent: str | None,
        links: Sequence[str],
    ) -> AbstractContextManager[Span]:
        """A span, current within its block."""
        ...

    def traceparent(self) -> str:
        """That of the current span; empty without one."""
        ...


class NoSpan:
    """A span where nothing is traced."""

    __slots__ = ()
    traceparent = ""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def put(self, name: str, value: Value) -> None:
        """Tell nobody."""

    def name(self, name: str) -> None:
        """Tell nobody."""

    def failed(self, code: str) -> None:
        """Tell nobody."""


NO_SPAN = NoSpan()
NOTHING: Mapping[str, Value] = {}


class Tracing:
    """The tracer of this process; None while nothing is traced."""

    tracer: Tracer | None = None


def is_on() -> bool:
    """Whether anything is traced."""
    return Tracing.tracer is not None


def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Value] = NOTHING,
    parent: str | None = None,
    links: Sequence[str] = (),
) -> AbstractContextManager[Span]:
    """A span for the block: within the current one, below the `parent` (a traceparent), or of a `NEW_TRACE`.

    A parent or a link that is no traceparent is as none. An exception that leaves the block is told by its code alone.
    """
    tracer = Tracing.tracer
    if tracer is None:
        return NO_SPAN
    return tracer.span(name, kind=kind, attributes=attributes, parent=parent, links=links)


def traceparent() -> str:
    """The current span's; empty where nothing is traced."""
    tracer = Tracing.tracer
    return "" if tracer is None else tracer.traceparent()


def code_of(error: BaseException) -> str:
    """What an error is called in a trace: the code that it has by its class or was given, else the class's name."""
    code = getattr(error, "reason", None) or getattr(error, "code", None)
    return code if isinstance(code, str) and code.isidentifier() else type(error).__name__

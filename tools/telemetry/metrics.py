"""The metrics of this process. Names, labels and units are promised: `docs/how-to/watch-with-prometheus.md` lists them.

Labels are names out of definitions and settings: never a tenant, a person, a case or a value. Counting costs about a
microsecond and never fails; what stands in the database is counted when it is asked for (`graphs.census`).
"""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from tools.telemetry.labels import MOST, Labelled

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds of what a program does."""
LATE = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Seconds that something came late."""
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
HTTP_MOST = 2_500
"""Label sets of requests: all come from the program itself, and each route has room for all that it answers."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not say its types
REGISTRY = CollectorRegistry()
"""What this process counts. One a process, as there is one clock: whatever runs in it is counted together."""
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


def _counter(name: str, text: str, labels: Sequence[str]) -> Labelled[Counter]:
    return Labelled(Counter(name, text, labels, registry=REGISTRY))


def _histogram(
    name: str, text: str, labels: Sequence[str], buckets: Sequence[float], *, most: int = MOST
) -> Labelled[Histogram]:
    return Labelled(Histogram(name, text, labels, registry=REGISTRY, buckets=buckets), most=most)


CASES_STARTED = _counter("interlock_cases_started_total", "Cases that were accepted.", ["process"])
CASES_ENDED = _counter("interlock_cases_ended_total", "Cases that ended, by how.", ["process", "outcome"])
STEP_SECONDS = _histogram(
    "interlock_step_seconds", "Visits of steps, without the commit after them.", ["process", "step"], SHORT
)
LEASES_LOST = Counter("interlock_leases_lost_total", "Leases of cases that another worker took.", registry=REGISTRY)
EFFECTS = _counter(
    "interlock_effects_total", "What the ledger noted of effects: sent, and how that ended.", ["tool", "result"]
)
RETRIES = _counter(
    "interlock_retries_total",
    "Calls that were made again: at once (`in_place`), or by a parked case (`parked`).",
    ["tool", "how"],
)
INCIDENTS = _counter("interlock_incidents_opened_total", "Incidents of cases that stopped.", ["process"])
VERDICTS = _counter(
    "interlock_verdicts_total",
    "Verdicts of the rules; `fault` where they could not be judged by.",
    [
        "process",
        "verdict",
    ],
)
MODEL_REQUESTS = _counter(
    "interlock_model_requests_total", "Requests to a model's endpoint, by how they ended.", ["model", "result"]
)
MODEL_SECONDS = _histogram("interlock_model_request_seconds", "Requests to a model's endpoint.", ["model"], SHORT)
MODEL_TOKENS = _counter(
    "interlock_model_tokens_total",
    "Tokens that an endpoint counted or, where it did not, are estimated.",
    [
        "model",
        "direction",
    ],
)
MODEL_COST = _counter(
    "interlock_model_cost_micros_total", "What they cost by the prices of the settings, in millionths.", ["model"]
)
TIMER_LATENESS = _histogram(
    "interlock_timer_lateness_seconds", "How long after its instant a timer was fired.", ["subject"], LATE
)
FLUSH_SECONDS = Histogram(
    "interlock_flush_seconds",
    "Flushes: one transaction for all that is written at a moment.",
    registry=REGISTRY,
    buckets=SHORT,
)
FLUSH_CHANGES = Histogram("interlock_flush_changes", "Changes that one flush wrote.", registry=REGISTRY, buckets=SIZES)
HTTP_SECONDS = _histogram(
    "interlock_http_request_seconds",
    "Requests of the API, until the answer's end; of a stream, until its beginning.",
    ["method", "route", "status"],
    SHORT,
    most=HTTP_MOST,
)
EVENT_STREAMS = Gauge("interlock_event_streams", "Open streams of `GET /events`.", registry=REGISTRY)
DATABASE_CONNECTIONS = Gauge(
    "interlock_database_connections", "Connections of the pool, by what they do.", ["state"], registry=REGISTRY
)
BUILD = Gauge(
    "interlock_build",
    "1, with the version that runs and what the process does.",
    ["version", "role"],
    registry=REGISTRY,
)

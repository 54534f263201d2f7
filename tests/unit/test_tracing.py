"""Traces: nothing where nobody collects them, nothing personal where somebody does, and nobody waits for them."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from logging import WARNING

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.errors import SettingsInvalid
from api.logs import SAID_AGAIN_SECONDS, Seldom, with_trace
from api.tracing import wanted
from tests.support.otlp_sink import otlp_sink
from tools.errors import Permanent
from tools.telemetry import tracing
from tools.telemetry.otel import CLOSE_SECONDS, Exporting, OtelTracer
from tools.telemetry.tracing import NEW_TRACE, NO_SPAN, Tracing, code_of

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOSTILE = [
    "",
    "nonsense",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\nx: y",
    "00-" + "0" * 100_000,
    "00-\u0660\u0661f7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What was traced, as it ends."""
    kept, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(Tracing, "tracer", OtelTracer(provider))
    yield kept
    provider.shutdown()


def test_where_nobody_collects_a_span_is_one_object_that_does_nothing() -> None:
    with tracing.span("work", attributes={"a": 1}, parent=CALLER, links=[CALLER]) as span:
        span.put("b", 2)
        span.name("other work")
        span.failed("late")
        assert tracing.traceparent() == ""
    assert span is NO_SPAN
    assert not tracing.is_on()


@pytest.mark.parametrize(
    ("variables", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_the_standard_variables_say_whether_spans_are_sent(variables: dict[str, str], is_wanted: bool) -> None:
    assert wanted(variables) is is_wanted


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_what_cannot_be_done_stops_the_start_and_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", name: value})


def test_a_span_follows_its_parent_its_traceparent_is_the_standards_and_it_is_linked(
    made: InMemorySpanExporter,
) -> None:
    other = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01"
    with tracing.span("outer", parent=CALLER, links=[other, "nonsense"]) as outer, tracing.span("inner"):
        assert tracing.traceparent().startswith(CALLER[:36])
    inner, ended = made.get_finished_spans()
    assert ended.context is not None
    assert ended.parent is not None
    assert inner.parent is not None
    assert outer.traceparent == f"{CALLER[:36]}{ended.context.span_id:016x}-01"
    assert f"{ended.parent.span_id:016x}" == CALLER.split("-")[2]
    assert inner.parent.span_id == ended.context.span_id
    assert [f"{link.context.trace_id:032x}" for link in ended.links] == ["a" * 32]


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_traceparent_begins_a_new_trace(made: InMemorySpanExporter, sent: str) -> None:
    with tracing.span("within"), tracing.span("work", parent=sent, links=[sent]):
        pass
    work, _ = made.get_finished_spans()
    assert work.context is not None
    assert (work.parent, len(work.links)) == (None, 0)
    assert f"{work.context.trace_id:032x}" != CALLER.split("-")[1]


def test_an_unsampled_caller_stays_unsampled(made: InMemorySpanExporter) -> None:
    with tracing.span("work", parent=f"{CALLER[:-2]}00") as work, tracing.span("inner"):
        assert tracing.traceparent().endswith("-00")
    assert work.traceparent.endswith("-00")
    assert made.get_finished_spans() == ()


def refused() -> None:
    raise Permanent("Clara Clerk of Vienna owes 500", tool="erp.post", code="closed")


def test_an_error_is_told_by_its_code_and_never_by_its_message(made: InMemorySpanExporter) -> None:
    with pytest.raises(Permanent), tracing.span("work", parent=NEW_TRACE):
        refused()
    (work,) = made.get_finished_spans()
    assert dict(work.attributes or {}) == {"error.type": "closed"}
    assert (work.status.is_ok, work.status.description, work.events) == (False, None, ())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Permanent("x", code="books_closed"), "books_closed"),
        (Permanent("x", code="Clara Clerk, Vienna"), "Permanent"),
        (ValueError("x"), "ValueError"),
        (SystemExit(3), "SystemExit"),
    ],
)
def test_a_code_that_is_no_name_is_not_told(error: BaseException, code: str) -> None:
    assert code_of(error) == code


def test_a_log_line_within_a_span_has_its_ids(made: InMemorySpanExporter) -> None:
    outside = with_trace(None, "info", {"event": "one"})
    with tracing.span("work", parent=CALLER) as work:
        inside = with_trace(None, "info", {"event": "two"})
    _, trace_id, span_id, _ = work.traceparent.split("-")
    assert outside == {"event": "one"}
    assert inside == {"event": "two", "trace_id": trace_id, "span_id": span_id}


def exporting_to(url: str, monkeypatch: pytest.MonkeyPatch) -> Exporting:
    for name, value in {"ENDPOINT": url, "TIMEOUT": "60"}.items():
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)
    return Exporting(version="1", role="test")


def test_what_waits_is_sent_when_the_program_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "orders")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    with otlp_sink() as sink:
        exporting = exporting_to(sink.url, monkeypatch)
        with tracing.span("work", attributes={"interlock.step": "post"}):
            pass
        exporting.close()
    (span,) = sink.spans
    assert (span.name, span.attributes) == ("work", {"interlock.step": "post"})
    assert span.process["service.name"] == "orders"
    assert span.process["deployment.environment.name"] == "test"
    assert (span.process["service.version"], span.process["interlock.role"]) == ("1", "test")


def kept_busy(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """Median seconds of a span while the queue is full over and over, and seconds of the end."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "512")
    exporting = exporting_to(url, monkeypatch)
    took: list[float] = []
    for _ in range(5_000):
        began = time.perf_counter()
        with tracing.span("work"):
            pass
        took.append(time.perf_counter() - began)
    began = time.perf_counter()
    exporting.close()
    return sorted(took)[len(took) // 2], time.perf_counter() - began


def test_a_collector_that_is_away_costs_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        a_span, the_end = kept_busy(f"http://127.0.0.1:{nobody.getsockname()[1]}", monkeypatch)
    assert a_span < 0.005
    assert the_end < CLOSE_SECONDS + 2
    assert any(name.startswith("opentelemetry.exporter") for name, level, _ in caplog.record_tuples if level == WARNING)


def test_a_collector_that_never_answers_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        a_span, the_end = kept_busy(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch)
    assert a_span < 0.005
    assert the_end < CLOSE_SECONDS + 2


def test_the_same_warning_of_opentelemetry_is_said_once_a_minute() -> None:
    seldom = Seldom()

    def said(name: str, message: str, at: float) -> bool:
        record = logging.LogRecord(name, logging.WARNING, "", 1, message, (at,), None)
        record.created = at
        return seldom.filter(record)

    name = "opentelemetry.exporter.otlp"
    assert said(name, "it failed after %s", 1000.0)
    assert not said(name, "it failed after %s", 1000.0 + SAID_AGAIN_SECONDS / 2)
    assert said(name, "something else", 1001.0)
    assert said(name, "it failed after %s", 1000.0 + SAID_AGAIN_SECONDS)
    assert said("graphs.ledger", "it failed after %s", 1001.0)
    assert said("graphs.ledger", "it failed after %s", 1001.0)

"""Spans of cases: one for each time that a worker runs a case, and within it one for each visit of a step.

All spans of a case are of one trace: its traceparent stands with the case from its acceptance on, so that it holds
across processes, waits of weeks, and workers that died. What set the case going again (a person's answer, an order)
is another request with a trace of its own: it is linked, not followed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from graphs.new_case import traced
from graphs.runtime.run import Run
from graphs.steps import AnyStep
from graphs.store.claims import LeasedCase
from graphs.store.jobs import CASE_QUEUE
from tools.telemetry import tracing
from tools.telemetry.tracing import NEW_TRACE, NO_SPAN, Span, SpanKind


def run_span(case: LeasedCase, *, caused_by: str) -> AbstractContextManager[Span]:
    """The span of one run. `caused_by` is the traceparent of what enqueued its job; empty for timers and sweeps."""
    if not tracing.is_on():
        return NO_SPAN
    parent = traced(case.summary)
    return tracing.span(
        f"advance {case.process}",
        kind=SpanKind.CONSUMER,
        parent=parent or caused_by or NEW_TRACE,
        links=[caused_by] if caused_by and parent and caused_by != parent else [],
        attributes={
            "messaging.system": "procrastinate",
            "messaging.operation.type": "process",
            "messaging.destination.name": CASE_QUEUE,
            "interlock.case": case.id,
            "interlock.process": case.process,
            "interlock.process.version": case.version,
            "interlock.epoch": case.epoch,
        },
    )


def step_span(run: Run, step: AnyStep, *, visit: int) -> AbstractContextManager[Span]:
    """The span of one visit, without the commit after it."""
    if not tracing.is_on():
        return NO_SPAN
    return tracing.span(
        f"step {run.definition.name}.{step.name}",
        attributes={
            "interlock.case": run.case.id,
            "interlock.process": run.definition.name,
            "interlock.step": step.name,
            "interlock.step.kind": step.kind.value,
            "interlock.stage": step.stage,
            "interlock.visit": visit,
        },
    )

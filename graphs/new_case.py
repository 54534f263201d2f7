"""A case as it begins: at the start of its definition, pinned to it, with what it was started with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphs.process import ProcessDefinition
from graphs.store.rows import made
from graphs.store.tables import Case
from policies.canonical import digest
from tools.telemetry import tracing

TRACEPARENT = "traceparent"
"""In the summary of a case that began while something was traced."""


def new_case(
    definition: ProcessDefinition,
    body: Mapping[str, Any],
    *,
    case_id: str,
    tenant: str,
    key: str,
    by: str,
    now: datetime,
    shown: Mapping[str, Any] = {},
    summary: Mapping[str, Any] = {},
    traceparent: str | None = None,
) -> Case:
    """The row of a case that `key` starts for `by`. `shown` goes into its input, but not into what is compared.

    It is of the trace of the `traceparent`, else of the current span's; where nothing is traced, of none.
    """
    trace = tracing.traceparent() if traceparent is None else traceparent
    complete = {"received_on": now.date().isoformat(), **body, **shown}
    return made(
        Case,
        id=case_id,
        tenant=tenant,
        process=definition.name,
        version=definition.version,
        definition_digest=definition.digest,
        status="running",
        stage=definition.step(definition.start).stage,
        step="",
        title=definition.case_title(complete),
        trigger_key=key,
        trigger_digest=digest(dict(body)),
        input=complete,
        summary={**summary, **({TRACEPARENT: trace} if trace else {})},
        created_by=by,
        created_at=now,
        updated_at=now,
    )


def traced(summary: Mapping[str, Any]) -> str:
    """The traceparent that a case of this summary began with; empty for one that nobody traced."""
    found = summary.get(TRACEPARENT, "")
    return found if isinstance(found, str) else ""

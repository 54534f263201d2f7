"""A case as it begins: at the start of its definition, pinned to it, with what it was started with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphs.process import ProcessDefinition
from graphs.store.rows import made
from graphs.store.tables import Case
from policies.canonical import digest


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
) -> Case:
    """The row of a case that `key` starts for `by`. `shown` goes into its input, but not into what is compared."""
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
        summary=dict(summary),
        created_by=by,
        created_at=now,
        updated_at=now,
    )

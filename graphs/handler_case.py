"""The case that a handler starts: in the transaction that opens the incident, with the incident as its key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.analysis import is_analysis
from graphs.audit import WORKER, AuditRecord
from graphs.handlers import Failure, Handler, error_names, handler_for
from graphs.new_case import new_case
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.state import CaseView
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.tables import Case, Incident
from policies.canonical import jsonable

HANDLERS = uuid.UUID("2c6f5b0a-3b65-4b3a-8a0e-6c8a1f6b0d44")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCase:
    """A case to be started, with the entries that link it with the failed one, whichever trail one reads."""

    case: Case
    records: tuple[AuditRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerFailed:
    """The handler's case cannot be started: the entry says why. The incident is opened all the same."""

    record: AuditRecord


def failure_of(incident: Incident, error: Exception) -> Failure:
    """The failure as handlers see it."""
    return Failure(
        incident=incident.id,
        step=incident.step,
        code=incident.code,
        message=incident.message,
        names=error_names(error, incident.code),
    )


def handles(case: Case | LeasedCase) -> bool:
    """Whether the case was started by a handler: its own failures start no further one, or they could go on forever."""
    return "handles" in case.summary


def handler_case(
    definition: ProcessDefinition,
    registry: ProcessRegistry,
    case: Case | LeasedCase,
    view: CaseView,
    failure: Failure,
    *,
    now: datetime,
) -> HandlerCase | HandlerFailed | None:
    """What the failure of `case` starts; None where no handler names it, in an analysis, and for a handler's own case.

    Never raises: a handler that cannot be asked must not hide the incident.
    """
    handler = None if handles(case) or is_analysis(case) else handler_for(definition.handlers, failure)
    if handler is None:
        return None
    try:
        return _started(handler, registry, case, view, failure, now=now)
    except Exception as error:
        values = {
            "incident": failure.incident,
            "process": handler.process,
            "reason": f"{type(error).__name__}: {error}",
        }
        record = AuditRecord(kind="handler.failed", actor=WORKER, case_id=case.id, step=failure.step, values=values)
        return HandlerFailed(record=record)


def _started(
    handler: Handler,
    registry: ProcessRegistry,
    case: Case | LeasedCase,
    view: CaseView,
    failure: Failure,
    *,
    now: datetime,
) -> HandlerCase:
    definition = registry.latest(handler.process)
    body: Mapping[str, Any] = jsonable(dict(handler.input(view, failure)))
    definition.check_input(body)
    key = f"incident-{failure.incident}"
    handling = new_case(
        definition,
        body,
        case_id=str(uuid.uuid5(HANDLERS, key)),
        tenant=case.tenant,
        key=key,
        by=case.created_by,
        now=now,
        summary={"handles": failure.incident, "of": case.id},
    )
    link = {"incident": failure.incident, "process": definition.reference}
    started = {"process": definition.reference, "digest": definition.digest, "input": handling.input, "of": case.id}
    records = (
        AuditRecord(
            kind="handler.started",
            actor=WORKER,
            case_id=case.id,
            step=failure.step or None,
            values={**link, "handler": handling.id},
        ),
        AuditRecord(
            kind="case.started",
            actor=WORKER,
            case_id=handling.id,
            values={**started, "handles": failure.incident},
        ),
    )
    return HandlerCase(case=handling, records=records)


async def start_handler(unit: UnitOfWork, tenant: str, handling: HandlerCase | HandlerFailed | None) -> None:
    """Write it, in the transaction that opens the incident."""
    match handling:
        case HandlerCase(case=case, records=records):
            if await unit.cases.accept(case) is None:
                await unit.jobs.advance(tenant, case.id)
                for record in records:
                    unit.record(tenant, record)
        case HandlerFailed(record=record):
            unit.record(tenant, record)
        case None:
            return

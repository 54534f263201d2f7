"""The incident that a failure opens."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.errors import EngineError
from graphs.fingerprint import fingerprint, storable, values_of
from graphs.runtime.outcome import NewTask
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.tables import Case, Incident, Task
from policies.errors import EngineFault
from tools.errors import ToolError

MESSAGE_LIMIT = 500


class NobodyToAsk(EngineError):
    """Nobody may take a task: give somebody the role or the limit, end an absence, or name a supervisor."""

    code = "nobody_to_ask"


FAULTS = uuid.UUID("5d0b8f0a-6c0e-4a53-9a0e-3f6f0f3f7c55")


def code_of(error: Exception) -> str:
    """The error's code; the log says no more of it, because its message may hold a person's values."""
    return str(error.reason if isinstance(error, ToolError) else getattr(error, "code", type(error).__name__))


def is_specific(error: Exception) -> bool:
    """Whether the error's code was chosen for one cause: not the default of its kind, nor the name of its class."""
    if isinstance(error, ToolError):
        return error.reason != type(error).code
    return hasattr(error, "code")


def fault_of(case: LeasedCase, fault: str, *, step: str, visit: int, now: datetime) -> Incident:
    """The incident for a judgement that could not be trusted: the case goes on, with a person; the rules need one too.

    Made again for the same visit, it is the same incident.
    """
    made = str(uuid.uuid5(FAULTS, f"{case.id}/{step}/{visit}"))
    return incident_of(case, EngineFault(fault), after=step, failed=step, now=now, id_=made)


def unassigned(case: LeasedCase | Case, task: NewTask | Task, *, now: datetime) -> Incident:
    """The incident for a task that nobody may take: it is open, and whoever looks after the people must see to it.

    Made again for the same task, it is the same incident.
    """
    made = str(uuid.uuid5(FAULTS, f"{task.id}/unassigned"))
    error = NobodyToAsk(f"{task.title}: nobody with the role {task.role} and no supervisor may take the task {task.id}")
    return incident_of(case, error, after=task.step, failed=task.step, now=now, id_=made)


def opened(incident: Incident, **more: Any) -> AuditRecord:
    """The entry of an incident that was opened. No value of the case but what its message says."""
    values = {"incident": incident.id, "code": incident.code, "message": incident.message, **more}
    return AuditRecord(
        kind="incident.opened", actor=WORKER, case_id=incident.case_id, step=incident.step, values=values
    )


async def open_beside(unit: UnitOfWork, incident: Incident, **more: Any) -> None:
    """Open the incident of a case that goes on, unless the case has one of that cause open."""
    if await unit.incidents.open(incident):
        unit.record(incident.tenant, opened(incident, **more))


def incident_of(
    case: LeasedCase | Case,
    error: Exception,
    *,
    after: str,
    now: datetime,
    failed: str = "",
    values: Iterable[str] = (),
    id_: str | None = None,
) -> Incident:
    """The incident for a failure in the step `failed`, after `after`; failures of one cause share a fingerprint.

    Where it is not known which step failed, the one that ended last stands for it.

    `values` are those of the case that a message may repeat, beside its input.
    """
    code, message = code_of(error), storable(str(error))
    tool = error.tool if isinstance(error, ToolError) else ""
    known = {case.id, *values, *values_of(case.input)}
    found = fingerprint(
        process=case.process,
        step=failed or f"after {after}",
        tool=tool,
        code=code,
        specific=is_specific(error),
        message=message,
        values=known,
    )
    return Incident(
        id=id_ or str(uuid.uuid4()),
        tenant=case.tenant,
        case_id=case.id,
        step=after,
        kind=type(error).__name__,
        code=code,
        message=message[:MESSAGE_LIMIT],
        fingerprint=found.digest,
        status="open",
        created_at=now,
        failed_step=failed or None,
        tool=tool,
        shape=found.shape,
    )

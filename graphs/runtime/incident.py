"""The incident that a failure opens."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from graphs.errors import EngineError
from graphs.runtime.outcome import NewTask
from graphs.store.claims import LeasedCase
from graphs.store.tables import Incident
from policies.errors import EngineFault
from tools.errors import ToolError


class NobodyToAsk(EngineError):
    """Nobody may take a task: give somebody the role or the limit, end an absence, or name a supervisor."""

    code = "nobody_to_ask"


FAULTS = uuid.UUID("5d0b8f0a-6c0e-4a53-9a0e-3f6f0f3f7c55")


def code_of(error: Exception) -> str:
    """The error's code; the log says no more of it, because its message may hold a person's values."""
    return str(error.reason if isinstance(error, ToolError) else getattr(error, "code", type(error).__name__))


def fault_of(case: LeasedCase, fault: str, *, step: str, visit: int, now: datetime) -> Incident:
    """The incident for a judgement that could not be trusted: the case goes on, with a person; the rules need one too.

    Made again for the same visit, it is the same incident.
    """
    made = str(uuid.uuid5(FAULTS, f"{case.id}/{step}/{visit}"))
    return incident_of(case, EngineFault(fault), after=step, now=now).model_copy(update={"id": made})


def unassigned(case: LeasedCase, task: NewTask, *, now: datetime) -> Incident:
    """The incident for a task that nobody may take: it is open, and whoever looks after the people must see to it.

    Made again for the same task, it is the same incident.
    """
    made = str(uuid.uuid5(FAULTS, f"{task.id}/unassigned"))
    error = NobodyToAsk(f"{task.title}: nobody with the role {task.role} and no supervisor may take the task {task.id}")
    return incident_of(case, error, after=task.step, now=now).model_copy(update={"id": made})


def incident_of(case: LeasedCase, error: Exception, *, after: str, now: datetime) -> Incident:
    """The incident for a failure; equal failures share a fingerprint."""
    code = code_of(error)
    where = error.tool if isinstance(error, ToolError) else ""
    fingerprint = hashlib.sha256(f"{case.process}/{after}/{where}/{code}".encode()).hexdigest()[:16]
    return Incident(
        id=str(uuid.uuid4()),
        tenant=case.tenant,
        case_id=case.id,
        step=after,
        kind=type(error).__name__,
        code=code,
        message=str(error)[:500],
        fingerprint=fingerprint,
        status="open",
        created_at=now,
    )

"""The incident that a failure opens."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from graphs.store.claims import LeasedCase
from graphs.store.tables import Incident
from tools.errors import ToolError


def code_of(error: Exception) -> str:
    """The error's code; the log says no more of it, because its message may hold a person's values."""
    return str(error.reason if isinstance(error, ToolError) else getattr(error, "code", type(error).__name__))


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

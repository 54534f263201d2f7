"""What happens when a clock is not stopped in time: it is marked and recorded, once, and nothing else."""

from __future__ import annotations

from datetime import datetime

from graphs.audit import WORKER, AuditRecord
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.tables import Timer


async def breach(unit: UnitOfWork, timer: Timer, *, now: datetime) -> None:
    """The timer of a clock has fired: the clock is breached, unless it was stopped in time or moved meanwhile."""
    clock = await Clocks(unit.session).breach(timer.subject_id, now=now)
    if clock is None:
        return
    values = {
        "clock": clock["id"],
        "scope": clock["scope"],
        "name": clock["name"],
        "task": clock["task_id"],
        "level": clock["level"],
        "due": clock["due_at"],
    }
    record = AuditRecord(kind="deadline.breached", actor=WORKER, case_id=clock["case_id"], values=values)
    unit.record(timer.tenant, record)

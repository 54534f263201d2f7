"""What happens when a clock is not stopped in time: it is marked and recorded, once, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from graphs.audit import WORKER, AuditRecord
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.tables import Timer


async def breach(unit: UnitOfWork, timers: Sequence[Timer], *, now: datetime) -> None:
    """The timers of clocks have fired: each clock is breached, unless it was stopped in time or moved meanwhile."""
    breached = await Clocks(unit.session).breach(*(timer.subject_id for timer in timers), now=now)
    for timer in timers:
        clock = breached.get(timer.subject_id)
        if clock is None:
            continue
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

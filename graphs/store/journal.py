"""The journal of steps: what each visit put into the state. It is the audit trail's entries that have a visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.audit_tables import AuditEntry, AuditValue


@dataclass(frozen=True, slots=True, kw_only=True)
class StepVisit:
    """One visit of a step. `update` is what it put into the state; None once it was erased."""

    name: str
    visit: int
    kind: str
    stage: str
    route: str
    update: Mapping[str, Any] | None
    started_at: datetime
    ended_at: datetime


class Journal:
    """Reads visits; the key is (case, step, visit)."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def of_case(self, case_id: str) -> Sequence[StepVisit]:
        """The visits of a case in the order they ended (index `audit_of_case`)."""
        query = (
            select(AuditEntry, AuditValue)
            .join(AuditValue, and_(col(AuditValue.tenant) == AuditEntry.tenant, col(AuditValue.seq) == AuditEntry.seq))
            .where(col(AuditEntry.case_id) == case_id, col(AuditEntry.visit).is_not(None))
            .order_by(col(AuditEntry.seq))
        )
        return [step_visit(entry, value) for entry, value in (await self._session.execute(query)).all()]


def step_visit(entry: AuditEntry, value: AuditValue) -> StepVisit:
    """The entry as a visit; what was erased is empty."""
    step = value.content.get("step") or {"kind": "", "stage": "", "route": "", "started_at": entry.at.isoformat()}
    return StepVisit(
        name=entry.step or "",
        visit=entry.visit or 0,
        kind=step["kind"],
        stage=step["stage"],
        route=step["route"],
        update=value.content.get("update"),
        started_at=datetime.fromisoformat(step["started_at"]),
        ended_at=entry.at,
    )

"""Notes on tasks, as they stand in the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.audit_tables import AuditEntry, AuditValue

COMMENTED = "task.commented"


class TaskNotes:
    """Reads the notes of a case."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def of_case(self, case_id: str) -> Sequence[tuple[str, datetime, Mapping[str, Any]]]:
        """(author, when, values) of each note in order; an erased value is None (index `audit_of_case`)."""
        query = (
            select(col(AuditEntry.actor), col(AuditEntry.at), col(AuditValue.content))
            .join(
                AuditValue,
                (col(AuditValue.tenant) == col(AuditEntry.tenant)) & (col(AuditValue.seq) == col(AuditEntry.seq)),
            )
            .where(col(AuditEntry.case_id) == case_id, col(AuditEntry.kind) == COMMENTED)
            .order_by(col(AuditEntry.seq))
        )
        rows = (await self._session.execute(query)).all()
        return [(author, at, content) for author, at, content in rows]

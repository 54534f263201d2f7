"""Bulk decisions: what was asked for, and what became of each task."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.bulk_tables import BulkDecision, BulkOutcome
from graphs.store.rows import affected


class Bulks:
    """The rows of bulk decisions."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def get(self, bulk_id: str) -> BulkDecision | None:
        """The bulk decision (primary key)."""
        query = select(BulkDecision).where(col(BulkDecision.id) == bulk_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add(self, row: BulkDecision) -> bool:
        """Insert it unless its key was used before (constraint `bulk_by_key`); says whether it did."""
        added = insert(BulkDecision).values(row.model_dump()).on_conflict_do_nothing()
        return affected(await self._session.execute(added)) == 1

    async def outcomes(self, bulk_id: str) -> dict[str, BulkOutcome]:
        """What is known of its tasks, by task (primary key)."""
        query = select(BulkOutcome).where(col(BulkOutcome.bulk_id) == bulk_id)
        return {row.task_id: row for row in (await self._session.execute(query)).scalars()}

    async def keep(self, rows: Sequence[BulkOutcome]) -> None:
        """Add outcomes; what is known already stays: the first counts."""
        if rows:
            added = insert(BulkOutcome).values([row.model_dump() for row in rows])
            await self._session.execute(added.on_conflict_do_nothing())

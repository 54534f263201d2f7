"""Threads that keep their history: a row a checkpoint. Not for running cases, which have one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from graphs.store.tables import Checkpoint


class Threads:
    """The checkpoint rows, still sealed (primary key: thread, namespace, slot)."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def checkpoints(
        self,
        thread: str | None,
        *,
        namespace: str | None = None,
        checkpoint_id: str | None = None,
        before: str | None = None,
    ) -> Sequence[Checkpoint]:
        """The thread's checkpoints (of all threads without one), the newest first."""
        query = select(Checkpoint).order_by(col(Checkpoint.id).desc())
        wanted: list[tuple[Any, str | None]] = [
            (col(Checkpoint.thread), thread),
            (col(Checkpoint.namespace), namespace),
            (col(Checkpoint.id), checkpoint_id),
        ]
        for column, value in wanted:
            if value is not None:
                query = query.where(column == value)
        if before is not None:
            query = query.where(col(Checkpoint.id) < before)
        return (await self._session.execute(query)).scalars().all()

    async def delete(self, threads: Sequence[str]) -> None:
        """Remove whole threads."""
        await self._session.execute(delete(Checkpoint).where(col(Checkpoint.thread).in_(threads)))

    async def delete_runs(self, run_ids: Sequence[str]) -> None:
        """Remove the checkpoints that these runs made."""
        await self._session.execute(delete(Checkpoint).where(col(Checkpoint.run_id).in_(run_ids)))

    async def keep_latest(self, threads: Sequence[str]) -> None:
        """Remove all but the newest checkpoint of each namespace."""
        later = aliased(Checkpoint)
        newer = (
            select(later)
            .where(
                tuple_(col(later.thread), col(later.namespace))
                == tuple_(col(Checkpoint.thread), col(Checkpoint.namespace)),
                col(later.id) > col(Checkpoint.id),
            )
            .exists()
        )
        await self._session.execute(delete(Checkpoint).where(col(Checkpoint.thread).in_(threads), newer))

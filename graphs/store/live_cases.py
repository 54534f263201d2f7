"""Cases that have not ended: which versions they are pinned to, and moving one from one version to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.cases import ENDED
from graphs.store.inbox import UNANSWERED, WITHDRAWN
from graphs.store.rows import affected
from graphs.store.tables import Case, Checkpoint, Task, Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedCount:
    """How many cases in one status are pinned to one version with one digest."""

    process: str
    version: int
    digest: str
    status: str
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCase:
    """A case that nobody else changes now; `held` says that a worker has it."""

    case: Case
    held: bool
    tasks: Sequence[Task]


class LiveCases:
    """Reads and moves cases that have not ended. What operators ask scans them: no index serves it."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def read_only(self) -> None:
        """From here on the database refuses this transaction every write."""
        await self._session.execute(text("SET TRANSACTION READ ONLY"))

    async def pinned(self) -> list[PinnedCount]:
        """Live cases by what they are pinned to, and their status."""
        by = (col(Case.process), col(Case.version), col(Case.definition_digest), col(Case.status))
        query = select(*by, func.count()).where(col(Case.status).not_in(ENDED)).group_by(*by).order_by(*by)
        return [
            PinnedCount(process=process, version=version, digest=digest, status=status, cases=cases)
            for process, version, digest, status, cases in (await self._session.execute(query)).all()
        ]

    async def page(self, process: str, *, not_on: str, after: str, limit: int) -> Sequence[str]:
        """Ids of live cases of the process behind `after` whose definition has another digest than `not_on`."""
        query = (
            select(col(Case.id))
            .where(
                col(Case.process) == process,
                col(Case.definition_digest) != not_on,
                col(Case.status).not_in(ENDED),
                col(Case.id) > after,
            )
            .order_by(col(Case.id))
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    async def lock(self, case_id: str) -> LockedCase:
        """The case and then its unanswered tasks, locked in the order in which all lock them. Raises `NotFound`."""
        held = func.coalesce(col(Case.lease_until) >= func.clock_timestamp(), False)
        query = select(Case, held).where(col(Case.id) == case_id).with_for_update()
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            raise NotFound(f"there is no case {case_id}")
        asked = select(Task).where(col(Task.case_id) == case_id, col(Task.status).in_(UNANSWERED)).with_for_update()
        tasks = (await self._session.execute(asked)).scalars().all()
        return LockedCase(case=found[0], held=found[1], tasks=tasks)

    async def tasks(self, case_id: str) -> Sequence[Task]:
        """All tasks of the case (constraint `task_of_visit`)."""
        return (await self._session.execute(select(Task).where(col(Task.case_id) == case_id))).scalars().all()

    async def checkpoint(self, case_id: str) -> Checkpoint | None:
        """The running case's checkpoint, still sealed (primary key)."""
        return await self._session.get(Checkpoint, (case_id, "", ""))

    async def move(self, case: Case, **values: Any) -> None:
        """Pin the case elsewhere, without its checkpoint; a worker that still has it is refused from now on."""
        fenced = {"epoch": col(Case.epoch) + 1, "lease_owner": None, "lease_until": None, "attempt": 0}
        moved = update(Case).where(col(Case.id) == case.id).values(**fenced, **values)
        await self._session.execute(moved.execution_options(synchronize_session=False))
        await self._session.execute(delete(Checkpoint).where(col(Checkpoint.thread) == case.id))

    async def lapse(self, task: Task, *, now: datetime) -> None:
        """The task's question is void, and with it its deadline."""
        query = update(Task).where(col(Task.id) == task.id, col(Task.status).in_(UNANSWERED))
        await self._session.execute(query.values(status=WITHDRAWN, decided_at=now))
        off = delete(Timer).where(col(Timer.subject) == "task", col(Timer.subject_id) == task.id)
        await self._session.execute(off)

    async def rename_timer(self, timer_id: str, *, to: str, subject_id: str, visit: int) -> bool:
        """Let the timer of a step's visit be another step's; says whether there was one."""
        query = update(Timer).where(col(Timer.id) == timer_id).values(id=to, subject_id=subject_id, visit=visit)
        return affected(await self._session.execute(query)) == 1

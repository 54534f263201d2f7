"""Cases: accept, lease, fence, project."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import LeaseLost, NotFound
from graphs.store.deadline_tables import ServiceLevelsRow
from graphs.store.jobs import ADVANCE
from graphs.store.levels_to_follow import new_mark
from graphs.store.rows import affected
from graphs.store.tables import Case, Task
from tools.telemetry.metrics import CASES_STARTED

ENDED = ("done", "rejected", "cancelled")
AT_REST = (*ENDED, "incident")
"""No worker advances these: an incident waits for a person, who sets the case running again."""

FORGOTTEN = text(
    """
    WITH queued AS MATERIALIZED (
      SELECT pair ->> 1 AS id FROM procrastinate_jobs j, jsonb_array_elements(j.args -> 'cases') AS pair
      WHERE j.status IN ('todo', 'doing') AND j.task_name = :task
    ), idle AS MATERIALIZED (
      SELECT c.tenant, c.id, c.status, c.journaled, c.epoch, c.lease_owner, c.updated_at FROM cases c
      WHERE c.status IN ('running', 'compensating') AND c.updated_at < :before
        AND (c.lease_until IS NULL OR c.lease_until < clock_timestamp())
        AND NOT EXISTS (
          SELECT FROM timers t WHERE t.case_id = c.id AND t.status = 'set' AND t.subject IN ('retry', 'turn', 'switch'))
      LIMIT 1000
    )
    SELECT * FROM idle WHERE id NOT IN (SELECT id FROM queued) LIMIT 100
    """
)
"""Cases that should move and have nobody who moves them (index `cases_under_way`).

A case that waits is none of them: what it waits for sets it running in its own transaction.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCase:
    """The case that a task is of, with its title."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleCase:
    """A case that nobody moves. `lease_owner` is set where a worker was lost with it."""

    tenant: str
    id: str
    status: str
    journaled: int
    epoch: int
    lease_owner: str | None
    updated_at: datetime


class Cases:
    """The case rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def accept(self, case: Case) -> Case | None:
        """Insert the case, or return the one its trigger already made (index `case_by_trigger`).

        Where its process has service levels, it is said in their row that the case has no clock yet (primary key).
        """
        query = insert(Case).values(**case.model_dump())
        query = query.on_conflict_do_nothing(index_elements=["tenant", "process", "trigger_key"])
        new = query.returning(col(Case.id), col(Case.tenant), col(Case.process)).cte("new")
        marked = (
            update(ServiceLevelsRow)
            .where(col(ServiceLevelsRow.tenant) == new.c.tenant, col(ServiceLevelsRow.process) == new.c.process)
            .values(to_follow=new_mark())
            .cte("marked")
        )
        if (await self._session.execute(select(new.c.id).add_cte(marked))).scalar_one_or_none() is not None:
            CASES_STARTED.of(case.process).inc()
            return None
        return await self.by_trigger(case.tenant, case.process, case.trigger_key)

    async def by_trigger(self, tenant: str, process: str, trigger_key: str) -> Case | None:
        """The case a trigger made, if it made one (index `case_by_trigger`)."""
        query = select(Case).where(
            col(Case.tenant) == tenant, col(Case.process) == process, col(Case.trigger_key) == trigger_key
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def get(self, case_id: str) -> Case:
        """The case. Raises `NotFound`, also for another tenant's."""
        query = select(Case).where(col(Case.id) == case_id).execution_options(populate_existing=True)
        case = (await self._session.execute(query)).scalar_one_or_none()
        if case is None:
            raise NotFound(f"there is no case {case_id}")
        return case

    async def titles(self, case_ids: Sequence[str]) -> dict[str, str]:
        """Titles of cases by id (primary key)."""
        query = select(col(Case.id), col(Case.title)).where(col(Case.id).in_(case_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def of_tasks(self, task_ids: Sequence[str]) -> dict[str, TaskCase]:
        """The case of each of these tasks (primary keys); a task that is not of the tenant is absent."""
        query = select(col(Task.id), col(Case.id), col(Case.title)).join(Case, col(Case.id) == col(Task.case_id))
        rows = (await self._session.execute(query.where(col(Task.id).in_(task_ids)))).all()
        return {task: TaskCase(id=case, title=title) for task, case, title in rows}

    async def lock(self, case_id: str) -> None:
        """Have the case's row, before any other row of the case, until the transaction ends (primary key).

        Whoever changes rows of a case from outside of its worker does this first: so does the worker's own flush, and
        two that take one thing after the other in one order never wait for each other.
        """
        await self._session.execute(select(col(Case.id)).where(col(Case.id) == case_id).with_for_update(key_share=True))

    async def extend_leases(
        self, case_ids: Collection[str], *, owner: str, for_: timedelta
    ) -> tuple[set[str], set[str]]:
        """Heartbeat: keep these leases, by the database's clock; returns those that are still ours, and the busy ones.

        Busy is one whose row somebody changes at the moment, mostly a flush of this process: its lease is as it was.
        Whoever holds many rows and waits for one more would be waited for in turn.
        """
        ours = (col(Case.id).in_(case_ids), col(Case.lease_owner) == owner)
        free = select(col(Case.id)).where(*ours).with_for_update(skip_locked=True, key_share=True).cte("free")
        extend = update(Case).where(col(Case.id) == free.c.id).values(lease_until=func.clock_timestamp() + for_)
        extended = set((await self._session.execute(extend.returning(col(Case.id)))).scalars())
        kept = set((await self._session.execute(select(col(Case.id)).where(*ours))).scalars())
        return kept, kept - extended

    async def extend_lease(self, case_id: str, *, owner: str, for_: timedelta) -> bool:
        """Keep one lease, as soon as nobody else changes the case; returns whether it is still ours."""
        query = update(Case).where(col(Case.id) == case_id, col(Case.lease_owner) == owner)
        return affected(await self._session.execute(query.values(lease_until=func.clock_timestamp() + for_))) == 1

    async def release(self, case_id: str, *, epoch: int) -> None:
        """Give the lease up; a lease that was lost stays with its new owner."""
        query = update(Case).where(col(Case.id) == case_id, col(Case.epoch) == epoch)
        await self._session.execute(query.values(lease_owner=None, lease_until=None))

    async def change(self, case_id: str, *, epoch: int, **values: Any) -> None:
        """Change the row as the holder of `epoch`: the fence every write of a worker passes.

        Raises `LeaseLost`.
        """
        query = update(Case).where(col(Case.id) == case_id, col(Case.epoch) == epoch).values(**values)
        changed = await self._session.execute(query)
        if affected(changed) != 1:
            raise LeaseLost(f"case {case_id}: epoch {epoch} is over")

    async def set_status(self, case_id: str, status: str, *, now: datetime) -> None:
        """Change the status from outside a worker (an answer, a retry)."""
        query = update(Case).where(col(Case.id) == case_id).values(status=status, updated_at=now, attempt=0)
        await self._session.execute(query)

    async def proceed(self, case_id: str, *, now: datetime) -> bool:
        """What the case waited for is there: it is running again, and the sweep sees to it if its job is lost.

        Says whether it waited.
        """
        query = update(Case).where(col(Case.id) == case_id, col(Case.status) == "waiting")
        return affected(await self._session.execute(query.values(status="running", updated_at=now, attempt=0))) == 1

    async def forgotten(self, *, now: datetime, idle_for: timedelta) -> list[IdleCase]:
        """The cases that nobody moves."""
        result = await self._session.execute(FORGOTTEN, {"before": now - idle_for, "task": ADVANCE})
        return [IdleCase(**row) for row in result.mappings()]

    async def statuses(self, case_ids: Sequence[str]) -> dict[str, str]:
        """The status of each of these cases."""
        query = select(col(Case.id), col(Case.status)).where(col(Case.id).in_(case_ids))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def count_by_status(self) -> dict[str, int]:
        """Number of cases in each status."""
        query = select(col(Case.status), func.count()).group_by(col(Case.status))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

"""Tasks: the rows behind people's inboxes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, and_, bindparam, case, exists, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.holding import Chosen, Holding
from graphs.store.rows import affected
from graphs.store.tables import Task, Timer
from graphs.store.timers import UNDO

UNANSWERED = ("open", "claimed")
WITHDRAWN = "withdrawn"
ASSIGNMENT = cast("QueryableAttribute[Any]", Task.assignment)


def of_tenant(tenant: str, status: Sequence[str]) -> Select[Task]:
    """The tenant's tasks with a status. The statuses are written out: any plan can use the indexes of the unanswered.

    No two queries of one statement may share a parameter's name.
    """
    wanted = col(Task.status).in_(bindparam(None, list(status), expanding=True, literal_execute=True))
    return select(Task).where(col(Task.tenant) == tenant, wanted)


def listed(query: Select[Task]) -> Select[Task]:
    """The query without how each task was given to somebody.

    That is as long as the list of people: it is read with a task, never with a list.
    """
    return query.options(defer(ASSIGNMENT, raiseload=True))


def listing(
    tenant: str, *, status: Sequence[str], assignee_id: str | None = None, case_id: str | None = None
) -> Select[Task]:
    """The tenant's tasks by deadline."""
    query = listed(of_tenant(tenant, status)).order_by(col(Task.deadline_at), col(Task.id))
    if assignee_id:
        query = query.where(col(Task.assignee_id) == assignee_id)
    if case_id:
        query = query.where(col(Task.case_id) == case_id)
    return query


class Inbox:
    """The task rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def get(self, task_id: str) -> Task:
        """The task. Raises `NotFound`, also for another tenant's."""
        query = select(Task).where(col(Task.id) == task_id).execution_options(populate_existing=True)
        task = (await self._session.execute(query)).scalar_one_or_none()
        if task is None:
            raise NotFound(f"there is no task {task_id}")
        return task

    async def listed(
        self,
        tenant: str,
        *,
        status: Sequence[str],
        assignee_id: str | None = None,
        case_id: str | None = None,
        limit: int,
    ) -> Sequence[Task]:
        """The tenant's tasks by deadline (indexes `inbox`, `inbox_of_person`: read in order up to the limit)."""
        query = listing(tenant, status=status, assignee_id=assignee_id, case_id=case_id)
        return (await self._session.execute(query.limit(limit))).scalars().all()

    async def states(self, case_id: str, step: str) -> list[str]:
        """The status of the case's tasks of a step, in order (constraint `task_of_visit`)."""
        query = select(col(Task.status)).where(col(Task.case_id) == case_id, col(Task.step) == step)
        return list((await self._session.execute(query.order_by(col(Task.visit)))).scalars())

    async def hand(
        self, task_id: str, *, seen: Holding, to: Holding, now: datetime, chosen: Chosen | None = None
    ) -> bool:
        """Give the task to somebody, or to nobody, if it is still with whom it was `seen`; says whether it did.

        Two at once are one after the other for the database, and the second finds it changed. `chosen` is how the
        person was chosen, where rules did that.
        """
        query = update(Task).where(
            col(Task.id) == task_id,
            col(Task.status) == seen.status,
            col(Task.status).in_(UNANSWERED),
            col(Task.assignee_id).is_not_distinct_from(seen.assignee_id),
            col(Task.delegated_by).is_not_distinct_from(seen.delegated_by),
        )
        values: dict[str, Any] = {
            "status": to.status,
            "assignee_id": to.assignee_id,
            "delegated_by": to.delegated_by,
            "claimed_at": now if to.status == "claimed" else None,
        }
        if chosen is not None:
            values |= {"assignment": dict(chosen.assignment), "team": chosen.team}
        handed = query.values(**values).execution_options(synchronize_session=False)
        return affected(await self._session.execute(handed)) == 1

    async def withdraw(self, case_id: str, *, now: datetime) -> None:
        """Close the case's unanswered tasks, and those whose answer may still be undone: no worker has taken it.

        Who undoes an answer at the same moment changes this row, too, so one of both waits for the other (constraints
        `task_of_visit`, `timer_of_subject`).
        """
        held = exists().where(
            col(Timer.subject) == UNDO,
            col(Timer.subject_id) == col(Task.id),
            col(Timer.status).in_(("set", "paused")),
        )
        query = update(Task).where(
            col(Task.case_id) == case_id,
            or_(col(Task.status).in_(UNANSWERED), and_(col(Task.status) == "answered", held)),
        )
        await self._session.execute(query.values(status=WITHDRAWN, decided_at=func.coalesce(col(Task.decided_at), now)))

    async def reopen(self, task_id: str, *, answered_at: datetime) -> bool:
        """Ask an answered task again, of whom it was for, if its answer is still the one of that instant.

        Says whether it did (primary key).
        """
        query = update(Task).where(
            col(Task.id) == task_id, col(Task.status) == "answered", col(Task.decided_at) == answered_at
        )
        reopened = await self._session.execute(
            query.values(
                status=case((col(Task.claimed_at).is_(None), "open"), else_="claimed"),
                decision=null(),
                decided_by=None,
                decided_at=None,
            )
        )
        return affected(reopened) == 1

    async def postpone(self, case_id: str, by: timedelta) -> None:
        """Move the deadlines of the case's unanswered tasks (constraint `task_of_visit`)."""
        query = update(Task).where(col(Task.case_id) == case_id, col(Task.status).in_(UNANSWERED))
        await self._session.execute(query.values(deadline_at=col(Task.deadline_at) + by))

    async def mark_overdue(self, *task_ids: str) -> set[str]:
        """Mark the unanswered ones of the tasks overdue, each once; returns which it did (primary key)."""
        query = update(Task).where(
            col(Task.id).in_(task_ids), col(Task.status).in_(UNANSWERED), col(Task.overdue).is_(False)
        )
        return set((await self._session.execute(query.values(overdue=True).returning(col(Task.id)))).scalars())

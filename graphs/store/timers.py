"""Timers: one row an instant, fired by whoever looks first; a timer that is off has no row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.batched import Batched
from graphs.store.rows import affected
from graphs.store.tables import Timer


class OfCase(Protocol):
    """A row that belongs to a case: a task, a question, a request."""

    id: str
    tenant: str
    case_id: str


def timer_of(row: OfCase, subject: str, due_at: datetime) -> Timer:
    """A new timer of what the row is about, to be set."""
    return Timer(
        id=str(uuid.uuid4()),
        tenant=row.tenant,
        case_id=row.case_id,
        subject=subject,
        subject_id=row.id,
        visit=0,
        due_at=due_at,
        status="set",
    )


FIRE = text(
    """
    WITH r AS MATERIALIZED (
      SELECT id, case_id, subject, subject_id FROM timers WHERE id = :id AND status = 'set' AND due_at <= :now
      FOR UPDATE SKIP LOCKED
    ), c AS MATERIALIZED (
      SELECT id FROM cases WHERE id = (SELECT case_id FROM r) FOR NO KEY UPDATE SKIP LOCKED
    ), k AS MATERIALIZED (
      SELECT id, task_id FROM deadline_clocks
      WHERE id = (SELECT subject_id FROM r WHERE subject IN ('clock', 'ladder')) FOR UPDATE SKIP LOCKED
    ), asked AS MATERIALIZED (
      SELECT subject_id AS id FROM r WHERE subject IN ('task', 'undo')
      UNION ALL SELECT task_id FROM k WHERE task_id IS NOT NULL
    ), w AS MATERIALIZED (
      SELECT id FROM tasks WHERE id = (SELECT id FROM asked) FOR UPDATE SKIP LOCKED
    )
    UPDATE timers t SET status = 'fired' FROM r
    WHERE t.id = r.id AND EXISTS (SELECT FROM c)
      AND (r.subject NOT IN ('clock', 'ladder') OR EXISTS (SELECT FROM k)
        OR NOT EXISTS (SELECT FROM deadline_clocks o WHERE o.id = r.subject_id))
      AND NOT EXISTS (SELECT FROM tasks o WHERE o.id = (SELECT id FROM asked) AND o.id NOT IN (SELECT id FROM w))
    RETURNING t.*
    """
)
"""Fires only what nobody else has, with its case, clock and task: all others lock the case first and then its rows, and
who never waits for one is never part of a deadlock. What somebody has at the moment is fired by the next look."""

UNDO = "undo"
"""The subject of the timer that ends the window in which an answer may be undone; its subject is the task."""
TOGETHER = ("task", "clock", "ladder")
"""The subjects of timers that come by the hundred, and that are fired together."""
FIRE_TOGETHER = text(
    """
    WITH r AS MATERIALIZED (
      SELECT id, case_id, subject, subject_id FROM timers
      WHERE id = ANY(:ids) AND subject IN ('task', 'clock', 'ladder') AND status = 'set' AND due_at <= :now
      FOR UPDATE SKIP LOCKED
    ), c AS MATERIALIZED (
      SELECT id FROM cases WHERE id IN (SELECT case_id FROM r) FOR NO KEY UPDATE SKIP LOCKED
    ), k AS MATERIALIZED (
      SELECT id, task_id FROM deadline_clocks WHERE id IN (SELECT subject_id FROM r WHERE subject <> 'task')
      FOR UPDATE SKIP LOCKED
    ), asked AS MATERIALIZED (
      SELECT r.id AS timer, coalesce(k.task_id, CASE WHEN r.subject = 'task' THEN r.subject_id END) AS id,
        r.subject = 'task' OR k.id IS NOT NULL
          OR NOT EXISTS (SELECT FROM deadline_clocks o WHERE o.id = r.subject_id) AS whole
      FROM r LEFT JOIN k ON k.id = r.subject_id AND r.subject <> 'task' WHERE r.case_id IN (SELECT id FROM c)
    ), w AS MATERIALIZED (
      SELECT id FROM tasks WHERE id IN (SELECT id FROM asked) FOR UPDATE SKIP LOCKED
    )
    UPDATE timers t SET status = 'fired' FROM asked a
    WHERE t.id = a.timer AND a.whole
      AND (a.id IN (SELECT id FROM w) OR NOT EXISTS (SELECT FROM tasks o WHERE o.id = a.id))
    RETURNING t.*
    """
)
"""As `FIRE`, for many timers of tasks, clocks and ladders at once: each that nobody else has, and no wait for any."""


class Timers:
    """The timer rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def set(self, timer: Timer) -> bool:
        """Insert the timer unless its subject's visit has one; says whether it did."""
        query = insert(Timer).values(**timer.model_dump()).on_conflict_do_nothing(constraint="timer_of_subject")
        inserted = await self._session.execute(query.returning(col(Timer.id)))
        return inserted.scalar_one_or_none() is not None

    async def fire(self, timer_id: str, *, now: datetime) -> Timer | None:
        """Fire a timer that is set and due: compare-and-set, so that exactly one worker does.

        None, too, while somebody else has the timer, its case, its clock or its task (primary keys).
        """
        fired = select(Timer).from_statement(FIRE.bindparams(id=timer_id, now=now))
        return (await self._session.execute(fired.execution_options(populate_existing=True))).scalar_one_or_none()

    async def undo(self, task_id: str, *, now: datetime) -> bool:
        """Take the window of the task's answer away if it is open: compare-and-set against its firing.

        Says whether it was open (constraint `timer_of_subject`).
        """
        query = delete(Timer).where(
            col(Timer.subject) == UNDO,
            col(Timer.subject_id) == task_id,
            col(Timer.status) == "set",
            col(Timer.due_at) > now,
        )
        return affected(await self._session.execute(query)) == 1

    async def fire_later(self, timer_id: str, *, at: datetime) -> None:
        """Let a timer that was fired just now fire again: what it is about is busy at this moment (primary key)."""
        query = update(Timer).where(col(Timer.id) == timer_id, col(Timer.status) == "fired")
        await self._session.execute(query.values(status="set", due_at=at))

    async def undoable(self, case_id: str) -> bool:
        """Whether an answer of the case may still be undone (index `timers_of_case`)."""
        query = select(col(Timer.id)).where(
            col(Timer.case_id) == case_id, col(Timer.subject) == UNDO, col(Timer.status).in_(("set", "paused"))
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none() is not None

    async def together(self, timer_ids: Sequence[str]) -> frozenset[str]:
        """Those of the timers that may be fired together (primary key)."""
        query = select(col(Timer.id)).where(col(Timer.id).in_(timer_ids), col(Timer.subject).in_(TOGETHER))
        return frozenset((await self._session.execute(query)).scalars())

    async def fire_together(self, timer_ids: Sequence[str], *, now: datetime) -> Sequence[Timer]:
        """Fire those of the timers that are `TOGETHER`, set and due, the oldest first; as `fire` does with one."""
        fired = select(Timer).from_statement(FIRE_TOGETHER.bindparams(ids=list(timer_ids), now=now))
        found = (await self._session.execute(fired.execution_options(populate_existing=True))).scalars().all()
        return sorted(found, key=lambda timer: (timer.due_at, timer.id))

    async def cancel(self, subject: str, subject_id: str) -> None:
        """Remove what is set for the subject."""
        query = delete(Timer).where(
            col(Timer.subject) == subject, col(Timer.subject_id) == subject_id, col(Timer.status) == "set"
        )
        await self._session.execute(query)

    async def get(self, subject: str, subject_id: str, visit: int) -> Timer | None:
        """The timer of a subject's visit."""
        query = select(Timer).where(
            col(Timer.subject) == subject, col(Timer.subject_id) == subject_id, col(Timer.visit) == visit
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def remove_all(self, case_id: str) -> None:
        """Remove what is set for the case, or paused (index `timers_of_case`)."""
        query = delete(Timer).where(col(Timer.case_id) == case_id, col(Timer.status).in_(("set", "paused")))
        await self._session.execute(query)

    async def pause(self, case_id: str) -> None:
        """Timers of the case fire no more until they are resumed (index `timers_of_case`)."""
        query = update(Timer).where(col(Timer.case_id) == case_id, col(Timer.status) == "set")
        await self._session.execute(query.values(status="paused"))

    async def resume(self, case_id: str, *, later: timedelta) -> None:
        """Paused timers go on, due so much later; the sweep fires what is due."""
        query = update(Timer).where(col(Timer.case_id) == case_id, col(Timer.status) == "paused")
        await self._session.execute(query.values(status="set", due_at=col(Timer.due_at) + later))


MOST_DUE = 100
"""As many as one look finds."""
CREATE_DUE_TIMERS = """
CREATE OR REPLACE FUNCTION due_timers(now_ timestamptz) RETURNS TABLE (tenant text, id text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', (SELECT array_agg(o.id)::text FROM tenants o), true);
  RETURN QUERY SELECT t.tenant::text, t.id::text FROM timers t
    WHERE t.status = 'set' AND t.due_at <= now_ ORDER BY t.due_at LIMIT 100;
END $$;
"""
DUE_TIMERS = "SELECT tenant, id FROM due_timers(%s)"


class DueTimers:
    """Looks for timers whose instant has come, of all tenants, several times a second: one small statement."""

    def __init__(self, url: str, *, role: str | None) -> None:
        """Connects when first asked."""
        self._batched: Batched[datetime, list[tuple[str, str]]] = Batched(url, role=role, fetch=fetched)

    async def at(self, now: datetime) -> list[tuple[str, str]]:
        """(tenant, timer) of those due, the oldest first, `MOST_DUE` at most (index `timers_due`)."""
        return await self._batched.ask(now) or []

    async def close(self) -> None:
        """Close the connection."""
        await self._batched.close()


async def fetched(
    connection: AsyncConnection[DictRow], asked: Sequence[datetime]
) -> dict[datetime, list[tuple[str, str]]]:
    """What is due at each of the instants."""
    found = {}
    for now in asked:
        rows = await (await connection.execute(DUE_TIMERS, (now,), binary=True)).fetchall()
        found[now] = [(row["tenant"], row["id"]) for row in rows]
    return found

"""Calendars and service levels as they were set, and the clocks that are counted by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.deadline_tables import CalendarRow, ClockRow, ServiceLevelsRow
from graphs.store.ladder_timers import OFF_OF_CASE, OFF_OF_CLOCKS, ON_OF_CASE, ON_OF_CLOCKS
from graphs.store.rows import affected

CLOCK = "clock"
"""The subject of the timers of clocks."""
OPEN = ("running", "paused", "unknown")

IN_FORCE = text("SELECT DISTINCT ON (name) * FROM calendars WHERE tenant = :tenant ORDER BY name, version DESC")
TO_FOLLOW = text(
    """
    SELECT c.tenant, c.name, max(c.version) AS version FROM calendars c
    WHERE EXISTS (SELECT FROM calendars b WHERE b.tenant = c.tenant AND b.name = c.name AND NOT b.followed)
    GROUP BY c.tenant, c.name
    """
)
BREACH = text(
    """
    UPDATE deadline_clocks k SET breached_at = :now
    WHERE k.id = ANY (CAST(:ids AS text[])) AND k.breached_at IS NULL AND k.due_at <= :now
      AND (k.status = 'running' OR (k.status = 'stopped' AND k.stopped_at > k.due_at))
      AND NOT EXISTS (SELECT FROM tasks t WHERE t.id = k.task_id AND t.status = 'answered' AND t.decided_at <= k.due_at)
      AND NOT EXISTS (SELECT FROM cases c WHERE c.id = k.case_id AND c.ended_at <= k.due_at)
    RETURNING k.id, k.case_id, k.scope, k.name, k.task_id, k.due_at, k.level ->> 'name' AS level
    """
)
"""Once; an answer that was given in time counts although no worker has taken it yet."""
STOP_ENDED = text(
    """
    UPDATE deadline_clocks k SET status = 'stopped', stopped_at = c.ended_at, why = 'the case has ended'
    FROM cases c WHERE k.id = ANY (CAST(:ids AS text[])) AND c.id = k.case_id
      AND c.ended_at IS NOT NULL AND k.status <> 'stopped'
    """
)
"""A worker that had not heard of the first service levels yet has ended the case."""

STOP = text(
    """
    UPDATE deadline_clocks SET status = 'stopped', stopped_at = greatest(:at, started_at), why = :why,
      version = version + 1
    WHERE case_id = :case_id AND scope = ANY (:scopes) AND status IN ('running', 'paused', 'unknown')
    """
)
TIMERS = text(
    """
    WITH gone AS (DELETE FROM timers WHERE subject = 'clock' AND case_id = :case_id)
    INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
    SELECT k.id || '/' || (k.version + 1), k.tenant, k.case_id, 'clock', k.id, k.version + 1, k.due_at, 'set'
    FROM deadline_clocks k WHERE k.case_id = :case_id AND k.breached_at IS NULL AND k.due_at IS NOT NULL
      AND (k.status = 'running' OR (k.status = 'stopped' AND k.stopped_at > k.due_at))
    """
)
NUMBERED = text("UPDATE deadline_clocks SET version = version + 1 WHERE case_id = :case_id AND status <> 'stopped'")
"""A timer is numbered by its clock's version; both go on together."""

TASK_DUE = text(
    """
    WITH moved AS (
      UPDATE tasks t SET deadline_at = CAST(:due AS timestamptz),
        overdue = t.overdue AND CAST(:due AS timestamptz) <= :now
      WHERE t.id = :task AND t.status IN ('open', 'claimed') RETURNING t.id, t.tenant, t.case_id
    ), gone AS (DELETE FROM timers r WHERE r.subject = 'task' AND r.subject_id = :task)
    SELECT id, tenant, case_id FROM moved
    """
)
TASK_TIMER = text(
    """
    INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
    SELECT 'task/' || :clock || '/' || CAST(:version AS text), t.tenant, t.case_id, 'task', t.id, :version,
      t.deadline_at, 'set'
    FROM tasks t WHERE t.id = :task AND t.status IN ('open', 'claimed')
    """
)

HELD = text(
    """
    UPDATE cases SET epoch = epoch + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END
    WHERE id = :id AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING id
    """
)
"""Locks the case's row. A worker whose lease has run out is refused whatever it still writes."""

OWN = text(
    """
    WITH k AS MATERIALIZED (
      SELECT id FROM deadline_clocks WHERE id = ANY (:ids) FOR UPDATE SKIP LOCKED
    ), t AS MATERIALIZED (
      SELECT id FROM timers WHERE subject_id = ANY (:subjects) AND subject IN ('clock', 'ladder', 'task')
      FOR UPDATE SKIP LOCKED
    ), w AS MATERIALIZED (
      SELECT id FROM tasks WHERE id = ANY (:subjects) FOR UPDATE SKIP LOCKED
    )
    SELECT s.id FROM deadline_clocks s JOIN k ON k.id = s.id
    WHERE NOT EXISTS (
        SELECT FROM timers o WHERE o.subject_id IN (s.id, s.task_id) AND o.subject IN ('clock', 'ladder', 'task')
          AND o.id NOT IN (SELECT id FROM t))
      AND NOT EXISTS (SELECT FROM tasks o WHERE o.id = s.task_id AND o.id NOT IN (SELECT id FROM w))
    """
)
"""Those clocks of which nobody else has the row, a timer or the task. Whoever fires a timer has it first, whoever
answers a task has that first: who takes several of them never waits for one, and so is never part of a deadlock."""

BEHIND = """
k.tenant = :tenant AND k.calendar = :name AND k.calendar_version < :version AND k.status <> 'stopped'
"""
STALE = text("SELECT k.id, k.task_id FROM deadline_clocks k WHERE" + BEHIND + "ORDER BY k.id LIMIT :limit")
OF_CASE = text("SELECT id, task_id FROM deadline_clocks WHERE case_id = :id AND status <> 'stopped'")
ANY_BEHIND = text("SELECT EXISTS (SELECT FROM deadline_clocks k WHERE" + BEHIND + ")")
FOLLOW = text(
    """
    WITH moved AS (
      UPDATE deadline_clocks SET due_at = :due, status = :status, why = :why, calendar_version = :version,
        ladder = CAST(:ladder AS jsonb)
      WHERE id = :id RETURNING id, tenant, case_id, task_id, due_at, status, version, breached_at
    ), wound AS (
      INSERT INTO timers (id, tenant, case_id, subject, subject_id, visit, due_at, status)
      SELECT m.id || '/' || m.version, m.tenant, m.case_id, 'clock', m.id, m.version, m.due_at, 'set' FROM moved m
      WHERE m.status = 'running' AND m.breached_at IS NULL
        AND NOT EXISTS (SELECT FROM timers t WHERE t.subject = 'clock' AND t.subject_id = m.id)
    ), timer AS (
      UPDATE timers t SET due_at = m.due_at FROM moved m
      WHERE t.subject = 'clock' AND t.subject_id = m.id AND t.status = 'set' AND m.due_at IS NOT NULL
    ), unset AS (
      DELETE FROM timers t USING moved m WHERE t.subject = 'clock' AND t.subject_id = m.id AND m.due_at IS NULL
    ), task_timer AS (
      UPDATE timers t SET due_at = m.due_at FROM moved m
      WHERE t.subject = 'task' AND t.subject_id = m.task_id AND t.status = 'set' AND m.due_at IS NOT NULL
    )
    UPDATE tasks t SET deadline_at = m.due_at FROM moved m
    WHERE t.id = m.task_id AND t.status IN ('open', 'claimed') AND m.due_at IS NOT NULL
    """
)
"""The clock keeps its number: a worker that has its case may still write the next, and then the sweep follows again."""


async def calendars_to_follow(session: AsyncSession) -> Sequence[tuple[str, str, int]]:
    """(tenant, name, newest version) of calendars whose clocks are not all computed by it (`calendars_to_follow`)."""
    return [(row.tenant, row.name, row.version) for row in (await session.execute(TO_FOLLOW)).all()]


class DeadlineTexts:
    """Calendars and service levels of one tenant: only ever added to."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def calendar(self, name: str, version: int | None = None) -> CalendarRow | None:
        """The calendar as it counts, or as it was set with that version (primary key)."""
        query = select(CalendarRow).where(col(CalendarRow.tenant) == self._tenant, col(CalendarRow.name) == name)
        if version is not None:
            query = query.where(col(CalendarRow.version) == version)
        return (await self._session.execute(query.order_by(col(CalendarRow.version).desc()).limit(1))).scalar()

    async def calendars(self) -> Sequence[CalendarRow]:
        """Every calendar as it counts (primary key)."""
        query = select(CalendarRow).from_statement(IN_FORCE.bindparams(tenant=self._tenant))
        return (await self._session.execute(query)).scalars().all()

    async def levels(self, process: str) -> ServiceLevelsRow | None:
        """The service levels as they count (primary key)."""
        query = select(ServiceLevelsRow).where(
            col(ServiceLevelsRow.tenant) == self._tenant, col(ServiceLevelsRow.process) == process
        )
        return (await self._session.execute(query.order_by(col(ServiceLevelsRow.version).desc()).limit(1))).scalar()

    async def add(self, row: CalendarRow | ServiceLevelsRow) -> bool:
        """Set the text; False where another has its version: somebody was faster (primary key)."""
        table = type(row)
        added = insert(table).values(**row.model_dump()).on_conflict_do_nothing().returning(col(table.version))
        return (await self._session.execute(added)).scalar_one_or_none() is not None

    async def followed(self, name: str, version: int) -> bool:
        """Every clock is computed by that version, if so; says whether.

        The row is locked before it is looked: who writes by an older version meanwhile, says so afterwards (primary
        key, index `clocks_by_calendar`).
        """
        await self._follow(name, version, done=True)
        values = {"tenant": self._tenant, "name": name, "version": version}
        if (await self._session.execute(ANY_BEHIND, values)).scalar_one():
            await self._follow(name, version, done=False)
            return False
        return True

    async def _follow(self, name: str, version: int, *, done: bool) -> None:
        query = update(CalendarRow).where(
            col(CalendarRow.tenant) == self._tenant, col(CalendarRow.name) == name, col(CalendarRow.version) <= version
        )
        await self._session.execute(query.values(followed=done))


class Clocks:
    """The clocks of cases. Where a worker has the case, the writer writes them."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def open_of(self, case_id: str) -> Sequence[ClockRow]:
        """What is not stopped (index `clocks_of_case`)."""
        query = select(ClockRow).where(col(ClockRow.case_id) == case_id, col(ClockRow.status).in_(OPEN))
        return (await self._session.execute(query.order_by(col(ClockRow.started_at), col(ClockRow.id)))).scalars().all()

    async def of_case(self, case_id: str) -> Sequence[ClockRow]:
        """All of the case, in the order in which they started (index `clocks_of_case`)."""
        query = select(ClockRow).where(col(ClockRow.case_id) == case_id)
        return (await self._session.execute(query.order_by(col(ClockRow.started_at), col(ClockRow.id)))).scalars().all()

    async def of_task(self, task_id: str) -> Sequence[ClockRow]:
        """Those of the task (index `clocks_of_task`)."""
        query = select(ClockRow).where(col(ClockRow.task_id) == task_id).order_by(col(ClockRow.started_at))
        return (await self._session.execute(query)).scalars().all()

    async def get(self, clock_id: str) -> ClockRow | None:
        """The clock (primary key)."""
        return await self._session.get(ClockRow, clock_id, populate_existing=True)

    async def hold(self, case_id: str) -> bool:
        """Lock the case and its open clocks if neither a worker nor anybody else has them (index `clocks_of_case`).

        Says whether it did; if not, the transaction is to be given up.
        """
        if (await self._session.execute(HELD, {"id": case_id})).scalar_one_or_none() is None:
            return False
        wanted = (await self._session.execute(OF_CASE, {"id": case_id})).all()
        return len(await self._own(wanted)) == len(wanted)

    async def _own(self, wanted: Sequence[Any]) -> Sequence[str]:
        """The ids of those (id, task) that are locked now, with their timers and tasks (`timer_of_subject`)."""
        ids = [clock_id for clock_id, _ in wanted]
        subjects = [*ids, *(task_id for _, task_id in wanted if task_id is not None)]
        return (await self._session.execute(OWN, {"ids": ids, "subjects": subjects})).scalars().all()

    async def put(self, values: Mapping[str, Any]) -> None:
        """These columns of the clock, in the place of what it was (primary key). The timers are the caller's."""
        query = update(ClockRow).where(col(ClockRow.id) == values["id"]).values(**values)
        await self._session.execute(query.execution_options(synchronize_session=False))

    async def stop(self, case_id: str, *scopes: str, at: datetime, why: str) -> bool:
        """Stop the case's clocks of these scopes; says whether there were any (index `clocks_of_case`)."""
        values = {"case_id": case_id, "scopes": list(scopes), "at": at, "why": why}
        return affected(await self._session.execute(STOP, values)) > 0

    async def wind(self, case_id: str) -> None:
        """Set the timers of all clocks of the case anew (index `timers_of_case`)."""
        await self._session.execute(TIMERS, {"case_id": case_id})
        await self._session.execute(NUMBERED, {"case_id": case_id})
        await self._session.execute(OFF_OF_CASE, {"id": case_id})
        await self._session.execute(ON_OF_CASE, {"id": case_id})

    async def date_task(self, row: Mapping[str, Any], *, now: datetime, runs: bool) -> None:
        """An unanswered task is due with its clock; while that does not run, nothing fires (primary key)."""
        values = {"task": row["task_id"], "due": row["due_at"], "now": now}
        await self._session.execute(TASK_DUE, values)
        if runs:
            set_ = {"task": row["task_id"], "clock": row["id"], "version": row["version"]}
            await self._session.execute(TASK_TIMER, set_)

    async def breach(self, *clock_ids: str, now: datetime) -> Mapping[str, Mapping[str, Any]]:
        """Mark what is due and was not stopped in time, each once; those that it marked, by id (primary keys)."""
        values = {"ids": list(clock_ids)}
        found = (await self._session.execute(BREACH, {**values, "now": now})).mappings().all()
        await self._session.execute(STOP_ENDED, values)
        return {row["id"]: dict(row) for row in found}

    async def behind(self, tenant: str, calendar: str, version: int, *, limit: int) -> Sequence[ClockRow]:
        """Clocks computed by an older version of the calendar, locked; those that somebody has are left out.

        Index `clocks_by_calendar`.
        """
        values = {"tenant": tenant, "name": calendar, "version": version, "limit": limit}
        own = await self._own((await self._session.execute(STALE, values)).all())
        query = select(ClockRow).where(col(ClockRow.id).in_(own)).order_by(col(ClockRow.id))
        found = await self._session.execute(query.execution_options(populate_existing=True))
        return [row for row in found.scalars() if row.status != "stopped" and row.calendar_version < version]

    async def follow(self, values: Mapping[str, Any]) -> None:
        """The due instant by the newer calendar, for the clock, its timers and its task (primary key)."""
        await self._session.execute(FOLLOW, dict(values))
        await self.wind_ladders(values["id"])

    async def wind_ladders(self, *clock_ids: str) -> None:
        """Set the timers of the clocks' ladders anew (`timer_of_subject`)."""
        await self._session.execute(OFF_OF_CLOCKS, {"ids": list(clock_ids)})
        await self._session.execute(ON_OF_CLOCKS, {"ids": list(clock_ids)})

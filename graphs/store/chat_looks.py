"""What the chat looks up that no screen asks for: cases by what they wait for, tasks by many marks, counts, days.

Cases that are under way are read whole, by the partial indexes `cases_under_way` and `cases_at_rest`: what is over is
never read for it. Each of them is joined with what it waits for by index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.inbox import UNANSWERED, listing
from graphs.store.inbox_tabs import Viewer
from graphs.store.people_tables import Team
from graphs.store.tables import Task

COLUMNS = "c.id, c.process, c.version, c.title, c.status, c.stage, c.step, c.created_at, c.updated_at"
SEEN = f"""
WITH live AS (
  SELECT {COLUMNS} FROM cases c WHERE c.status IN ('running', 'compensating') AND c.tenant = :tenant
  UNION ALL
  SELECT {COLUMNS} FROM cases c WHERE c.status IN ('waiting', 'incident', 'suspended') AND c.tenant = :tenant
), seen AS (
  SELECT c.*, t.id AS task_id, t.title AS task_title, t.role, t.assignee_id, t.deadline_at, t.reasons, s.message,
    i.id AS incident_id, i.code, i.fingerprint, i.message AS failure,
    coalesce(i.failed_step, t.step, s.step, c.step) AS place,
    CASE WHEN c.status = 'suspended' THEN 'resumption' WHEN i.id IS NOT NULL AND c.status = 'incident' THEN 'incident'
      WHEN t.id IS NOT NULL THEN 'person' WHEN s.message IS NOT NULL THEN 'message'
      WHEN c.status = 'waiting' THEN 'timer' ELSE 'worker' END AS waits_for,
    CASE WHEN c.status = 'suspended' THEN c.updated_at WHEN c.status = 'incident' THEN coalesce(i.created_at,
      c.updated_at) ELSE coalesce(t.created_at, s.since, c.updated_at) END AS since
  FROM live c
  LEFT JOIN LATERAL (
    SELECT o.* FROM tasks o WHERE o.case_id = c.id AND o.status IN ('open', 'claimed')
    ORDER BY o.created_at, o.id LIMIT 1) t ON true
  LEFT JOIN LATERAL (
    SELECT o.message, o.step, o.since FROM subscriptions o WHERE o.case_id = c.id AND o.status = 'waiting'
    ORDER BY o.since LIMIT 1) s ON true
  LEFT JOIN LATERAL (
    SELECT o.id, o.code, o.fingerprint, o.message, o.failed_step, o.created_at FROM incidents o
    WHERE o.case_id = c.id AND o.status = 'open' ORDER BY o.created_at, o.id LIMIT 1) i ON true
)
"""
"""Constraints `task_of_visit`, `subscription_of_visit`; index `incidents_of_case`."""
SHOWN = """id, process, version, title, status, place, waits_for, since, task_id, task_title, role, assignee_id,
  deadline_at, message, incident_id, code, fingerprint, failure"""
CASES = text(
    SEEN
    + f"""
SELECT {SHOWN}, count(*) OVER () AS total FROM seen c
WHERE (CAST(:process AS text) IS NULL OR c.process = :process)
  AND (CAST(:status AS text) IS NULL OR c.status = :status)
  AND (CAST(:before AS timestamptz) IS NULL OR c.since <= :before)
  AND (CAST(:titled AS text) IS NULL OR position(lower(:titled) IN lower(c.title)) > 0)
  AND (NOT CAST(:about AS boolean) OR c.place = ANY (CAST(:steps AS text[])) OR c.step = ANY (CAST(:steps AS text[]))
    OR c.stage = ANY (CAST(:stages AS text[])) OR c.message = ANY (CAST(:messages AS text[]))
    OR EXISTS (SELECT FROM jsonb_array_elements(c.reasons) r
      WHERE r ->> 'exception' = ANY (CAST(:exceptions AS text[]))))
  AND (NOT CAST(:overdue AS boolean) OR c.deadline_at <= :now OR EXISTS (
    SELECT FROM deadline_clocks k WHERE k.case_id = c.id AND k.status IN ('running', 'paused')
      AND k.breached_at IS NOT NULL))
ORDER BY c.since, c.id LIMIT :limit
"""
)
"""Index `clocks_of_case`."""
COUNTS = text(
    SEEN
    + """
SELECT process, CASE WHEN :by = 'status' THEN status ELSE place END AS name, count(*) AS cases, min(since) AS since
FROM seen WHERE (CAST(:process AS text) IS NULL OR process = :process)
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
)
OVER = text(
    """
    SELECT c.id, c.process, c.version, c.title, c.status, c.step AS place, 'nothing' AS waits_for,
      coalesce(c.ended_at, c.updated_at) AS since, NULL AS task_id, NULL AS task_title, NULL AS role,
      NULL AS assignee_id, CAST(NULL AS timestamptz) AS deadline_at, NULL AS message, NULL AS incident_id, NULL AS code,
      NULL AS fingerprint, NULL AS failure, 0 AS total
    FROM cases c WHERE c.tenant = :tenant AND c.status = :status
      AND (CAST(:process AS text) IS NULL OR c.process = :process)
      AND (CAST(:titled AS text) IS NULL OR position(lower(:titled) IN lower(c.title)) > 0)
      AND c.created_at > :after
    ORDER BY c.created_at DESC, c.id LIMIT :limit
    """
)
"""Index `cases_by_age`, from the newest backwards."""
ONE = text(SEEN + f"SELECT {SHOWN}, 1 AS total FROM seen WHERE id = :id")
DAYS = text(
    """
    SELECT (c.created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS began,
      count(*) FILTER (WHERE c.status = 'done') AS done, count(*) FILTER (WHERE c.status = 'rejected') AS rejected,
      count(*) FILTER (WHERE c.status = 'cancelled') AS cancelled, count(*) FILTER (WHERE c.ended_at IS NULL) AS live
    FROM cases c WHERE c.tenant = :tenant AND c.created_at >= :since
      AND (CAST(:process AS text) IS NULL OR c.process = :process)
    GROUP BY 1 ORDER BY 1
    """
)
"""Index `cases_by_age`: the cases of these days."""
LOADS = text(
    """
    SELECT assignee_id, count(*) AS tasks, count(*) FILTER (WHERE deadline_at <= :now) AS overdue,
      min(deadline_at) AS next_at
    FROM tasks WHERE tenant = :tenant AND status IN ('open', 'claimed') GROUP BY 1 ORDER BY 2 DESC, 1
    """
)
"""Index `inbox_of_person`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCase:
    """A case with what it waits for, since when, and who has it. `total` is how many were found with it."""

    id: str
    process: str
    version: int
    title: str
    status: str
    place: str
    waits_for: str
    since: datetime
    task_id: str | None
    task_title: str | None
    role: str | None
    assignee_id: str | None
    deadline_at: datetime | None
    message: str | None
    incident_id: str | None
    code: str | None
    fingerprint: str | None
    failure: str | None
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The names by which cases are picked: one of them is enough."""

    steps: Sequence[str] = ()
    stages: Sequence[str] = ()
    messages: Sequence[str] = ()
    exceptions: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLook:
    """Which cases under way: since `before` at the latest, with `titled` in the title, about any of `about`."""

    process: str | None = None
    status: str | None = None
    before: datetime | None = None
    titled: str | None = None
    about: About | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLook:
    """Which unanswered tasks."""

    viewer: Viewer
    whose: str | None = None
    assignee_id: str | None = None
    team: str | None = None
    role: str | None = None
    about: About | None = None
    due_before: datetime | None = None
    asked_before: datetime | None = None
    overdue_at: datetime | None = None


class ChatLooks:
    """Reads for one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def cases(self, look: CaseLook, *, now: datetime, limit: int) -> list[SeenCase]:
        """Cases under way, those that have waited longest first."""
        about = look.about or About()
        values = {
            "tenant": self._tenant,
            "process": look.process,
            "status": look.status,
            "before": look.before,
            "titled": look.titled,
            "about": look.about is not None,
            "steps": list(about.steps),
            "stages": list(about.stages),
            "messages": list(about.messages),
            "exceptions": list(about.exceptions),
            "overdue": look.overdue,
            "now": now,
            "limit": limit,
        }
        return [SeenCase(**row) for row in (await self._session.execute(CASES, values)).mappings()]

    async def over(
        self, status: str, *, process: str | None, titled: str | None, after: datetime, limit: int
    ) -> list[SeenCase]:
        """Cases that ended so, of those that began after an instant, the newest first."""
        values: dict[str, Any] = {"process": process, "titled": titled, "after": after, "limit": limit}
        found = await self._session.execute(OVER, {"tenant": self._tenant, "status": status, **values})
        return [SeenCase(**row) for row in found.mappings()]

    async def case(self, case_id: str) -> SeenCase | None:
        """The case, if it is under way."""
        found = await self._session.execute(ONE, {"tenant": self._tenant, "id": case_id})
        row = found.mappings().one_or_none()
        return SeenCase(**row) if row is not None else None

    async def counts(self, by: str, process: str | None) -> list[dict[str, Any]]:
        """Cases under way by process and step, or status: `name`, `cases`, `since`."""
        found = await self._session.execute(COUNTS, {"tenant": self._tenant, "by": by, "process": process})
        return [dict(row) for row in found.mappings()]

    async def days(self, since: datetime, process: str | None) -> list[dict[str, Any]]:
        """The cases that began since then by day (UTC), with what has become of them."""
        found = await self._session.execute(DAYS, {"tenant": self._tenant, "since": since, "process": process})
        return [dict(row) for row in found.mappings()]

    async def loads(self, now: datetime) -> list[dict[str, Any]]:
        """How many unanswered tasks each person has, and nobody."""
        found = await self._session.execute(LOADS, {"tenant": self._tenant, "now": now})
        return [dict(row) for row in found.mappings()]

    async def is_team(self, name: str) -> bool:
        """Whether there is such a team (constraint `team_by_name`)."""
        query = select(col(Team.id)).where(col(Team.tenant) == self._tenant, col(Team.name) == name)
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def tasks(self, look: TaskLook, *, limit: int) -> Sequence[Task]:
        """Unanswered tasks by deadline (indexes `inbox`, `inbox_of_person`)."""
        query = listing(self._tenant, status=UNANSWERED, assignee_id=look.assignee_id)
        query = query.where(*_whose(look)).limit(limit)
        if look.about is not None:
            names = func.jsonb_path_query_array(col(Task.reasons), "$[*].exception")
            named = names.op("?|")(cast(list(look.about.exceptions), ARRAY(TEXT)))
            query = query.where(col(Task.step).in_(look.about.steps) | named)
        bounds: Sequence[tuple[Any, datetime | None]] = (
            (col(Task.deadline_at), look.due_before),
            (col(Task.deadline_at), look.overdue_at),
            (col(Task.created_at), look.asked_before),
        )
        query = query.where(*(column <= bound for column, bound in bounds if bound is not None))
        return (await self._session.execute(query)).scalars().all()


def _whose(look: TaskLook) -> Iterator[ColumnElement[bool]]:
    """For whom the tasks are: by viewer, team and role."""
    viewer = look.viewer
    if look.whose == "mine":
        yield col(Task.assignee_id) == viewer.user_id
    elif look.whose == "others":
        yield col(Task.assignee_id).is_not(None)
        yield col(Task.assignee_id) != viewer.user_id
    elif look.whose == "unassigned":
        yield col(Task.assignee_id).is_(None)
    if look.whose in ("others", "unassigned") and viewer.roles is not None:
        yield col(Task.role).in_(viewer.roles)
    if look.team is not None:
        yield col(Task.team) == look.team
    if look.role is not None:
        yield col(Task.role) == look.role

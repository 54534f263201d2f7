"""Tasks as they are looked up for an answer: with the limit of who answers, many in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from sqlalchemy import DateTime, inspect

from graphs.store.arrays import TextArray
from graphs.store.batched import Batched
from graphs.store.rows import made
from graphs.store.tables import Task
from graphs.store.tenants import tenant_array

CREATE_ASKED_TASKS = """
CREATE OR REPLACE FUNCTION asked_tasks(tenants_ text, ids text[], users text[], subject_ text, ons date[])
RETURNS TABLE (tenant text, id text, user_id text, day date, task jsonb, limit_minor bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants_, true);
  RETURN QUERY
  SELECT t.tenant::text, t.id::text, r.user_id, r.day, to_jsonb(t),
    CASE WHEN t.currency IS NOT NULL THEN greatest((
      SELECT max(l.max_minor) FROM authority_limits l
      WHERE l.tenant = t.tenant AND l.user_id = r.user_id AND l.subject = coalesce(t.matter, subject_)
        AND l.currency = t.currency AND (l.entity = 'any' OR l.entity = t.entity)
        AND l.effective_from <= r.day AND (l.effective_to IS NULL OR l.effective_to >= r.day)
    ), (
      SELECT max(a.limit_minor) FROM user_roles u
        JOIN authority_rows a ON a.tenant = u.tenant AND a.role = u.role AND a.matter = coalesce(t.matter, subject_)
      WHERE u.tenant = t.tenant AND u.user_id = r.user_id
        AND a.currency = t.currency AND (a.entity = 'any' OR a.entity = t.entity)
        AND a.effective_from <= r.day AND (a.effective_to IS NULL OR a.effective_to >= r.day))) END
  FROM unnest(ids, users, ons) AS r(id, user_id, day) JOIN tasks t ON t.id = r.id;
END $$;
"""
ASKED_TASKS = "SELECT * FROM asked_tasks(%s, %s, %s, %s, %s)"
APPROVAL = "approval"
"""The matter of tasks that name none."""

INSTANTS = tuple(column.name for column in inspect(Task).columns if isinstance(column.type, DateTime))

Question = tuple[str, str, str, date]
"""(tenant, task, user, day)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTask:
    """A task, and how much the user may approve that day, in minor units.

    None where no amount is at stake, and where no row of the user or of their roles gives a limit.
    """

    task: Task
    limit_minor: int | None


class AskedTasks:
    """Looks tasks up; what is asked at a moment goes out together."""

    def __init__(self, url: str, *, role: str | None) -> None:
        """Connects when first asked."""
        self._batched: Batched[Question, AskedTask] = Batched(url, role=role, fetch=fetched)

    async def get(self, tenant: str, task_id: str, *, user_id: str, on: date) -> AskedTask | None:
        """The task as `user_id` would answer it; None if the tenant has none of that id."""
        return await self._batched.ask((tenant, task_id, user_id, on))

    async def close(self) -> None:
        """Close the connection."""
        await self._batched.close()


def task_of(columns: Mapping[str, Any]) -> Task:
    """The task of a row that came as JSON."""
    instants = {name: datetime.fromisoformat(columns[name]) for name in INSTANTS if columns[name] is not None}
    return made(Task, **{**columns, **instants})


async def fetched(connection: AsyncConnection[DictRow], asked: Sequence[Question]) -> dict[Question, AskedTask]:
    """The tasks (primary key; indexes `authority_of_user`, `authority_of_role`)."""
    tenants = tenant_array(sorted({tenant for tenant, _, _, _ in asked}))
    tasks, users = TextArray(q[1] for q in asked), TextArray(q[2] for q in asked)
    arguments = (tenants, tasks, users, APPROVAL, [q[3] for q in asked])
    rows = await (await connection.execute(ASKED_TASKS, arguments, binary=True)).fetchall()
    return {
        (row["tenant"], row["id"], row["user_id"], row["day"]): AskedTask(
            task=task_of(row["task"]), limit_minor=row["limit_minor"]
        )
        for row in rows
    }

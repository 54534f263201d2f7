"""What is kept of finished cases: policies, candidates, and what a compacted case still holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.retention_tables import ANY, RetentionPolicy
from graphs.store.rows import affected
from graphs.store.tables import Case, Effect, Task

TO_COMPACT, TO_ERASE = "c.compacted_at IS NULL", "c.erased_at IS NULL"

DUE = """
FROM cases c
WHERE c.tenant = :tenant AND c.ended_at IS NOT NULL AND {state} AND c.ended_at < :before
  AND c.process = :process AND c.status = :status AND NOT case_on_hold(c.id, c.tenant)
"""
CANDIDATES = "SELECT c.id" + DUE + "ORDER BY c.ended_at, c.id LIMIT :limit FOR UPDATE OF c SKIP LOCKED"
"""Index `cases_to_compact` or `cases_to_erase`. What somebody else has locked waits for the next run: no deadlock."""

COMPACT = text(
    """
    WITH rows AS (
      SELECT r.id, r.tasks::jsonb AS tasks, r.effects::jsonb AS effects, r.without_input
      FROM unnest(CAST(:ids AS text[]), CAST(:tasks AS text[]), CAST(:effects AS text[]),
        CAST(:without_input AS boolean[])) AS r(id, tasks, effects, without_input)
    ), compacted AS (
      UPDATE cases c SET compacted_at = :now, input = CASE WHEN r.without_input THEN '{}' ELSE c.input END
      FROM rows r WHERE c.id = r.id AND c.compacted_at IS NULL RETURNING c.id, c.tenant, r.tasks, r.effects
    ), tasks_gone AS (DELETE FROM tasks t USING compacted c WHERE t.case_id = c.id),
    effects_gone AS (DELETE FROM effects e USING compacted c WHERE e.case_id = c.id),
    timers_gone AS (DELETE FROM timers t USING compacted c WHERE t.case_id = c.id),
    checkpoints_gone AS (DELETE FROM checkpoints k USING compacted c WHERE k.thread = c.id)
    INSERT INTO compacted_cases (case_id, tenant, tasks, effects) SELECT id, tenant, tasks, effects FROM compacted
    """
)

JOBS_GONE = text(
    """
    DELETE FROM procrastinate_jobs j
    WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND jsonb_typeof(j.args -> 'cases') = 'array'
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(j.args -> 'cases') pair
        WHERE pair ->> 0 <> :tenant OR NOT pair ->> 1 = ANY (:ids))
    """
)
"""Ended jobs of these cases alone; their events go with them. Successful ones are deleted by the worker itself."""

ROWS = text(
    """
    SELECT c.id, (
      SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.deadline_at, t.id), '[]') FROM tasks t WHERE t.case_id = c.id
    ) AS tasks, (
      SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.planned_at), '[]') FROM effects e WHERE e.case_id = c.id
    ) AS effects FROM cases c WHERE c.id = ANY (:ids)
    """
)

COMPACTED = """
SELECT k.case_id, k.tenant, k.tasks, k.effects, c.compacted_at FROM compacted_cases k JOIN cases c ON c.id = k.case_id
"""
COMPACTED_CASE = text(COMPACTED + "WHERE k.case_id = :id")
COMPACTED_TASK = text(COMPACTED + "WHERE jsonb_path_query_array(k.tasks, '$[*].id') @> CAST(:task AS jsonb)")
"""Index `compacted_tasks`."""

TASK_BLANKS: Mapping[str, Any] = {
    "title": "",
    "question": "",
    "reasons": [],
    "evidence": {},
    "form": {},
    "excluded": [],
}
EFFECT_BLANKS: Mapping[str, Any] = {"arguments": {}}
"""What a column is where the trail holds its value, or where the value was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactedCase:
    """What is left of a compacted case's rows: those columns that the trail does not hold."""

    case_id: str
    at: datetime
    tasks: tuple[Task, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slim:
    """A case's rows as they are to be kept."""

    case_id: str
    tasks: Sequence[Mapping[str, Any]]
    effects: Sequence[Mapping[str, Any]]
    without_input: bool


class Retained:
    """Finished cases, the policies they are kept by, and compacted rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def policies(self) -> Sequence[RetentionPolicy]:
        """All policies of the tenant."""
        query = select(RetentionPolicy).order_by(col(RetentionPolicy.process), col(RetentionPolicy.status))
        return (await self._session.execute(query)).scalars().all()

    async def set_policy(self, policy: RetentionPolicy) -> None:
        """Set the policy of a process and status, in place of what was set before."""
        values = policy.model_dump()
        changed = {name: values[name] for name in ("compact_after", "erase_after", "set_by", "since")}
        query = insert(RetentionPolicy).values(**values)
        await self._session.execute(query.on_conflict_do_update(constraint="retention_policies_pkey", set_=changed))

    async def kinds(self) -> list[tuple[str, str]]:
        """(process, status) of finished cases."""
        query = select(col(Case.process), col(Case.status)).where(col(Case.ended_at).is_not(None)).distinct()
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def candidates(
        self, tenant: str, *, state: str, kind: tuple[str, str], before: datetime, limit: int
    ) -> list[str]:
        """Finished cases of a kind that ended before an instant, locked; none under hold, none locked by others."""
        values = {"tenant": tenant, "process": kind[0], "status": kind[1], "before": before, "limit": limit}
        return list((await self._session.execute(text(CANDIDATES.format(state=state)), values)).scalars())

    async def due(self, tenant: str, *, state: str, kind: tuple[str, str], before: datetime) -> int:
        """How many candidates there are."""
        values = {"tenant": tenant, "process": kind[0], "status": kind[1], "before": before}
        counted = await self._session.execute(text("SELECT count(*)" + DUE.format(state=state)), values)
        return int(counted.scalar_one())

    async def rows(self, case_ids: Sequence[str]) -> dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
        """Tasks and effects of each case as JSON (constraint `task_of_visit`, index `effects_of_case`)."""
        found = await self._session.execute(ROWS, {"ids": list(case_ids)})
        return {row.id: (row.tasks, row.effects) for row in found}

    async def compact(self, tenant: str, slim: Sequence[Slim], *, now: datetime) -> int:
        """Put the slim rows in the place of the rows; returns how many cases were compacted."""
        done = await self._session.execute(
            COMPACT,
            {
                "ids": [case.case_id for case in slim],
                "tasks": [json.dumps(case.tasks) for case in slim],
                "effects": [json.dumps(case.effects) for case in slim],
                "without_input": [case.without_input for case in slim],
                "now": now,
            },
        )
        await self.drop_jobs(tenant, [case.case_id for case in slim])
        return affected(done)

    async def drop_jobs(self, tenant: str, case_ids: Sequence[str]) -> int:
        """Delete the queue's ended jobs of these cases."""
        return affected(await self._session.execute(JOBS_GONE, {"tenant": tenant, "ids": list(case_ids)}))

    async def compacted(self, case_id: str) -> CompactedCase | None:
        """What is left of the case's rows, None while they are whole."""
        return self._compacted((await self._session.execute(COMPACTED_CASE, {"id": case_id})).first())

    async def compacted_by_task(self, task_id: str) -> CompactedCase | None:
        """What is left of the case that had the task."""
        sought = json.dumps([task_id])
        return self._compacted((await self._session.execute(COMPACTED_TASK, {"task": sought})).first())

    def _compacted(self, row: Any) -> CompactedCase | None:
        if row is None:
            return None
        owner = {"tenant": row.tenant, "case_id": row.case_id}
        return CompactedCase(
            case_id=row.case_id,
            at=row.compacted_at,
            tasks=tuple(Task.model_validate({**TASK_BLANKS, **owner, **task}) for task in row.tasks),
            effects=tuple(Effect.model_validate({**EFFECT_BLANKS, **owner, **e}) for e in row.effects),
        )


def policy_for(policies: Sequence[RetentionPolicy], process: str, status: str) -> RetentionPolicy | None:
    """The policy that names most of a case's kind: the process before the status."""
    found = [policy for policy in policies if policy.process in (process, ANY) and policy.status in (status, ANY)]
    return max(found, key=lambda policy: (policy.process != ANY, policy.status != ANY), default=None)


def ages(policy: RetentionPolicy | None) -> tuple[timedelta | None, timedelta | None]:
    """When to compact and when to erase; None is never."""
    return (policy.compact_after, policy.erase_after) if policy else (None, None)

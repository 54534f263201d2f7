"""What cases wait for, since when, who has it, and when they are due: read for a page of cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

WAITS = text(
    """
    SELECT t.case_id, 'task' AS kind, t.step, t.created_at AS since, t.id AS ref, t.assignee_id AS who,
      t.role AS what, t.title AS told, t.deadline_at AS until, 2 AS rank
    FROM tasks t WHERE t.case_id = ANY (:cases) AND t.status IN ('open', 'claimed')
    UNION ALL
    SELECT s.case_id, 'message', s.step, s.since, s.id, NULL, s.message, s.correlation_key,
      (SELECT min(r.due_at) FROM timers r WHERE r.case_id = s.case_id AND r.subject = 'wait'
        AND r.status IN ('set', 'paused')), 3
    FROM subscriptions s WHERE s.case_id = ANY (:cases) AND s.status = 'waiting'
    UNION ALL
    SELECT r.case_id,
      CASE WHEN r.subject = 'step' THEN 'timer' WHEN g.breaker <> 'closed' THEN 'retry' ELSE r.subject END,
      CASE r.subject WHEN 'step' THEN split_part(r.subject_id, '/', 2) END, NULL, r.id, NULL,
      CASE r.subject WHEN 'turn' THEN left(r.subject_id, -length(r.case_id) - 1)
        WHEN 'switch' THEN split_part(r.subject_id, '/', 2) ELSE r.subject END,
      '', r.due_at, 4
    FROM timers r
    LEFT JOIN targets g ON r.subject = 'turn' AND g.tenant = r.tenant AND r.subject_id = g.target || '/' || r.case_id
    WHERE r.case_id = ANY (:cases) AND r.subject IN ('step', 'retry', 'turn', 'switch')
      AND r.status IN ('set', 'paused')
    UNION ALL
    SELECT i.case_id, 'incident', coalesce(i.failed_step, i.step), i.created_at, i.id, NULL, i.code, i.message, NULL, 1
    FROM incidents i WHERE i.case_id = ANY (:cases) AND i.status = 'open'
    ORDER BY 10, 4, 5
    """
)
"""Constraints `task_of_visit`, `subscription_of_visit`, indexes `timers_of_case`, `incidents_of_case`."""
DUE = text(
    """
    SELECT k.case_id, min(k.due_at) AS due_at,
      bool_or(k.at_risk_since IS NOT NULL OR k.breached_at IS NOT NULL) AS at_risk
    FROM deadline_clocks k WHERE k.case_id = ANY (:cases) AND k.status = 'running' GROUP BY k.case_id
    """
)
"""Index `clocks_of_case`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One thing that a case waits for.

    `kind`: `incident`, `task`, `message`, `timer`, `retry` (a target that is down), `turn` (a target that is busy) or
    `switch` (somebody's stop). `ref` is its id, `who` has it, `what` is the role, the message, the target, what was
    stopped or the code, `told` says it in words, `until` is when it is due or comes by itself.
    """

    kind: str
    step: str | None
    since: datetime | None
    ref: str
    who: str | None
    what: str
    told: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """Where a case stands: what it waits for, the most pressing first; when it is due next; whether that is at risk."""

    waits: tuple[Wait, ...] = ()
    due_at: datetime | None = None
    at_risk: bool = False

    @property
    def step(self) -> str | None:
        """The step it stands at, where that is known without its journal."""
        return next((wait.step for wait in self.waits if wait.step), None)


class CaseStandings:
    """Reads where cases stand."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def of(self, case_ids: Sequence[str]) -> dict[str, CaseStanding]:
        """Each case's standing, in two statements however many they are."""
        cases = {"cases": list(case_ids)}
        waits: dict[str, list[Wait]] = {case_id: [] for case_id in case_ids}
        for row in (await self._session.execute(WAITS, cases)).mappings():
            named = {name: value for name, value in row.items() if name not in ("case_id", "rank")}
            waits[row["case_id"]].append(Wait(**named))
        clocks = {row.case_id: row for row in await self._session.execute(DUE, cases)}
        return {case_id: _standing(found, clocks.get(case_id)) for case_id, found in waits.items()}


def _standing(waits: Sequence[Wait], clock: Row[Any] | None) -> CaseStanding:
    due: list[datetime] = [wait.until for wait in waits if wait.kind == "task" and wait.until is not None]
    if clock is not None and clock.due_at is not None:
        due.append(clock.due_at)
    at_risk = clock is not None and bool(clock.at_risk)
    return CaseStanding(waits=tuple(waits), due_at=min(due, default=None), at_risk=at_risk)

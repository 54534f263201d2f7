"""Chosen performers, and how the targets and people behind performers stand: to be read, the writer writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.performer_tables import PerformerChoice

LEARNED_OF = 50
"""Durations are learned of the last so many."""

STANDINGS = text("""
SELECT 'held' AS what, s.target AS name, count(*) AS number, NULL::timestamptz AS at, NULL::interval AS took
  FROM target_slots s WHERE s.tenant = :tenant AND s.target = ANY (:targets) AND s.held_until > :now
    AND s.case_id IS DISTINCT FROM :case_id
  GROUP BY s.target
UNION ALL
SELECT 'free', t.target, 0, t.next_free_at, NULL
  FROM targets t WHERE t.tenant = :tenant AND t.target = ANY (:targets) AND t.next_free_at > :now
UNION ALL
SELECT 'breaker', t.target, t.failures, t.retry_at, NULL
  FROM targets t WHERE t.tenant = :tenant AND t.target = ANY (:targets) AND t.breaker <> 'closed'
UNION ALL
SELECT 'waiting', p.target, count(*), NULL, NULL
  FROM performer_choices p JOIN cases c ON c.id = p.case_id
  WHERE p.tenant = :tenant AND p.target = ANY (:targets) AND p.ended_at IS NULL
    AND c.status = 'running' AND c.step = p.step AND p.case_id <> :case_id
  GROUP BY p.target
UNION ALL
SELECT 'took', w.work, count(*), NULL, percentile_disc(0.5) WITHIN GROUP (ORDER BY r.took)
  FROM unnest(CAST(:works AS text[])) AS w(work) CROSS JOIN LATERAL (
    SELECT q.took FROM performer_choices q WHERE q.tenant = :tenant AND q.work = w.work AND q.took IS NOT NULL
    ORDER BY q.ended_at DESC LIMIT :learned_of) r
  GROUP BY w.work
UNION ALL
SELECT 'tasks', k.role, count(*), NULL, NULL
  FROM tasks k WHERE k.tenant = :tenant AND k.role = ANY (:roles) AND k.status IN ('open', 'claimed')
  GROUP BY k.role
""")
"""Primary keys of the targets, `performers_busy`, `performers_took`, and the index of open tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One thing noted of a target, a kind of work or a role: what it is, its number, its instant, its duration."""

    what: str
    name: str
    number: int
    at: datetime | None
    took: timedelta | None


class Performers:
    """The rows of chosen performers."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def noted(
        self,
        tenant: str,
        *,
        targets: Sequence[str],
        works: Sequence[str],
        roles: Sequence[str],
        case_id: str,
        now: datetime,
    ) -> list[Noted]:
        """How these stand, in one read; what the case itself holds or waits for is left out."""
        values: dict[str, Any] = {
            "tenant": tenant,
            "targets": list(targets),
            "works": list(works),
            "roles": list(roles),
            "case_id": case_id,
            "now": now,
            "learned_of": LEARNED_OF,
        }
        rows = (await self._session.execute(STANDINGS, values)).all()
        return [Noted(what=row.what, name=row.name, number=row.number, at=row.at, took=row.took) for row in rows]

    async def of_case(self, case_id: str) -> Sequence[PerformerChoice]:
        """The choices of a case in order (primary key)."""
        query = select(PerformerChoice).where(col(PerformerChoice.case_id) == case_id)
        ordered = query.order_by(col(PerformerChoice.chosen_at), col(PerformerChoice.visit))
        return (await self._session.execute(ordered)).scalars().all()

"""Recorded verdicts: what was judged in the past, as the audit trail holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

JUDGED = ("action.judged", "decision.judged", "read.done")
"""Entries that hold verdicts: one, or one for each call of a read step."""

PAGE = text("""
SELECT e.seq, e.at, e.kind, e.case_id, e.step, c.process, c.version, c.created_at,
  CASE WHEN e.kind = 'read.done' THEN jsonb_path_query_array(v.content, 'lax $.calls[*].verdict')
    ELSE jsonb_build_array(v.content -> 'verdict') END AS verdicts,
  coalesce(nullif(v.content -> 'verdict', 'null'), nullif(v.content -> 'calls', 'null')) IS NULL AS erased
FROM audit_entries e
JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
LEFT JOIN cases c ON c.id = e.case_id
WHERE e.tenant = :tenant AND e.seq > :after AND e.kind = ANY (:kinds)
  AND NOT coalesce(jsonb_exists(c.summary, 'analysis_of'), false)
  AND (CAST(:since AS timestamptz) IS NULL OR e.at >= :since)
  AND (CAST(:cases AS text[]) IS NULL OR e.case_id = ANY (CAST(:cases AS text[])))
ORDER BY e.seq LIMIT :limit
""")
"""A page of the trail (primary key of `audit_entries`). Copies for analysis do nothing, so they count for nothing."""

NEWEST = text("SELECT at FROM audit_entries WHERE tenant = :tenant AND kind = ANY (:kinds) ORDER BY seq DESC LIMIT 1")
END = text("SELECT coalesce(max(seq), 0) FROM audit_entries WHERE tenant = :tenant")

WAITS = text("""
SELECT step, count(*) AS tasks, percentile_cont(0.5) WITHIN GROUP (ORDER BY decided_at - created_at) AS median
FROM tasks WHERE tenant = :tenant AND status = 'answered' AND decided_at IS NOT NULL GROUP BY step
""")
"""All answered tasks of the tenant that are not compacted: a scan, once a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEntry:
    """An entry of the trail with the verdicts it holds. `erased` where their values are gone.

    Process, version and `started_at` are the case's; None where it is not there.
    """

    seq: int
    at: datetime
    case_id: str
    step: str
    process: str | None
    version: int | None
    started_at: datetime | None
    verdicts: Sequence[Mapping[str, Any]]
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWait:
    """How long the answered tasks of a step waited."""

    tasks: int
    median: timedelta


class VerdictLog:
    """Reads recorded verdicts."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def page(
        self,
        tenant: str,
        *,
        after: int,
        limit: int,
        since: datetime | None = None,
        cases: Sequence[str] | None = None,
    ) -> list[JudgedEntry]:
        """The next entries behind number `after`, in order."""
        values = {
            "tenant": tenant,
            "after": after,
            "limit": limit,
            "since": since,
            "cases": list(cases) if cases is not None else None,
            "kinds": list(JUDGED),
        }
        return [
            JudgedEntry(
                seq=row.seq,
                at=row.at,
                case_id=row.case_id or "",
                step=row.step or "",
                process=row.process,
                version=row.version,
                started_at=row.created_at,
                verdicts=[verdict for verdict in row.verdicts if verdict is not None],
                erased=row.erased,
            )
            for row in (await self._session.execute(PAGE, values)).all()
        ]

    async def newest_at(self, tenant: str) -> datetime | None:
        """When the newest verdict was recorded."""
        found: datetime | None = (
            await self._session.execute(NEWEST, {"tenant": tenant, "kinds": list(JUDGED)})
        ).scalar_one_or_none()
        return found

    async def end(self, tenant: str) -> int:
        """The number of the trail's last entry."""
        return int((await self._session.execute(END, {"tenant": tenant})).scalar_one())

    async def waits(self, tenant: str) -> dict[str, PastWait]:
        """How long people's answers have taken, by review step."""
        rows = (await self._session.execute(WAITS, {"tenant": tenant})).all()
        return {row.step: PastWait(tasks=row.tasks, median=row.median) for row in rows}

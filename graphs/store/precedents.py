"""Precedents: a projection of the trail's answers, each with the facts of the verdict that asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.recall_tables import Precedent
from graphs.store.trail_positions import TrailPositions

POSITION = "precedents"
BATCH = 20_000
"""Entries of the trail that are looked at in one transaction; few of them are answers."""
MOST = 2_000
"""Precedents of one step that are compared, the newest."""

VERDICT = """
SELECT w.content -> 'verdict' AS verdict, j.step FROM audit_entries j
JOIN audit_values w ON w.tenant = j.tenant AND w.seq = j.seq
WHERE j.case_id = {case} AND j.kind IN ('action.judged', 'decision.judged')
  AND w.content ->> 'digest' = {digest} {before}
ORDER BY j.seq DESC LIMIT 1
"""
"""The verdict that a question shows, by the digest that binds its answer (index `audit_of_case`)."""
PROJECT = text(
    # Columns are named here, and every value is a parameter.
    f"""
INSERT INTO precedents (tenant, seq, task_id, case_id, process, step, judged, point, verdict, pack, digest, exceptions,
  fired, facts, decision, corrected, reason, decided_by, at)
SELECT a.tenant, a.seq, a.answer ->> 'task', a.case_id, a.process, a.step, q.step, q.verdict ->> 'point',
  q.verdict ->> 'kind', q.verdict ->> 'pack', q.verdict ->> 'pack_digest',
  jsonb_path_query_array(q.verdict, 'lax $.findings[*] ? (@.severity != "warn" && @.exception != null).exception'),
  jsonb_path_query_array(q.verdict, 'lax $.findings[*] ? (@.severity != "warn").rule')
    || jsonb_path_query_array(q.verdict, 'lax $.indeterminate[*].rule'),
  q.verdict -> 'facts', a.answer ->> 'decision', coalesce(a.answer -> 'set', '{{}}'),
  coalesce(a.answer ->> 'reason', ''), a.actor, a.at
FROM (
  SELECT e.tenant, e.seq, e.case_id, coalesce(e.step, '') AS step, e.actor, e.at, c.process,
    v.content -> 'answer' AS answer
  FROM audit_entries e
  JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
  JOIN cases c ON c.id = e.case_id
  WHERE e.tenant = :tenant AND e.seq > :after AND e.seq <= :until AND e.kind = 'answer.applied'
    AND NOT jsonb_exists(c.summary, 'analysis_of')
) AS a
JOIN LATERAL ({VERDICT.format(case="a.case_id", digest="a.answer ->> 'digest'", before="AND j.seq < a.seq")}) AS q
  ON jsonb_typeof(q.verdict) = 'object'
WHERE jsonb_typeof(a.answer) = 'object' AND a.answer ->> 'decision' IS NOT NULL
ON CONFLICT DO NOTHING
"""  # noqa: S608
)
ASKED = VERDICT.format(case=":case", digest=":digest", before="")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVerdict:
    """The verdict that a question shows, and the step that was judged."""

    judged: str
    verdict: Mapping[str, Any]


class Precedents:
    """Projects the trail's answers, and reads them."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant
        self._positions = TrailPositions(session, tenant)

    async def catch_up(self, *, batch: int = BATCH) -> bool:
        """Project the next entries of the trail; says whether there are more."""
        after, head = await self._positions.locked(POSITION)
        until = min(head, after + batch)
        if until > after:
            await self._session.execute(PROJECT, {"tenant": self._tenant, "after": after, "until": until})
            await self._positions.move(POSITION, until)
        return until < head

    async def of_step(self, process: str, step: str, *, limit: int = MOST) -> Sequence[Precedent]:
        """What was decided at a step, the newest first (index `precedents_of_step`)."""
        query = select(Precedent).where(
            col(Precedent.tenant) == self._tenant, col(Precedent.process) == process, col(Precedent.step) == step
        )
        return (await self._session.execute(query.order_by(col(Precedent.seq).desc()).limit(limit))).scalars().all()

    async def of_pack(self, pack: str, *, limit: int) -> Sequence[Precedent]:
        """What was decided about a pack's verdicts, the newest first (primary key)."""
        query = select(Precedent).where(col(Precedent.tenant) == self._tenant, col(Precedent.pack) == pack)
        return (await self._session.execute(query.order_by(col(Precedent.seq).desc()).limit(limit))).scalars().all()

    async def asked(self, case_id: str, digest: str, *, lock: bool = False) -> AskedVerdict | None:
        """The verdict with that digest in a case, locked against an erasure; None where it is not there, or erased."""
        statement = text(f"{ASKED} FOR SHARE OF w" if lock else ASKED)
        row = (await self._session.execute(statement, {"case": case_id, "digest": digest})).first()
        if row is None or row.verdict is None:
            return None
        return AskedVerdict(judged=row.step, verdict=row.verdict)

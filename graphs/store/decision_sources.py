"""What each recorded decision was made with: a projection of the trail, brought up to date before it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.store.trail_positions import TrailPositions

POSITION = "decision_sources"
BATCH = 5_000
"""Entries of the trail that are read in one transaction."""

PROJECT = text("""
WITH page AS MATERIALIZED (
  SELECT e.tenant, e.seq, e.case_id, coalesce(e.step, '') AS step, e.visit, e.at,
    v.content -> 'verdict' AS verdict, v.content -> 'calls' AS calls,
    v.content -> 'decision' AS decision, v.content -> 'connector' AS connector
  FROM audit_entries e
  JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
  JOIN cases c ON c.id = e.case_id
  WHERE e.tenant = :tenant AND e.seq > :after AND e.seq <= :until
    AND jsonb_exists_any(v.content, ARRAY['verdict', 'calls', 'decision', 'connector'])
    AND NOT jsonb_exists(c.summary, 'analysis_of')
), calls AS (
  SELECT p.seq, call -> 'verdict' AS verdict, call -> 'connector' AS connector FROM page p,
    jsonb_array_elements(CASE WHEN jsonb_typeof(p.calls) = 'array' THEN p.calls ELSE '[]' END) AS call
), verdicts AS (
  SELECT seq, verdict FROM page WHERE jsonb_typeof(verdict) = 'object'
  UNION ALL SELECT seq, verdict FROM calls WHERE jsonb_typeof(verdict) = 'object'
), answered AS (
  SELECT seq, decision FROM page WHERE decision ->> 'status' = 'answered'
), sources AS (
  SELECT seq, 'pack' AS kind, verdict ->> 'pack' AS name, verdict ->> 'pack_version' AS version,
    verdict ->> 'pack_digest' AS digest FROM verdicts
  UNION ALL
  SELECT seq, 'rule', (verdict ->> 'pack') || '/' || (found ->> 'rule'), verdict ->> 'pack_version',
    verdict ->> 'pack_digest'
  FROM verdicts, jsonb_array_elements((verdict -> 'findings') || (verdict -> 'indeterminate')) AS found
  UNION ALL
  SELECT seq, 'model', decision ->> 'model', '', '' FROM answered
  UNION ALL
  SELECT seq, 'prompt', split_part(decision ->> 'prompt', '@', 1), split_part(decision ->> 'prompt', '@', 2),
    coalesce(decision ->> 'prompt_digest', '') FROM answered
  UNION ALL
  SELECT seq, 'connector', connector ->> 'name', connector ->> 'build', coalesce(connector ->> 'kind', '')
  FROM (SELECT seq, connector FROM page UNION ALL SELECT seq, connector FROM calls) AS made
)
INSERT INTO decision_sources (tenant, seq, kind, name, version, digest, case_id, step, visit, at)
SELECT p.tenant, p.seq, s.kind, s.name, coalesce(s.version, ''), coalesce(s.digest, ''), p.case_id, p.step, p.visit,
  p.at
FROM sources s JOIN page p ON p.seq = s.seq WHERE coalesce(s.name, '') <> ''
ON CONFLICT DO NOTHING
""")
"""A batch of the trail (primary key of `audit_entries`). Whatever entry holds a verdict, a decision or a call counts,
of whatever kind it is; an agent that did not answer decided nothing, and copies for analysis do nothing."""

OUTCOME = """
CASE WHEN jsonb_typeof(v.content -> 'decision') <> 'null'
    THEN coalesce(v.content #>> '{decision,choice}', v.content #>> '{decision,status}', '')
  WHEN jsonb_typeof(v.content -> 'verdict') <> 'null' THEN v.content #>> '{verdict,kind}'
  WHEN jsonb_typeof(v.content -> 'calls') <> 'null' THEN 'read'
  WHEN jsonb_typeof(v.content -> 'connector') <> 'null' THEN e.kind
  ELSE 'erased' END
"""
MADE_WITH = """
  d.tenant = :tenant AND d.kind = :kind AND d.name = :name AND d.seq > :after AND d.seq <= :until
  AND (:version = '' OR d.version = :version OR (length(:version) >= 8 AND starts_with(d.digest, :version)))
  AND (CAST(:since AS timestamptz) IS NULL OR d.at >= :since)
  AND (CAST(:before AS timestamptz) IS NULL OR d.at < :before)
"""
"""Index `decisions_made_with`."""
TOUCHED = text(
    # Columns are named here, and every value is a parameter.
    f"""
SELECT d.seq, d.case_id, d.step, d.visit, d.at, e.kind, c.process, c.status, {OUTCOME} AS outcome
FROM (SELECT DISTINCT d.seq, d.tenant, d.case_id, d.step, d.visit, d.at FROM decision_sources d
  WHERE {MADE_WITH} ORDER BY d.seq LIMIT :limit) AS d
JOIN audit_entries e ON e.tenant = d.tenant AND e.seq = d.seq
JOIN audit_values v ON v.tenant = d.tenant AND v.seq = d.seq
JOIN cases c ON c.id = d.case_id ORDER BY d.seq
"""  # noqa: S608
)
COUNTED = text(
    "SELECT count(DISTINCT d.seq) AS decisions, count(DISTINCT d.case_id) AS cases FROM decision_sources d "  # noqa: S608 - as above
    f"WHERE {MADE_WITH}"
)
TAKEN = text(
    f"""
INSERT INTO recall_decisions (recall_id, seq, tenant, case_id, step, visit, at, status, outcome, again, hold)
SELECT DISTINCT ON (d.seq) :recall, d.seq, d.tenant, d.case_id, d.step, d.visit, d.at, 'open', {OUTCOME}, '', ''
FROM decision_sources d
JOIN audit_entries e ON e.tenant = d.tenant AND e.seq = d.seq
JOIN audit_values v ON v.tenant = d.tenant AND v.seq = d.seq
WHERE {MADE_WITH} ORDER BY d.seq ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above
)
VERSIONS = text("""
SELECT d.version, d.digest, count(DISTINCT d.seq) AS decisions FROM decision_sources d
WHERE d.tenant = :tenant AND d.kind = :kind AND d.name = :name GROUP BY d.version, d.digest ORDER BY d.version, d.digest
""")
END = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """What decisions are looked for by: a kind (`model`, `prompt`, `rule`, `pack`, `connector`), its name and version.

    `version` is a version or the beginning of a digest (eight characters or more); empty is every version.
    """

    kind: str
    name: str
    version: str = ""
    since: datetime | None = None
    before: datetime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of `MADE_WITH`, but for the place in the trail."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "since": self.since,
            "before": self.before,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedDecision:
    """A decision that was made with what is looked for: its entry of the trail, its case, and what it was.

    `outcome` is a verdict, an agent's choice (its status where there is none), `read`, or `erased`.
    """

    seq: int
    case_id: str
    process: str
    case_status: str
    step: str
    visit: int | None
    at: datetime
    kind: str
    outcome: str


class DecisionSources:
    """Projects the trail and finds decisions by what they were made with."""

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

    async def touched(self, sought: MadeWith, *, after: int = 0, limit: int) -> list[TouchedDecision]:
        """Decisions behind entry `after`, in order."""
        rows = await self._execute(TOUCHED, **sought.parameters, after=after, until=END, limit=limit)
        return [
            TouchedDecision(
                seq=row.seq,
                case_id=row.case_id,
                process=row.process,
                case_status=row.status,
                step=row.step,
                visit=row.visit,
                at=row.at,
                kind=row.kind,
                outcome=row.outcome,
            )
            for row in rows
        ]

    async def counted(self, sought: MadeWith) -> tuple[int, int]:
        """How many decisions, of how many cases."""
        [row] = await self._execute(COUNTED, **sought.parameters, after=0, until=END)
        return row.decisions, row.cases

    async def versions(self, kind: str, name: str) -> Sequence[tuple[str, str, int]]:
        """(version, digest, decisions) of everything called so: what could be meant where nothing is found."""
        return [(row.version, row.digest, row.decisions) for row in await self._execute(VERSIONS, kind=kind, name=name)]

    async def take(self, recall_id: str, sought: MadeWith, *, after: int) -> int:
        """Put the decisions behind `after` into the recall; the entry up to which they are in."""
        until, _ = await self._positions.locked(POSITION)
        taken = {**sought.parameters, "tenant": self._tenant, "recall": recall_id, "after": after, "until": until}
        await self._session.execute(TAKEN, taken)
        return until

    async def _execute(self, statement: TextClause, **values: Any) -> Sequence[Any]:
        return (await self._session.execute(statement, {"tenant": self._tenant, **values})).all()

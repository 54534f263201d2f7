"""Recalls: their rows, and the decisions that are looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.cases import ENDED
from graphs.store.recall_tables import Recall, RecalledDecision

TO_JUDGE = text("""
SELECT DISTINCT case_id FROM recall_decisions WHERE recall_id = :recall AND status = 'open'
ORDER BY case_id LIMIT :limit
""")
"""Index `recalled_to_judge`."""
TO_FREEZE = text("""
SELECT DISTINCT d.case_id FROM recall_decisions d JOIN cases c ON c.id = d.case_id
WHERE d.recall_id = :recall AND d.hold = '' AND c.status <> ALL (:ended) ORDER BY d.case_id LIMIT :limit
""")
ENTRIES = text("""
SELECT d.seq, e.kind, e.at, c.process, c.version, c.created_at AS started_at,
  coalesce(d.visit, 0) AS visit, d.step, d.outcome,
  v.content -> 'verdict' AS verdict, v.content -> 'calls' AS calls, v.content -> 'decision' AS decision,
  coalesce(nullif(v.content -> 'verdict', 'null'), nullif(v.content -> 'calls', 'null'),
    nullif(v.content -> 'decision', 'null')) IS NULL AS erased
FROM recall_decisions d
JOIN audit_entries e ON e.tenant = d.tenant AND e.seq = d.seq
JOIN audit_values v ON v.tenant = d.tenant AND v.seq = d.seq
JOIN cases c ON c.id = d.case_id
WHERE d.recall_id = :recall AND d.case_id = :case AND d.status = 'open' ORDER BY d.seq FOR UPDATE OF d
""")
SUMS = text("""
SELECT d.status, i.status = 'closed' AS settled, count(*) AS decisions, count(DISTINCT d.case_id) AS cases
FROM recall_decisions d LEFT JOIN incidents i ON i.id = d.incident_id
WHERE d.recall_id = :recall GROUP BY 1, 2
""")
HOLDS = text("""
SELECT hold, count(DISTINCT case_id) AS cases FROM recall_decisions
WHERE recall_id = :recall AND hold <> '' GROUP BY hold
""")
PAGE = text("""
SELECT d.*, c.process, c.status AS case_status, i.status AS incident_status
FROM recall_decisions d JOIN cases c ON c.id = d.case_id LEFT JOIN incidents i ON i.id = d.incident_id
WHERE d.recall_id = :recall AND d.seq > :after ORDER BY d.seq LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledEntry:
    """What was recorded of a recalled decision; `erased` where its values are gone."""

    seq: int
    kind: str
    at: datetime
    process: str
    version: int
    started_at: datetime
    step: str
    visit: int
    outcome: str
    verdict: Mapping[str, Any] | None
    calls: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any] | None
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSums:
    """How far a recall is: decisions by what became of them, and cases by what freezing did to them."""

    decisions: Mapping[str, int]
    holds: Mapping[str, int]

    @property
    def done(self) -> bool:
        """Whether every decision was confirmed, or its incident is closed."""
        return not any(self.decisions.get(status) for status in ("open", "changed", "unknown"))


def recalled_entry(row: Mapping[str, Any]) -> RecalledEntry:
    """A row of `ENTRIES`."""
    return RecalledEntry(
        seq=row["seq"],
        kind=row["kind"],
        at=row["at"],
        process=row["process"],
        version=row["version"],
        started_at=row["started_at"],
        step=row["step"],
        visit=row["visit"],
        outcome=row["outcome"],
        verdict=row["verdict"],
        calls=row["calls"] or (),
        decision=row["decision"],
        erased=row["erased"],
    )


class Recalls:
    """The rows of recalls."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def add(self, recall: Recall) -> None:
        """Open the recall."""
        self._session.add(recall)
        await self._session.flush()

    async def get(self, recall_id: str, *, lock: bool = False) -> Recall:
        """The recall, locked until the transaction ends if asked. Raises `NotFound`."""
        query = select(Recall).where(col(Recall.id) == recall_id).execution_options(populate_existing=True)
        found = (await self._session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no recall {recall_id}")
        return found

    async def listed(self, tenant: str, *, limit: int) -> Sequence[Recall]:
        """Recalls, newest first (index `recalls_by_age`)."""
        query = select(Recall).where(col(Recall.tenant) == tenant).order_by(col(Recall.ordered_at).desc()).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def change(self, recall_id: str, **values: Any) -> None:
        """Change the recall, which the caller has locked."""
        await self._session.execute(update(Recall).where(col(Recall.id) == recall_id).values(**values))

    async def to_judge(self, recall_id: str, *, limit: int) -> list[str]:
        """Cases with decisions that nobody has judged again."""
        found = await self._session.execute(TO_JUDGE, {"recall": recall_id, "limit": limit})
        return list(found.scalars())

    async def to_freeze(self, recall_id: str, *, limit: int) -> list[str]:
        """Cases that have not ended and that freezing has not come to."""
        values = {"recall": recall_id, "limit": limit, "ended": list(ENDED)}
        return list((await self._session.execute(TO_FREEZE, values)).scalars())

    async def entries(self, recall_id: str, case_id: str) -> list[RecalledEntry]:
        """What was recorded of the case's open decisions, in order; their rows stay locked."""
        rows = (await self._session.execute(ENTRIES, {"recall": recall_id, "case": case_id})).mappings()
        return [recalled_entry(dict(row)) for row in rows]

    async def settle(self, recall_id: str, seq: int, **values: Any) -> None:
        """Say what became of a decision (primary key)."""
        query = update(RecalledDecision).where(
            col(RecalledDecision.recall_id) == recall_id, col(RecalledDecision.seq) == seq
        )
        await self._session.execute(query.values(**values))

    async def hold(self, recall_id: str, case_id: str, what: str) -> None:
        """Say what freezing has done to a case (index `recalled_of_case`)."""
        query = update(RecalledDecision).where(
            col(RecalledDecision.recall_id) == recall_id, col(RecalledDecision.case_id) == case_id
        )
        await self._session.execute(query.values(hold=what))

    async def held(self, recall_id: str, what: str) -> list[str]:
        """The cases to which freezing has done that."""
        query = select(col(RecalledDecision.case_id)).distinct()
        query = query.where(col(RecalledDecision.recall_id) == recall_id, col(RecalledDecision.hold) == what)
        return sorted((await self._session.execute(query)).scalars())

    async def sums(self, recall_id: str) -> RecallSums:
        """How far the recall is; what its incident has closed counts as closed."""
        decisions: dict[str, int] = {}
        for row in (await self._session.execute(SUMS, {"recall": recall_id})).all():
            status = "closed" if row.settled else row.status
            decisions[status] = decisions.get(status, 0) + row.decisions
        holds = (await self._session.execute(HOLDS, {"recall": recall_id})).all()
        return RecallSums(decisions=decisions, holds={row.hold: row.cases for row in holds})

    async def page(self, recall_id: str, *, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
        """Decisions behind entry `after`, in order (primary key)."""
        values = {"recall": recall_id, "after": after, "limit": limit}
        return [dict(row) for row in (await self._session.execute(PAGE, values)).mappings()]

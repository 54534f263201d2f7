"""Reviewed decisions and counts of all decisions, as they are read off the trail; each entry counts once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.agents.gate import Identity
from graphs.store.calibration_tables import AgentOutcomeRow, AgentReadingRow, AgentTallyRow

TAKE = text("SELECT seq FROM agent_readings WHERE tenant = :tenant FOR UPDATE SKIP LOCKED")
"""Two readers of one tenant would count twice: the second leaves it to the first."""

BEHIND = text("""
SELECT t.tenant FROM unnest(CAST(:tenants AS text[])) AS t(tenant) LEFT JOIN agent_readings r ON r.tenant = t.tenant
WHERE EXISTS (SELECT FROM audit_entries e WHERE e.tenant = t.tenant AND e.seq > coalesce(r.seq, 0)
  AND e.kind IN ('agent.decided', 'answer.applied'))
""")
"""Tenants whose trail has something new: one look, which writes nothing (index `decisions_of_trail`)."""

PAGE = text("""
SELECT e.seq, e.at, e.kind, e.case_id, e.step, v.content -> 'decision' AS decision,
  v.content -> 'outcome' AS outcome, coalesce(jsonb_exists(c.summary, 'analysis_of'), false) AS analysis
FROM audit_entries e
JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq
LEFT JOIN cases c ON c.id = e.case_id
WHERE e.tenant = :tenant AND e.seq > :after AND e.kind IN ('agent.decided', 'answer.applied')
ORDER BY e.seq LIMIT :limit
""")
"""The next entries that may hold a decision or its review (index `decisions_of_trail`)."""

COUNT = text("""
INSERT INTO agent_tallies (tenant, decision_class, class_version, model, prompt_digest, calibration_id, day, raw_bps,
  decided, automatic, blind)
VALUES (:tenant, :decision_class, :class_version, :model, :prompt_digest, :calibration_id, :day, :raw_bps,
  :decided, :automatic, :blind)
ON CONFLICT (tenant, decision_class, class_version, model, prompt_digest, calibration_id, day, raw_bps) DO UPDATE
SET decided = agent_tallies.decided + excluded.decided, automatic = agent_tallies.automatic + excluded.automatic,
  blind = agent_tallies.blind + excluded.blind
""")

IDENTITIES = text("""
SELECT DISTINCT decision_class, class_version, model, prompt_digest FROM agent_outcomes WHERE tenant = :tenant
""")
"""Everything that was ever reviewed: a scan of the tenant's outcomes (index `outcomes_of_identity`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry:
    """An entry of the trail with what an agent decided, or with what a person made of it; None where erased."""

    seq: int
    at: datetime
    kind: str
    case_id: str | None
    step: str | None
    decision: Any
    outcome: Any
    analysis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many decisions of an identity on a day, at one raw confidence, judged by one calibration or by none."""

    identity: Identity
    calibration_id: str
    day: date
    raw_bps: int
    decided: int
    automatic: int
    blind: int


async def behind(session: AsyncSession, tenants: Sequence[str]) -> list[str]:
    """The tenants whose trail has entries that were not read yet."""
    return [row.tenant for row in (await session.execute(BEHIND, {"tenants": list(tenants)})).all()]


class Outcomes:
    """The reviewed decisions of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def take_reading(self) -> int | None:
        """How far the trail has been read; the place is locked. None while another transaction reads (primary key)."""
        first = insert(AgentReadingRow).values(tenant=self._tenant, seq=0).on_conflict_do_nothing()
        taken = await self._session.execute(TAKE, {"tenant": self._tenant})
        found: int | None = taken.scalar_one_or_none()
        if found is None and await self._session.get(AgentReadingRow, self._tenant) is None:
            await self._session.execute(first)
            found = (await self._session.execute(TAKE, {"tenant": self._tenant})).scalar_one_or_none()
        return found

    async def read_upto(self, seq: int) -> None:
        """Remember that the trail was read up to this entry (primary key)."""
        statement = insert(AgentReadingRow).values(tenant=self._tenant, seq=seq)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["tenant"], set_={"seq": seq}))

    async def reading(self) -> int:
        """How far the trail has been read (primary key)."""
        row = await self._session.get(AgentReadingRow, self._tenant, populate_existing=True)
        return row.seq if row else 0

    async def page(self, *, after: int, limit: int) -> list[DecisionEntry]:
        """The next entries behind number `after`, in order."""
        values = {"tenant": self._tenant, "after": after, "limit": limit}
        return [
            DecisionEntry(
                seq=row.seq,
                at=row.at,
                kind=row.kind,
                case_id=row.case_id,
                step=row.step,
                decision=row.decision,
                outcome=row.outcome,
                analysis=row.analysis,
            )
            for row in (await self._session.execute(PAGE, values)).all()
        ]

    async def keep(self, rows: Sequence[AgentOutcomeRow]) -> None:
        """Add what is not there yet (primary key)."""
        if rows:
            statement = insert(AgentOutcomeRow).values([row.model_dump() for row in rows])
            await self._session.execute(statement.on_conflict_do_nothing())

    async def count(self, tallies: Iterable[Tally]) -> None:
        """Add to the counts (primary key). The tenant's reading is locked, so nobody else does."""
        values = [
            {
                "tenant": self._tenant,
                "decision_class": one.identity.decision_class,
                "class_version": one.identity.class_version,
                "model": one.identity.model,
                "prompt_digest": one.identity.prompt_digest,
                "calibration_id": one.calibration_id,
                "day": one.day,
                "raw_bps": one.raw_bps,
                "decided": one.decided,
                "automatic": one.automatic,
                "blind": one.blind,
            }
            for one in tallies
        ]
        if values:
            await self._session.execute(COUNT, values)

    async def of(self, identity: Identity, *, after: int = 0) -> Sequence[AgentOutcomeRow]:
        """The identity's outcomes behind entry `after`, in order (index `outcomes_of_identity`)."""
        query = (
            select(AgentOutcomeRow)
            .where(
                col(AgentOutcomeRow.tenant) == self._tenant,
                col(AgentOutcomeRow.decision_class) == identity.decision_class,
                col(AgentOutcomeRow.class_version) == identity.class_version,
                col(AgentOutcomeRow.model) == identity.model,
                col(AgentOutcomeRow.prompt_digest) == identity.prompt_digest,
                col(AgentOutcomeRow.seq) > after,
            )
            .order_by(col(AgentOutcomeRow.seq))
        )
        return (await self._session.execute(query)).scalars().all()

    async def identities(self) -> list[Identity]:
        """Every identity that has outcomes."""
        rows = (await self._session.execute(IDENTITIES, {"tenant": self._tenant})).all()
        return [
            Identity(
                decision_class=row.decision_class,
                class_version=row.class_version,
                model=row.model,
                prompt_digest=row.prompt_digest,
            )
            for row in rows
        ]

    async def tallies(
        self, identity: Identity, *, calibration_id: str | None = None, since: date | None = None
    ) -> Sequence[AgentTallyRow]:
        """The counts of an identity's decisions; only of one calibration's, or only from a day on (primary key)."""
        query = (
            select(AgentTallyRow)
            .where(
                col(AgentTallyRow.tenant) == self._tenant,
                col(AgentTallyRow.decision_class) == identity.decision_class,
                col(AgentTallyRow.class_version) == identity.class_version,
                col(AgentTallyRow.model) == identity.model,
                col(AgentTallyRow.prompt_digest) == identity.prompt_digest,
            )
            .order_by(col(AgentTallyRow.day), col(AgentTallyRow.raw_bps))
            .execution_options(populate_existing=True)
        )
        if since is not None:
            query = query.where(col(AgentTallyRow.day) >= since)
        if calibration_id is not None:
            query = query.where(col(AgentTallyRow.calibration_id) == calibration_id)
        return (await self._session.execute(query)).scalars().all()

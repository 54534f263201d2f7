"""Rule packs: their texts, and which of them is active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from graphs.errors import NotFound
from graphs.store.pack_tables import OPEN, PackActivation, PackLimits, PackProposal, PackReplay, StoredPack

IN_FORCE = text("""
SELECT a.tenant, a.pack, a.number, a.digest, a.parameters, a.from_at, a.cases_since FROM pack_activations a
WHERE a.tenant = ANY (:tenants) AND a.number >= coalesce((
  SELECT max(b.number) FROM pack_activations b WHERE b.tenant = a.tenant AND b.pack = a.pack
    AND b.cases_since IS NULL AND b.from_at < clock_timestamp() - interval '1 hour'), 0)
ORDER BY a.tenant, a.pack, a.number DESC
""")
"""Activations that may cover a case (primary key). The hour is there for workers whose clock is behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What was activated: from an instant on, and for cases that started since a day, or for all."""

    number: int
    digest: str
    parameters: Mapping[str, Any]
    from_at: datetime
    cases_since: date | None

    def covers(self, started_at: datetime, *, now: datetime) -> bool:
        """Whether it is in force now for a case that started then."""
        return self.from_at <= now and (self.cases_since is None or started_at.date() >= self.cases_since)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSummary:
    """A stored pack without its text."""

    digest: str
    pack: str
    version: str
    note: str
    stored_by: str
    stored_at: datetime


class Packs:
    """The rows of rule packs."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def keep(self, row: StoredPack) -> bool:
        """Store the text unless it is there; says whether it was new."""
        query = insert(StoredPack).values(**row.model_dump()).on_conflict_do_nothing()
        added = await self._session.execute(query.returning(col(StoredPack.digest)))
        return added.scalar_one_or_none() is not None

    async def get(self, digest: str) -> StoredPack:
        """The pack with this digest, as a verdict names it (primary key). Raises `NotFound`."""
        query = select(StoredPack).where(col(StoredPack.digest) == digest)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no rule pack with the digest {digest}")
        return found

    async def listed(self, tenant: str, *, pack: str | None = None) -> list[PackSummary]:
        """Stored packs without their texts, newest first (index `packs_by_name`)."""
        names = PackSummary.__slots__
        query = select(*(col(getattr(StoredPack, name)) for name in names)).where(col(StoredPack.tenant) == tenant)
        if pack is not None:
            query = query.where(col(StoredPack.pack) == pack)
        rows = (await self._session.execute(query.order_by(col(StoredPack.stored_at).desc()))).all()
        return [PackSummary(**dict(zip(names, row, strict=True))) for row in rows]

    async def in_force(self, tenants: Sequence[str]) -> dict[tuple[str, str], tuple[Activation, ...]]:
        """What may be active, newest first, by tenant and pack."""
        found: dict[tuple[str, str], tuple[Activation, ...]] = {}
        for row in (await self._session.execute(IN_FORCE, {"tenants": list(tenants)})).all():
            activation = Activation(
                number=row.number,
                digest=row.digest,
                parameters=row.parameters,
                from_at=row.from_at,
                cases_since=row.cases_since,
            )
            found[row.tenant, row.pack] = (*found.get((row.tenant, row.pack), ()), activation)
        return found

    async def activate(self, row: PackActivation) -> bool:
        """Append the activation; False when another has its number: somebody was faster (primary key)."""
        query = insert(PackActivation).values(**row.model_dump())
        query = query.on_conflict_do_nothing(index_elements=["tenant", "pack", "number"])
        added = await self._session.execute(query.returning(col(PackActivation.number)))
        return added.scalar_one_or_none() is not None

    async def newest(self, tenant: str, pack: str) -> PackActivation | None:
        """The activation with the highest number (primary key)."""
        query = select(PackActivation).where(col(PackActivation.tenant) == tenant, col(PackActivation.pack) == pack)
        query = query.order_by(col(PackActivation.number).desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def history(self, tenant: str, pack: str | None = None) -> Sequence[PackActivation]:
        """Every activation, newest first within each pack (primary key)."""
        query = select(PackActivation).where(col(PackActivation.tenant) == tenant)
        if pack is not None:
            query = query.where(col(PackActivation.pack) == pack)
        query = query.order_by(col(PackActivation.pack), col(PackActivation.number).desc())
        return (await self._session.execute(query)).scalars().all()

    async def add(self, row: SQLModel) -> None:
        """Insert a proposal or a replay."""
        await self._session.execute(insert(type(row)).values(**row.model_dump()))

    async def proposal(self, proposal_id: str, *, lock: bool = False) -> PackProposal:
        """The proposal, locked until the transaction ends if asked. Raises `NotFound`."""
        query = select(PackProposal).where(col(PackProposal.id) == proposal_id)
        query = query.execution_options(populate_existing=True)
        row = (await self._session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
        if row is None:
            raise NotFound(f"there is no proposal {proposal_id}")
        return row

    async def close(self, proposal_id: str, status: str, *, by: str, at: datetime) -> PackProposal:
        """End an open proposal, which the caller has locked; the row as it is then."""
        query = update(PackProposal).where(col(PackProposal.id) == proposal_id, col(PackProposal.status) == OPEN)
        await self._session.execute(query.values(status=status, decided_by=by, decided_at=at))
        return await self.proposal(proposal_id)

    async def proposals(self, tenant: str, *, open_only: bool = False, digest: str = "") -> Sequence[PackProposal]:
        """Proposals, newest first; of packs whose digest begins so (index `proposals_by_pack`, few rows)."""
        query = select(PackProposal).where(col(PackProposal.tenant) == tenant)
        query = query.where(func.starts_with(col(PackProposal.digest), digest))
        if open_only:
            query = query.where(col(PackProposal.status) == OPEN)
        return (await self._session.execute(query.order_by(col(PackProposal.proposed_at).desc()))).scalars().all()

    async def replay_of(self, proposal_id: str) -> PackReplay | None:
        """The newest replay of a proposal (index `replays_of_proposal`)."""
        query = select(PackReplay).where(col(PackReplay.proposal_id) == proposal_id)
        query = query.order_by(col(PackReplay.made_at).desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def limits(self, tenant: str, pack: str) -> PackLimits | None:
        """The pack's limits, if its owner has set any (primary key)."""
        query = select(PackLimits).where(col(PackLimits.tenant) == tenant, col(PackLimits.pack) == pack)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def all_limits(self, tenant: str) -> Sequence[PackLimits]:
        """The limits of all packs (primary key)."""
        query = select(PackLimits).where(col(PackLimits.tenant) == tenant).order_by(col(PackLimits.pack))
        return (await self._session.execute(query)).scalars().all()

    async def set_limits(self, limits: PackLimits) -> None:
        """Set the limits, in place of those that were set before."""
        values = limits.model_dump()
        changed = {name: value for name, value in values.items() if name not in ("tenant", "pack")}
        query = insert(PackLimits).values(**values)
        await self._session.execute(query.on_conflict_do_update(index_elements=["tenant", "pack"], set_=changed))

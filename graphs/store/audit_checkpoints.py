"""The rows of the trail's checkpoints, and the hashes of entries that they are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.audit_tables import AuditCheckpoint, AuditEntry, AuditHead

PAGE = 5_000
LISTED = 200
"""How many of the newest checkpoints a dossier proves one by one; of those before, the last of each day."""

STANDS = text(
    """
    SELECT h.tenant, h.seq, c.size, c.at FROM audit_heads h LEFT JOIN LATERAL (
      SELECT size, at FROM audit_checkpoints k WHERE k.tenant = h.tenant ORDER BY size DESC LIMIT 1) c ON true
    ORDER BY h.tenant
    """
)
"""Primary key of `audit_checkpoints`, from its end."""
TAKE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('interlock.checkpoint.' || :tenant, 0))")
CHOSEN = text(
    """
    SELECT size, note FROM audit_checkpoints c WHERE c.tenant = :tenant AND size <= :upto AND (
      size = ANY (:known)
      OR size = (SELECT min(size) FROM audit_checkpoints WHERE tenant = :tenant)
      OR size IN (SELECT size FROM audit_checkpoints WHERE tenant = :tenant AND size <= :upto
        ORDER BY size DESC LIMIT :listed)
      OR size IN (SELECT max(size) FROM audit_checkpoints WHERE tenant = :tenant AND size <= :upto
        GROUP BY (at AT TIME ZONE 'UTC')::date))
    ORDER BY size
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How far a tenant's trail goes, and how far its newest checkpoint, if there is one."""

    tenant: str
    entries: int
    covered: int
    at: datetime | None


class AuditCheckpoints:
    """Adds and reads checkpoints."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def stands(self) -> list[Stand]:
        """Of every tenant in sight that has entries."""
        rows = (await self._session.execute(STANDS)).all()
        return [Stand(tenant=row.tenant, entries=row.seq, covered=row.size or 0, at=row.at) for row in rows]

    async def take(self, tenant: str) -> bool:
        """Whether this transaction alone may make the tenant's next checkpoint; appending entries goes on."""
        return bool((await self._session.execute(TAKE, {"tenant": tenant})).scalar_one())

    async def entries(self, tenant: str) -> int:
        """How many entries the trail has. They are committed in order, so all of them can be read from now on."""
        query = select(col(AuditHead.seq)).where(col(AuditHead.tenant) == tenant)
        return (await self._session.execute(query)).scalar_one_or_none() or 0

    async def newest(self, tenant: str) -> AuditCheckpoint | None:
        """The newest checkpoint (primary key, from its end)."""
        query = (
            select(AuditCheckpoint)
            .where(col(AuditCheckpoint.tenant) == tenant)
            .order_by(col(AuditCheckpoint.size).desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def behind(self, tenant: str, size: int, *, limit: int = LISTED) -> Sequence[AuditCheckpoint]:
        """Those larger than `size`, the smallest first (primary key)."""
        query = (
            select(AuditCheckpoint)
            .where(col(AuditCheckpoint.tenant) == tenant, col(AuditCheckpoint.size) > size)
            .order_by(col(AuditCheckpoint.size))
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    async def note(self, tenant: str, size: int) -> str | None:
        """The note of the checkpoint of that size (primary key)."""
        query = select(col(AuditCheckpoint.note)).where(
            col(AuditCheckpoint.tenant) == tenant, col(AuditCheckpoint.size) == size
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add(self, row: AuditCheckpoint) -> None:
        """Add a checkpoint."""
        self._session.add(row)
        await self._session.flush()

    async def chosen(self, tenant: str, upto: int, *, known: Collection[int] = ()) -> list[tuple[int, str]]:
        """(size, note) of the oldest, the newest, the last of each day and those of `known` sizes, in order.

        None is larger than `upto` (primary key; the last of each day reads all of the tenant's).
        """
        values = {"tenant": tenant, "upto": upto, "known": list(known), "listed": LISTED}
        return [(row.size, row.note) for row in (await self._session.execute(CHOSEN, values)).all()]

    async def hashes(self, tenant: str, *, after: int, upto: int) -> AsyncIterator[list[bytes]]:
        """The hashes of the entries behind number `after` up to `upto`, in order, page by page (primary key)."""
        while after < upto:
            query = (
                select(col(AuditEntry.hash))
                .where(col(AuditEntry.tenant) == tenant, col(AuditEntry.seq) > after, col(AuditEntry.seq) <= upto)
                .order_by(col(AuditEntry.seq))
                .limit(PAGE)
            )
            page = list((await self._session.execute(query)).scalars())
            if not page:
                return
            yield page
            after += len(page)

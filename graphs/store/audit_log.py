"""The audit trail's rows. Heads are locked last in a transaction, in tenant order."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.audit import GENESIS, AuditRecord, ChainChecker, ChainEntry, StoredValue, Verification, link
from graphs.errors import NotFound
from graphs.store.rows import affected
from graphs.store.tables import AuditEntry, AuditHead, AuditValue

PAGE = 500


def chain_entry(row: AuditEntry) -> ChainEntry:
    """The row as a link of the chain."""
    return ChainEntry(
        tenant=row.tenant,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        case_id=row.case_id,
        step=row.step,
        commitments=row.commitments,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


class AuditLog:
    """Appends to and reads the trail."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def append(self, tenant: str, records: Sequence[AuditRecord], *, at: datetime) -> None:
        """Append `records` in order, gap-free: the head row stays locked until the transaction ends."""
        head = await self._lock_head(tenant)
        seq, previous = head.seq, head.hash
        for record in records:
            seq += 1
            salts = {name: secrets.token_hex(16) for name in record.values}
            entry, values = link(record, tenant=tenant, seq=seq, previous_hash=previous, at=at, salts=salts)
            await self._insert(entry, values)
            previous = entry.hash
        head.seq, head.hash = seq, previous
        self._session.add(head)

    async def _lock_head(self, tenant: str) -> AuditHead:
        first = insert(AuditHead).values(tenant=tenant, seq=0, hash=GENESIS).on_conflict_do_nothing()
        await self._session.execute(first)
        query = select(AuditHead).where(col(AuditHead.tenant) == tenant).with_for_update()
        result = await self._session.execute(query.execution_options(populate_existing=True))
        return result.scalar_one()

    async def _insert(self, entry: ChainEntry, values: Sequence[StoredValue]) -> None:
        await self._session.execute(
            insert(AuditEntry).values(
                tenant=entry.tenant,
                seq=entry.seq,
                at=entry.at,
                kind=entry.kind,
                actor=entry.actor,
                case_id=entry.case_id,
                step=entry.step,
                commitments=dict(entry.commitments),
                previous_hash=entry.previous_hash,
                hash=entry.hash,
            )
        )
        if values:
            rows = [
                {
                    "tenant": entry.tenant,
                    "seq": value.seq,
                    "name": value.name,
                    "salt": value.salt,
                    "value": value.value,
                }
                for value in values
            ]
            await self._session.execute(insert(AuditValue), rows)

    async def entries_of_case(self, case_id: str, *, after: int = 0) -> list[ChainEntry]:
        """The entries of a case behind number `after`, in order, without values (index `audit_of_case`)."""
        query = select(AuditEntry).where(col(AuditEntry.case_id) == case_id, col(AuditEntry.seq) > after)
        rows = (await self._session.execute(query.order_by(col(AuditEntry.seq)))).scalars().all()
        return [chain_entry(row) for row in rows]

    async def of_case(self, case_id: str) -> list[tuple[ChainEntry, dict[str, Any]]]:
        """The entries of a case in order, each with its values (index `audit_of_case`)."""
        rows = await self.entries_of_case(case_id)
        if not rows:
            return []
        values = await self._values(rows[0].tenant, [row.seq for row in rows])
        return [(row, {value.name: value.value for value in values.get(row.seq, [])}) for row in rows]

    async def _values(self, tenant: str, seqs: Sequence[int]) -> dict[int, list[StoredValue]]:
        query = select(AuditValue).where(col(AuditValue.tenant) == tenant, col(AuditValue.seq).in_(seqs))
        found: dict[int, list[StoredValue]] = {}
        for row in (await self._session.execute(query)).scalars():
            stored = StoredValue(seq=row.seq, name=row.name, salt=row.salt, value=row.value)
            found.setdefault(row.seq, []).append(stored)
        return found

    async def _pages(self, tenant: str) -> AsyncIterator[list[AuditEntry]]:
        after = 0
        while True:
            query = (
                select(AuditEntry)
                .where(col(AuditEntry.tenant) == tenant, col(AuditEntry.seq) > after)
                .order_by(col(AuditEntry.seq))
                .limit(PAGE)
                .execution_options(populate_existing=True)
            )
            rows = list((await self._session.execute(query)).scalars())
            if not rows:
                return
            yield rows
            after = rows[-1].seq

    async def verify(self, tenant: str) -> Verification:
        """Recompute the tenant's whole chain. Run it in a REPEATABLE READ unit of work."""
        checker = ChainChecker(tenant)
        async for rows in self._pages(tenant):
            values = await self._values(tenant, [row.seq for row in rows])
            for row in rows:
                checker.add(chain_entry(row), values.get(row.seq, []))
        query = select(AuditHead).where(col(AuditHead.tenant) == tenant)
        head = (await self._session.execute(query)).scalar_one_or_none()
        return checker.finish(head_seq=head.seq if head else 0, head_hash=head.hash if head else GENESIS)

    async def erase(self, tenant: str, seq: int, name: str) -> None:
        """Erase one value; the chain stays sound. Raises `NotFound`."""
        where = (col(AuditValue.tenant) == tenant, col(AuditValue.seq) == seq, col(AuditValue.name) == name)
        erased = await self._session.execute(update(AuditValue).where(*where).values(salt=None, value=None))
        if affected(erased) != 1:
            raise NotFound(f"audit entry {seq} has no value {name!r}")

"""The audit trail's rows. Heads are locked last in a transaction, in tenant order."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from graphs.audit import (
    GENESIS,
    NO_SALT,
    AuditRecord,
    ChainChecker,
    ChainEntry,
    StoredValue,
    Verification,
    prepare,
    salts_in,
    unpacked,
)
from graphs.errors import NotFound
from graphs.store.audit_items import WITHOUT_ITEMS
from graphs.store.audit_tables import AuditEntry, AuditHead, AuditValue
from graphs.store.rows import affected
from graphs.store.statements import AUDIT_COLUMNS

PAGE = 500

APPEND = text(f"SELECT append_audit({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in AUDIT_COLUMNS)})")

ERASE = text(
    f"UPDATE audit_values t SET {WITHOUT_ITEMS.format(found='i.name = :name')} "  # noqa: S608 - nothing from outside
    "WHERE t.tenant = :tenant AND t.seq = :seq AND jsonb_exists(t.content, :name)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """That something happened: its number in the trail, what it is called, and to which case."""

    seq: int
    kind: str
    case_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """That the chain was checked up to an entry, and the hashes of those that were checked last."""

    seq: int
    hashes: Sequence[bytes]


def chain_entry(row: AuditEntry, previous_hash: str) -> ChainEntry:
    """The row as a link of the chain, behind the entry with that hash."""
    return ChainEntry(
        tenant=row.tenant,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        case_id=row.case_id,
        step=row.step,
        visit=row.visit,
        commitments=unpacked(row.commitments),
        previous_hash=previous_hash,
        hash=row.hash.hex(),
    )


def stored_values(row: AuditValue) -> list[StoredValue]:
    """The values of an entry. A salt that is not there is as one that was erased."""
    names = sorted(row.content)
    salts = {name: salt.hex() for name, salt in zip(names, salts_in(row.salts), strict=False) if salt != NO_SALT}
    return [StoredValue(seq=row.seq, name=name, salt=salts.get(name), value=row.content[name]) for name in names]


class AuditLog:
    """Appends to and reads the trail."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def append(self, tenant: str, records: Sequence[AuditRecord], *, at: datetime) -> None:
        """Append `records` in order, gap-free: the head row stays locked until the transaction ends."""
        rows = [prepare(record, tenant=tenant, at=at, random=os.urandom) for record in records]
        columns = {name: [row[place] for row in rows] for place, (name, _) in enumerate(AUDIT_COLUMNS)}
        await self._session.execute(APPEND, columns)

    async def entries_of_case(self, case_id: str, *, after: int = 0) -> list[ChainEntry]:
        """The entries of a case behind number `after`, in order, without values (index `audit_of_case`)."""
        before = aliased(AuditEntry)
        stands_before = and_(col(before.tenant) == col(AuditEntry.tenant), col(before.seq) == col(AuditEntry.seq) - 1)
        query = (
            select(AuditEntry, col(before.hash))
            .outerjoin(before, stands_before)
            .where(col(AuditEntry.case_id) == case_id, col(AuditEntry.seq) > after)
            .order_by(col(AuditEntry.seq))
        )
        rows = (await self._session.execute(query)).all()
        return [chain_entry(row, previous.hex() if previous else GENESIS) for row, previous in rows]

    async def of_case(self, case_id: str) -> list[tuple[ChainEntry, dict[str, Any]]]:
        """The entries of a case in order, each with its values (index `audit_of_case`)."""
        rows = await self.entries_of_case(case_id)
        if not rows:
            return []
        values = await self._values(rows[0].tenant, [row.seq for row in rows])
        return [(row, {value.name: value.value for value in values.get(row.seq, [])}) for row in rows]

    async def _values(self, tenant: str, seqs: Sequence[int]) -> dict[int, list[StoredValue]]:
        query = select(AuditValue).where(col(AuditValue.tenant) == tenant, col(AuditValue.seq).in_(seqs))
        rows = (await self._session.execute(query.execution_options(populate_existing=True))).scalars()
        return {row.seq: stored_values(row) for row in rows}

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

    async def head(self, tenant: str) -> int:
        """The number of the tenant's last entry; 0 before the first (primary key)."""
        query = select(col(AuditHead.seq)).where(col(AuditHead.tenant) == tenant)
        return (await self._session.execute(query)).scalar_one_or_none() or 0

    async def news(self, tenant: str, *, after: int, limit: int) -> list[News]:
        """What happened behind number `after`, in order (primary key)."""
        query = (
            select(col(AuditEntry.seq), col(AuditEntry.kind), col(AuditEntry.case_id))
            .where(col(AuditEntry.tenant) == tenant, col(AuditEntry.seq) > after)
            .order_by(col(AuditEntry.seq))
            .limit(limit)
        )
        rows = (await self._session.execute(query)).all()
        return [News(seq=seq, kind=kind, case_id=case_id) for seq, kind, case_id in rows]

    async def verify(self, tenant: str) -> Verification:
        """Recompute the tenant's whole chain. Run it in a REPEATABLE READ unit of work."""
        async with aclosing(self.checking(tenant)) as steps:
            async for found in steps:
                if isinstance(found, Verification):
                    return found
        raise AssertionError("checking ends with its result")

    async def checking(self, tenant: str) -> AsyncGenerator[Checked | Verification]:
        """As `verify`: after each page how far it is, and last the result."""
        checker, previous = ChainChecker(tenant), GENESIS
        async for rows in self._pages(tenant):
            values = await self._values(tenant, [row.seq for row in rows])
            for row in rows:
                checker.add(chain_entry(row, previous), values.get(row.seq, []))
                previous = row.hash.hex()
            yield Checked(seq=rows[-1].seq, hashes=[row.hash for row in rows])
        query = select(AuditHead).where(col(AuditHead.tenant) == tenant)
        head = (await self._session.execute(query)).scalar_one_or_none()
        yield checker.finish(head_seq=head.seq if head else 0, head_hash=head.hash if head else GENESIS)

    async def erase(self, tenant: str, seq: int, name: str) -> None:
        """Erase one value; the chain stays sound. Raises `NotFound`."""
        erased = await self._session.execute(ERASE, {"tenant": tenant, "seq": seq, "name": name})
        if affected(erased) != 1:
            raise NotFound(f"audit entry {seq} has no value {name!r}")

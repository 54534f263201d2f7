"""Reading the trail for an outsider: entries with their salts and values, by case or by period."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.audit import GENESIS, ChainEntry, StoredValue
from graphs.store.audit_log import chain_entry, stored_values
from graphs.store.audit_tables import AuditEntry, AuditValue
from graphs.store.tables import Document

FIRST_AND_LAST = text(
    """
    SELECT min(seq) FILTER (WHERE at >= :since) AS first, max(seq) FILTER (WHERE at < :until) AS last
    FROM audit_entries WHERE tenant = :tenant AND seq <= :upto
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEntry:
    """An entry with its values as they are stored; an erased one has neither salt nor value."""

    entry: ChainEntry
    values: Sequence[StoredValue]


class AuditExport:
    """Reads entries and originals for a dossier."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def numbers_of_case(self, tenant: str, case_id: str, *, upto: int) -> list[int]:
        """Numbers of a case's entries up to one, in order (index `audit_of_case`)."""
        query = select(col(AuditEntry.seq)).where(
            col(AuditEntry.tenant) == tenant, col(AuditEntry.case_id) == case_id, col(AuditEntry.seq) <= upto
        )
        return sorted((await self._session.execute(query)).scalars())

    async def numbers_of_period(self, tenant: str, since: datetime, until: datetime, *, upto: int) -> range:
        """From the first entry that is not before `since` to the last that is before `until`.

        Reads the whole trail (primary key): instants are those of the processes that wrote them, and have no order.

        Before and behind them is no entry of the period; between them may be one of another, where clocks differ.
        Of a period without entries it is empty, and begins where they would stand.
        """
        values = {"tenant": tenant, "since": since, "until": until, "upto": upto}
        row = (await self._session.execute(FIRST_AND_LAST, values)).one()
        first = upto + 1 if row.first is None else row.first
        last = 0 if row.last is None else row.last
        return range(first, max(first, last + 1))

    async def entries(self, tenant: str, numbers: Collection[int], *, valued: Container[int]) -> list[ExportedEntry]:
        """The entries with these numbers, in order; those of `valued` with their values (primary keys)."""
        wanted = sorted({*numbers, *(number - 1 for number in numbers)})
        query = select(AuditEntry).where(col(AuditEntry.tenant) == tenant, col(AuditEntry.seq).in_(wanted))
        rows = {row.seq: row for row in (await self._session.execute(query)).scalars()}
        stored = await self._values(tenant, [number for number in numbers if number in valued])
        self._session.expunge_all()  # a long export keeps no rows
        found: list[ExportedEntry] = []
        for number in sorted(rows.keys() & set(numbers)):
            before = rows.get(number - 1)
            entry = chain_entry(rows[number], before.hash.hex() if before else GENESIS)
            found.append(ExportedEntry(entry=entry, values=stored.get(number, [])))
        return found

    async def _values(self, tenant: str, numbers: Collection[int]) -> dict[int, list[StoredValue]]:
        query = select(AuditValue).where(col(AuditValue.tenant) == tenant, col(AuditValue.seq).in_(sorted(numbers)))
        return {row.seq: stored_values(row) for row in (await self._session.execute(query)).scalars()}

    async def originals_among(self, tenant: str, digests: Collection[str]) -> list[str]:
        """Which of the digests are those of an original that is kept (primary key)."""
        query = select(col(Document.sha256)).where(
            col(Document.tenant) == tenant, col(Document.sha256).in_(sorted(digests))
        )
        return sorted((await self._session.execute(query)).scalars())

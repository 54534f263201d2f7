"""Searching the trail: backwards along its numbers, and in one go no further than a stretch of bounded length.

Entries are written a thousand a second and searched now and then, so nothing but their numbers and their cases is
indexed. A search that names a case reads that case's entries; any other reads one stretch, says how far it looked,
and goes on from there when it is asked again. Numbers are gap-free, so an instant's place is found by halving.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text
from sqlmodel import col

from graphs.audit import GENESIS, ChainEntry
from graphs.store.audit_log import chain_entry, stored_values
from graphs.store.audit_tables import AuditEntry, AuditHead, AuditValue
from graphs.store.people_tables import User

STRETCH = 20_000
"""Entries that one search reads at most."""
WORDS_STRETCH = 2_000
"""The same where their values are read, too."""
CLOCKS_APART = timedelta(hours=1)
"""Instants are those of the computers that wrote them. Where their clocks differ by less than half of it, an entry is
found by its own instant."""
MOST_ACTORS = 200
VALUES = "$.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """What is looked for: all that is given must hold.

    `kind` is a whole kind (`task.answered`) or its noun (`task`); `actor` an id, or the beginning of a login or of a
    name; `words` stand in a value as they are, in any case. `since` counts, `until` does not.
    """

    kind: str = ""
    actor: str = ""
    case_id: str | None = None
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFindings:
    """Entries with their values, the newest first. `looked_to` is the oldest number that was looked at.

    The search goes on behind number `following`; it is at its end where that is None.
    """

    entries: Sequence[tuple[ChainEntry, dict[str, Any]]]
    looked_to: int
    looked_to_at: datetime | None
    following: int | None


class AuditSearch:
    """Searches one tenant's trail."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def found(self, question: AuditQuestion, *, before: int | None, limit: int) -> AuditFindings:
        """Up to `limit` entries with numbers below `before`, the newest first."""
        low, high = await self._span(question, before)
        stretch = WORDS_STRETCH if question.words else STRETCH
        floor = low if question.case_id is not None else max(low, high - stretch)
        rows = await self._rows([*self._holds(question), *await self._by(question)], floor, high, limit + 1)
        shown = rows[:limit]
        if len(rows) > limit:
            looked_to: int = shown[-1][0].seq
            following: int | None = looked_to
        else:
            looked_to, following = floor, floor if floor > low else None
        values = await self._values([entry.seq for entry, _ in shown])
        return AuditFindings(
            entries=[
                (chain_entry(row, previous.hex() if previous else GENESIS), values.get(row.seq, {}))
                for row, previous in shown
            ],
            looked_to=looked_to,
            looked_to_at=await self._at(looked_to),
            following=following,
        )

    async def _span(self, question: AuditQuestion, before: int | None) -> tuple[int, int]:
        """Numbers between which the answer stands, without the second."""
        query = select(col(AuditHead.seq)).where(col(AuditHead.tenant) == self._tenant)
        end = ((await self._session.execute(query)).scalar_one_or_none() or 0) + 1
        low, high = 1, end if before is None else min(before, end)
        if question.until is not None:
            high = min(high, await self._first_behind(question.until + CLOCKS_APART, end))
        if question.since is not None:
            low = await self._first_behind(question.since - CLOCKS_APART, end)
        return low, max(low, high)

    async def _first_behind(self, instant: datetime, end: int) -> int:
        """About the first number whose entry is behind the instant: halves the trail (primary key)."""
        low, high = 1, end
        while low < high:
            middle = (low + high) // 2
            at = await self._at(middle)
            if at is not None and at > instant:
                high = middle
            else:
                low = middle + 1
        return low

    async def _at(self, seq: int) -> datetime | None:
        query = select(col(AuditEntry.at)).where(col(AuditEntry.tenant) == self._tenant, col(AuditEntry.seq) >= seq)
        return (await self._session.execute(query.order_by(col(AuditEntry.seq)).limit(1))).scalar_one_or_none()

    async def _rows(
        self, conditions: Sequence[ColumnElement[bool]], low: int, high: int, limit: int
    ) -> Sequence[tuple[AuditEntry, bytes | None]]:
        """Entries of `low` up to, but without, `high` (primary key, or index `audit_of_case`)."""
        before = aliased(AuditEntry)
        stands_before = and_(col(before.tenant) == col(AuditEntry.tenant), col(before.seq) == col(AuditEntry.seq) - 1)
        query = (
            select(AuditEntry, col(before.hash))
            .outerjoin(before, stands_before)
            .where(col(AuditEntry.tenant) == self._tenant, col(AuditEntry.seq) >= low, col(AuditEntry.seq) < high)
            .where(*conditions)
            .order_by(col(AuditEntry.seq).desc())
            .limit(limit)
        )
        return [(row, previous) for row, previous in (await self._session.execute(query)).all()]

    def _holds(self, question: AuditQuestion) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        kind = col(AuditEntry.kind)
        if question.kind:
            found.append(kind == question.kind if "." in question.kind else kind.startswith(f"{question.kind}."))
        if question.case_id is not None:
            found.append(col(AuditEntry.case_id) == question.case_id)
        if question.since is not None:
            found.append(col(AuditEntry.at) >= question.since)
        if question.until is not None:
            found.append(col(AuditEntry.at) < question.until)
        if question.words:
            found.append(self._valued(question.words))
        return found

    def _valued(self, words: str) -> ColumnElement[bool]:
        """Whether the words stand in a value. Salts are no values."""
        written = json.dumps(words, ensure_ascii=False)[1:-1]
        values = func.jsonb_path_query_array(col(AuditValue.content), cast(VALUES, JSONPATH)).cast(Text)
        return exists().where(
            col(AuditValue.tenant) == col(AuditEntry.tenant),
            col(AuditValue.seq) == col(AuditEntry.seq),
            values.icontains(written, autoescape=True),
        )

    async def _by(self, question: AuditQuestion) -> list[ColumnElement[bool]]:
        """Whose entries they are (constraint `user_by_login`: a tenant's people are few)."""
        if not question.actor:
            return []
        query = select(col(User.id)).where(
            col(User.tenant) == self._tenant,
            or_(
                col(User.login).istartswith(question.actor, autoescape=True),
                col(User.name).istartswith(question.actor, autoescape=True),
            ),
        )
        known = (await self._session.execute(query.limit(MOST_ACTORS))).scalars()
        return [col(AuditEntry.actor).in_(sorted({question.actor, *known}))]

    async def _values(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        query = select(AuditValue).where(col(AuditValue.tenant) == self._tenant, col(AuditValue.seq).in_(numbers))
        rows = (await self._session.execute(query.execution_options(populate_existing=True))).scalars()
        return {row.seq: {value.name: value.value for value in stored_values(row)} for row in rows}

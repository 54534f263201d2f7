"""The rows of how people want to be told things, and of tenants' own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.notice_tables import NoticePreferencesRow, NoticeTextRow

IN_FORCE = text(
    """
    SELECT DISTINCT ON (kind, language) * FROM notice_texts
    WHERE tenant = :tenant ORDER BY kind, language, version DESC
    """
)


class NoticeWishes:
    """Preferences of a tenant's people, and its own texts."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def preferences(self, people: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """What the people want, by user id; who has said nothing is not among them (primary key)."""
        query = select(NoticePreferencesRow).where(col(NoticePreferencesRow.user_id).in_(set(people)))
        return {row.user_id: row.wants for row in (await self._session.execute(query)).scalars()}

    async def set_preferences(self, row: NoticePreferencesRow) -> None:
        """In the place of what the person wanted before (primary key)."""
        added = insert(NoticePreferencesRow).values(row.model_dump())
        changed = {name: added.excluded[name] for name in ("wants", "set_by", "since")}
        await self._session.execute(added.on_conflict_do_update(index_elements=["user_id"], set_=changed))

    async def texts(self) -> Sequence[NoticeTextRow]:
        """The tenant's own texts as they count (primary key)."""
        query = select(NoticeTextRow).from_statement(IN_FORCE).params(tenant=self._tenant)
        return [row for row in (await self._session.execute(query)).scalars() if row.title]

    async def version_of(self, kind: str, language: str) -> int:
        """The highest version of the text, 0 where there is none (primary key)."""
        query = (
            select(col(NoticeTextRow.version))
            .where(
                col(NoticeTextRow.tenant) == self._tenant,
                col(NoticeTextRow.kind) == kind,
                col(NoticeTextRow.language) == language,
            )
            .order_by(col(NoticeTextRow.version).desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none() or 0

    async def add_text(self, row: NoticeTextRow) -> bool:
        """Add the version unless it is there (primary key); says whether it did."""
        added = insert(NoticeTextRow).values(row.model_dump()).on_conflict_do_nothing()
        made = await self._session.execute(added.returning(col(NoticeTextRow.version)))
        return made.scalar_one_or_none() is not None

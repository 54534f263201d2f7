"""The rows of what people are to be told."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.store.notice_tables import NoticeRow
from graphs.store.rows import affected


class Notices:
    """The notice rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def put(self, row: NoticeRow) -> bool:
        """Add it unless one of that id is there (primary key); says whether it did."""
        added = insert(NoticeRow).values(row.model_dump()).on_conflict_do_nothing(index_elements=["id"])
        return affected(await self._session.execute(added)) == 1

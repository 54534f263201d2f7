"""Document templates as they are looked up; they are written by the writer, with the answer that taught them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.template_tables import DocumentTemplateRow

MOST = 2_000
"""So many are handed to a reading, the newest: a vendor that was not seen for long is taught again."""


class DocumentTemplates:
    """Reads the templates of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def in_use(self) -> list[DocumentTemplateRow]:
        """The templates that are not retired, newest first (index `templates_in_use`)."""
        query = (
            select(DocumentTemplateRow)
            .where(col(DocumentTemplateRow.tenant) == self._tenant, col(DocumentTemplateRow.retired_at).is_(None))
            .order_by(col(DocumentTemplateRow.created_at).desc(), col(DocumentTemplateRow.id).desc())
            .limit(MOST)
        )
        return list((await self._session.execute(query)).scalars())

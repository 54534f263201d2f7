"""Original documents, stored once by hash."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.errors import NotFound
from graphs.store.tables import Document


class Originals:
    """The document rows."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def keep(self, tenant: str, *, name: str, media_type: str, content: bytes, now: datetime) -> str:
        """Store the bytes unless they are there; returns their SHA-256 (hex)."""
        sha256 = hashlib.sha256(content).hexdigest()
        row = Document(
            tenant=tenant,
            sha256=sha256,
            name=name,
            media_type=media_type,
            size_bytes=len(content),
            content=content,
            received_at=now,
        )
        await self._session.execute(insert(Document).values(**row.model_dump()).on_conflict_do_nothing())
        return sha256

    async def get(self, tenant: str, sha256: str) -> Document:
        """The document (primary key). Raises `NotFound`, also for another tenant's."""
        query = select(Document).where(col(Document.tenant) == tenant, col(Document.sha256) == sha256)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no document {sha256}")
        return found

"""Rule packs for a dossier: the text whose SHA-256 a verdict names, however long ago it was active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from graphs.errors import NotFound
from graphs.store.database import Database
from graphs.store.pack_tables import StoredPack
from policies.judgement import RuleBook


class PackArchive(Protocol):
    """Where packs are found by their digest."""

    async def pack_of(self, tenant: str, digest: str, /) -> bytes | None:
        """The canonical JSON of the pack with that SHA-256, None where it is not kept."""
        ...

    async def source_of(self, tenant: str, digest: str, /) -> str | None:
        """The YAML that the pack was written in, None where it is not kept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPacks:
    """The packs that the tenant has proposed, and those that came with a release.

    A tenant that has none in stock yet is judged by the release's own: so they are looked for there last.
    """

    database: Database
    rulebooks: Mapping[str, RuleBook]

    async def pack_of(self, tenant: str, digest: str, /) -> bytes | None:
        """The canonical JSON of a stored pack."""
        found = await self._stored(tenant, digest)
        if found:
            return found.canonical.encode()
        return next((book.pack.canonical for book in self.rulebooks.values() if book.pack.digest == digest), None)

    async def source_of(self, tenant: str, digest: str, /) -> str | None:
        """The YAML of a stored pack."""
        found = await self._stored(tenant, digest)
        return found.yaml if found else None

    async def _stored(self, tenant: str, digest: str) -> StoredPack | None:
        async with self.database.unit_of_work(tenant) as unit:
            try:
                return await unit.packs.get(digest)
            except NotFound:
                return None

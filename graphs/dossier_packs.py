"""Rule packs for a dossier: the text whose SHA-256 a verdict names, wherever it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from policies.canonical import canonical_json
from policies.errors import PolicyError
from policies.judgement import RuleBook
from policies.packaged import pack_text, rule_book


class PackArchive(Protocol):
    """Where packs are found by their digest."""

    async def pack_of(self, tenant: str, digest: str, /) -> bytes | None:
        """The canonical JSON of the pack with that SHA-256, None where it is not kept."""
        ...

    async def source_of(self, tenant: str, digest: str, /) -> str | None:
        """The YAML that the pack was written in, None where it is not kept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PacksInUse:
    """The packs that this process judges with."""

    rulebooks: Mapping[str, RuleBook]

    async def pack_of(self, _tenant: str, digest: str, /) -> bytes | None:
        """The canonical JSON of a pack in use."""
        return next((canonical_json(book.pack) for book in self.rulebooks.values() if book.pack.digest == digest), None)

    async def source_of(self, _tenant: str, digest: str, /) -> str | None:
        """The YAML of a packaged pack."""
        for name, book in self.rulebooks.items():
            if book.pack.digest == digest:
                return packaged_source(name, digest)
        return None


def packaged_source(name: str, digest: str) -> str | None:
    """The YAML of the packaged pack of that name, if it has that digest."""
    try:
        return pack_text(name) if rule_book(name).pack.digest == digest else None
    except PolicyError:
        return None

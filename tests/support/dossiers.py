"""Dossiers in tests: made from an engine, verified in this process or by a program of its own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphs.dossier import DossierDesk, DossierRequest
from graphs.runtime.services import Services
from graphs.verifier import Report, verified
from policies.judgement import RuleBook
from policies.packaged import pack_names, pack_text
from tests.support.people import actor
from tests.support.trail import SIGNER


@dataclass(frozen=True, slots=True, kw_only=True)
class PacksInUse:
    """The packs that an engine of the tests judges with: nobody has stored them."""

    rulebooks: Mapping[str, RuleBook]

    async def pack_of(self, _tenant: str, digest: str, /) -> bytes | None:
        return next((book.pack.canonical for book in self.rulebooks.values() if book.pack.digest == digest), None)

    async def source_of(self, _tenant: str, digest: str, /) -> str | None:
        named = (name for name, book in self.rulebooks.items() if book.pack.digest == digest)
        return next((pack_text(name) for name in named if name in pack_names()), None)


KEY = SIGNER.verifier_key("acme").text


async def dossier(services: Services, folder: Path, *, login: str = "sven", **request: Any) -> Path:
    """A dossier in `folder`, made for somebody."""
    file = io.BytesIO()
    desk = DossierDesk(services=services, packs=PacksInUse(rulebooks=services.rulebooks))
    await desk.write(await actor(services.database, login), DossierRequest(**request), file)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder


def verify(folder: Path, *kept: str, key: str | None = KEY) -> Report:
    """What the verifier finds, with notes of checkpoints that were kept."""
    return verified(folder, key, [(f"kept {place}", note) for place, note in enumerate(kept)])

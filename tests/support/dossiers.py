"""Dossiers in tests: made from an engine, verified in this process or by a program of its own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from graphs.dossier import DossierDesk, DossierRequest
from graphs.dossier_packs import PacksInUse
from graphs.runtime.services import Services
from graphs.verifier import Report, verified
from tests.support.people import actor
from tests.support.trail import SIGNER

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

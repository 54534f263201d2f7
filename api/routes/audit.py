"""The audit trail as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredDossierDesk, WiredServices
from api.views.audit import AuditVerification, SigningKey
from graphs.dossier import DossierRequest
from graphs.intake import require

AUDIT = "audit.read"
ZIP = "application/zip"
PIECE_BYTES = 256 * 1024
IN_MEMORY_BYTES = 8 * 1024 * 1024
"""A larger dossier waits on the disk until it is sent."""

router = APIRouter(tags=["audit"], responses=PROBLEMS)


@router.get("/audit/verify")
async def verify_audit(actor: CurrentActor, services: WiredServices) -> AuditVerification:
    """Recompute the tenant's hash chain: finds an edited, deleted, swapped or cut-off entry."""
    require(actor, AUDIT)
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        return AuditVerification.of(await unit.audit_log.verify(actor.tenant))


@router.get("/audit/key")
async def audit_key(actor: CurrentActor, desk: WiredDossierDesk) -> SigningKey:
    """The key that verifies the tenant's checkpoints and dossiers, and the newest checkpoint, if there is one."""
    key, newest = await desk.key(actor)
    return SigningKey(key=key.text, origin=key.name, checkpoint=newest)


@router.get("/audit/export", response_class=StreamingResponse, responses={200: {"content": {ZIP: {}}}})
async def export_dossier(
    actor: CurrentActor,
    desk: WiredDossierDesk,
    case: Annotated[UUID | None, Query(description="The case that it is about.")] = None,
    since: Annotated[datetime | None, Query(alias="from", description="Or the begin of a period.")] = None,
    until: Annotated[datetime | None, Query(alias="to", description="The end of the period; not in it.")] = None,
    whole: Annotated[bool, Query(description="Show that no entry of the case is left out.")] = False,
    known: Annotated[list[int] | None, Query(description="Sizes of checkpoints that were kept elsewhere.")] = None,
) -> StreamingResponse:
    """Make a dossier of a case or a period, as a zip: all that an outsider needs to verify it. The trail records it."""
    about = str(case) if case else None
    request = DossierRequest(case_id=about, since=since, until=until, known=tuple(known or ()), whole=whole)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed once it is sent
    try:
        await desk.write(actor, request, file)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": 'attachment; filename="dossier.zip"', "Content-Length": str(file.tell())}
    return StreamingResponse(pieces(file), media_type=ZIP, headers=headers)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The file from its beginning, piece by piece; closed at the end, however it comes."""
    with file:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece

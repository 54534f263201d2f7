"""The audit trail as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from api.gate import CurrentActor
from api.progress_lines import LinesResponse, lines_of, streamed
from api.routes.wiring import PROBLEMS, WiredDossierDesk, WiredServices, wired
from api.views.audit import AuditPage, AuditVerification, SigningKey, TrailLine, TrailVerification
from api.views.view import storable
from graphs.dossier import DossierDesk, DossierRequest
from graphs.intake import require
from graphs.store.audit_search import AuditQuestion, AuditSearch
from graphs.store.people import Actor
from graphs.trail_check import TrailCheck, TrailProgress, TrailResult

AUDIT = "audit.read"
ZIP = "application/zip"
PIECE_BYTES = 256 * 1024
IN_MEMORY_BYTES = 8 * 1024 * 1024
"""A larger dossier waits on the disk until it is sent."""

KIND = r"^[a-z_]{1,60}(\.[a-z_]{1,60})?$"
Sought = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Number = Annotated[int, Query(ge=1, le=2**63 - 1, description="`next` of the page before.")]
Whole = Annotated[bool, Query(description="Show that no entry of the case is left out.")]
Known = Annotated[list[int] | None, Query(description="Sizes of checkpoints that were kept elsewhere.")]
WiredTrailCheck = Annotated[TrailCheck, wired(TrailCheck)]

router = APIRouter(tags=["audit"], responses=PROBLEMS)


@router.get("/audit/entries")
async def search_audit(
    actor: CurrentActor,
    services: WiredServices,
    kind: Annotated[str, Query(pattern=KIND, description="A kind, such as `task.answered`, or its noun.")] = "",
    by: Annotated[Sought, Query(description="Id of who acted, or how login or name begins.")] = "",
    case: Annotated[UUID | None, Query(description="Only entries of this case.")] = None,
    words: Annotated[Sought, Query(description="What stands in a value, as it is.")] = "",
    since: Annotated[AwareDatetime | None, Query(alias="from", description="From this instant on.")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Before this instant.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Entries on a page.")] = 50,
    cursor: Number | None = None,
) -> AuditPage:
    """Entries of the trail, newest first. A page is of a bounded stretch: it may be empty and yet have a `next`."""
    require(actor, AUDIT)
    question = AuditQuestion(
        kind=kind,
        actor=by.strip(),
        case_id=str(case) if case else None,
        words=words.strip(),
        since=since,
        until=until,
    )
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        found = await AuditSearch(unit.session, actor.tenant).found(question, before=cursor, limit=limit)
        names = await unit.people.names(sorted({entry.actor for entry, _ in found.entries}))
    return AuditPage.of(found, names)


@router.get("/audit/verify")
async def verify_audit(actor: CurrentActor, services: WiredServices) -> AuditVerification:
    """Recompute the tenant's hash chain: finds an edited, deleted, swapped or cut-off entry."""
    require(actor, AUDIT)
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        return AuditVerification.of(await unit.audit_log.verify(actor.tenant))


@router.get("/audit/verify/progress", responses=lines_of(TrailLine), response_class=LinesResponse)
async def verify_audit_progress(actor: CurrentActor, check: WiredTrailCheck) -> StreamingResponse:
    """The same, and the newest signed checkpoint beside it; told line by line while it is done."""
    return await streamed(check.run(actor), line_of)


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
    whole: Whole = False,
    known: Known = None,
) -> StreamingResponse:
    """Make a dossier of a case or a period, as a zip: all that an outsider needs to verify it. The trail records it."""
    about = str(case) if case else None
    request = DossierRequest(case_id=about, since=since, until=until, known=tuple(known or ()), whole=whole)
    return await dossier(desk, actor, request, name="dossier")


@router.get("/cases/{case_id}/dossier", response_class=StreamingResponse, responses={200: {"content": {ZIP: {}}}})
async def export_case_dossier(
    case_id: UUID, actor: CurrentActor, desk: WiredDossierDesk, whole: Whole = False, known: Known = None
) -> StreamingResponse:
    """The dossier of one case, as `/audit/export` makes it."""
    request = DossierRequest(case_id=str(case_id), known=tuple(known or ()), whole=whole)
    return await dossier(desk, actor, request, name=f"dossier-{case_id}")


async def dossier(desk: DossierDesk, actor: Actor, request: DossierRequest, *, name: str) -> StreamingResponse:
    """The dossier as a file to be kept. It is made whole before the answer begins, so that a refusal is one."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed once it is sent
    try:
        await desk.write(actor, request, file)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"', "Content-Length": str(file.tell())}
    return StreamingResponse(pieces(file), media_type=ZIP, headers=headers)


def line_of(item: TrailProgress | TrailResult) -> object:
    """What a line of a check says."""
    if isinstance(item, TrailProgress):
        return {"progress": {"entry": item.entry, "of": item.of}}
    return {"result": TrailVerification.of(item).model_dump(mode="json")}


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The file from its beginning, piece by piece; closed at the end, however it comes."""
    with file:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece

"""What happens to a case, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredNews, WiredServices
from api.views.case import CaseEvent
from graphs.audit import ChainEntry
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.cases import ENDED

READ = "case.read"
POLL_SECONDS = 0.25
MAX_SEQ = 2**63 - 1

router = APIRouter(tags=["cases"], responses=PROBLEMS)


async def visible_case(case_id: UUID, actor: CurrentActor, services: WiredServices) -> str:
    """The case's id, once the actor may see it: after that the answer is a stream and can refuse nothing."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        return (await unit.cases.get(str(case_id))).id


@router.get("/cases/{case_id}/events", response_class=EventSourceResponse)
async def case_events(
    case_id: Annotated[str, Depends(visible_case)],
    actor: CurrentActor,
    services: WiredServices,
    news: WiredNews,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MAX_SEQ, description="Number of the last event seen; go on behind it.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Everything that happens to a case, in order, until it ends. An event's id is its number in the audit trail."""
    after = last_event_id or 0
    while not news.over:
        entries, ended = await _happened(services, actor.tenant, case_id, after)
        for entry in entries:
            yield _event(entry)
            after = entry.seq
        if ended:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _happened(services: Services, tenant: str, case_id: str, after: int) -> tuple[Sequence[ChainEntry], bool]:
    """The entries behind `after` and whether the case had ended, as of one instant."""
    async with services.database.unit_of_work(tenant, snapshot=True) as unit:
        case = await unit.cases.get(case_id)
        return await unit.audit_log.entries_of_case(case_id, after=after), case.status in ENDED


def _event(entry: ChainEntry) -> ServerSentEvent:
    happened = CaseEvent(
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        case=entry.case_id or "",
        step=entry.step,
        actor=entry.actor,
    )
    return ServerSentEvent(data=happened, event=entry.kind, id=str(entry.seq))

"""Incidents: what automation gave up: retried, or closed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredIncidentDesk, WiredServices
from api.views.incident import IncidentCloseForm, IncidentList, IncidentView
from graphs.intake import require

READ = "case.read"

router = APIRouter(tags=["incidents"], responses=PROBLEMS)


@router.get("/incidents")
async def list_incidents(
    actor: CurrentActor,
    services: WiredServices,
    status: Annotated[Literal["open", "closed"] | None, Query(description="Only incidents with this status.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> IncidentList:
    """Incidents, newest first."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        found = await unit.incidents.listed(actor.tenant, status=status, limit=limit)
    return IncidentList(incidents=[IncidentView.of(incident) for incident in found])


@router.post("/incidents/{incident_id}/retry")
async def retry_incident(incident_id: UUID, actor: CurrentActor, desk: WiredIncidentDesk) -> IncidentView:
    """Close the incident and let its case go on; the second retry gets 409."""
    return IncidentView.of(await desk.retry(actor, str(incident_id)))


@router.post("/incidents/{incident_id}/close")
async def close_incident(
    incident_id: UUID, form: IncidentCloseForm, actor: CurrentActor, desk: WiredIncidentDesk
) -> IncidentView:
    """Close an incident that stopped no case; 409 where its case is stopped."""
    return IncidentView.of(await desk.close(actor, str(incident_id), reason=form.reason))

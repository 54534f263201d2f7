"""Incidents: what automation gave up: shown with a proposed fix, fixed, retried, or closed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredIncidentDesk, WiredResolutionDesk, WiredServices
from api.views.incident import FixApplied, IncidentCloseForm, IncidentDetail, IncidentList, IncidentView
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


@router.get("/incidents/{incident_id}")
async def show_incident(incident_id: UUID, actor: CurrentActor, desk: WiredResolutionDesk) -> IncidentDetail:
    """An incident with the fix that an agent proposes, if one was asked."""
    require(actor, READ)
    async with desk.services.database.unit_of_work(actor.tenant) as unit:
        incident = await unit.incidents.get(str(incident_id))
        return IncidentDetail.shown(incident, await desk.proposal(unit, incident.id))


@router.post("/incidents/{incident_id}/apply")
async def apply_fix(incident_id: UUID, actor: CurrentActor, desk: WiredResolutionDesk) -> FixApplied:
    """Start the case that carries the proposed fix out in your name, once; the rules judge it like any other."""
    accepted = await desk.apply(actor, str(incident_id))
    return FixApplied.of(str(incident_id), accepted.case, created=accepted.created)


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

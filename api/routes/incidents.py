"""Incidents: what automation gave up: shown with a proposed fix, fixed, retried, or closed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredIncidentDesk, WiredResolutionDesk, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.incident import FixApplied, IncidentCloseForm, IncidentDetail, IncidentList, IncidentView
from api.views.incident_options import IncidentOptionsView
from api.views.operation import CorrectForm, Ordered, RerouteForm, SkipForm
from api.views.steering import OrderCase
from graphs.incidents.move import Move, MoveDesk, MoveKind
from graphs.incidents.options import IncidentOptionDesk
from graphs.intake import require
from graphs.store.people import Actor

READ = "case.read"
WiredMoveDesk = Annotated[MoveDesk, wired(MoveDesk)]
WiredOptionDesk = Annotated[IncidentOptionDesk, wired(IncidentOptionDesk)]

router = APIRouter(tags=["incidents"], responses=PROBLEMS, route_class=StrictRoute)


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
        sizes = await unit.incidents.sizes(actor.tenant, sorted({incident.fingerprint for incident in found}))
    return IncidentList(incidents=[IncidentView.of(one, group=sizes.get(one.fingerprint, 0)) for one in found])


@router.get("/incidents/{incident_id}")
async def show_incident(incident_id: UUID, actor: CurrentActor, desk: WiredResolutionDesk) -> IncidentDetail:
    """An incident with the fix that an agent proposes, if one was asked."""
    require(actor, READ)
    async with desk.services.database.unit_of_work(actor.tenant) as unit:
        incident = await unit.incidents.get(str(incident_id))
        sizes = await unit.incidents.sizes(actor.tenant, [incident.fingerprint])
        proposal = await desk.proposal(unit, incident.id)
        return IncidentDetail.shown(incident, proposal, group=sizes.get(incident.fingerprint, 0))


@router.get("/incidents/{incident_id}/options")
async def list_incident_options(incident_id: UUID, actor: CurrentActor, desk: WiredOptionDesk) -> IncidentOptionsView:
    """What the caller may do about an incident now, and why not the rest: each is tried, and undone."""
    return IncidentOptionsView.of(await desk.of_incident(actor, str(incident_id)))


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


async def moved(desk: MoveDesk, actor: Actor, incident_id: UUID, move: Move, reason: str) -> Ordered:
    """Carry the order out, and say what was ordered."""
    ordered = await desk.make(actor, str(incident_id), move, reason)
    async with desk.services.database.unit_of_work(actor.tenant) as unit:
        incident = await unit.incidents.get(str(incident_id))
    return Ordered(incident=incident.id, case=incident.case_id, ordered=ordered)


@router.post("/incidents/{incident_id}/correct")
async def correct_incident(incident_id: UUID, form: CorrectForm, actor: CurrentActor, desk: WiredMoveDesk) -> Ordered:
    """Correct facts of the case that the incident stopped, and let it be judged again; 409 once it is closed."""
    return await moved(desk, actor, incident_id, form.move(), form.reason)


@router.post("/incidents/{incident_id}/skip")
async def skip_incident(incident_id: UUID, form: SkipForm, actor: CurrentActor, desk: WiredMoveDesk) -> Ordered:
    """Let the case that the incident stopped go on behind the step it stands at; who started it may not."""
    return await moved(desk, actor, incident_id, form.move(), form.reason)


@router.post("/incidents/{incident_id}/reroute")
async def reroute_incident(incident_id: UUID, form: RerouteForm, actor: CurrentActor, desk: WiredMoveDesk) -> Ordered:
    """Let the case that the incident stopped go on from another step that it has been at."""
    return await moved(desk, actor, incident_id, form.move(), form.reason)


@router.post("/incidents/{incident_id}/cancel")
async def cancel_incident(incident_id: UUID, form: OrderCase, actor: CurrentActor, desk: WiredMoveDesk) -> Ordered:
    """Cancel the case that the incident stopped; what it has done is taken back first."""
    return await moved(desk, actor, incident_id, Move(kind=MoveKind.CANCEL), form.reason)

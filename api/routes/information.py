"""Questions to somebody outside about tasks, by mail, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredInformationDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.information import AskOutsideForm, ContactList, ContactView, InformationList, InformationView, askers
from graphs.information.request import InformationRequest
from graphs.runtime.services import Services
from graphs.store.people import Actor

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/tasks/{task_id}/contacts")
async def list_contacts(task_id: UUID, actor: CurrentActor, desk: WiredInformationDesk) -> ContactList:
    """Who outside may be asked about a task: the address book of its case, as its process declares it."""
    found = await desk.contacts(actor, str(task_id))
    return ContactList(contacts=[ContactView.of_contact(one) for one in found])


@router.get("/tasks/{task_id}/information-requests")
async def list_information_requests(
    task_id: UUID, actor: CurrentActor, desk: WiredInformationDesk, services: WiredServices
) -> InformationList:
    """The questions to the outside about a task with what came of them, the oldest first."""
    found = await desk.of_task(actor, str(task_id))
    return InformationList(requests=await listed(services, actor, found))


@router.post("/tasks/{task_id}/information-requests")
async def ask_outside(
    task_id: UUID, body: AskOutsideForm, actor: CurrentActor, desk: WiredInformationDesk, services: WiredServices
) -> InformationView:
    """Ask somebody outside about a task by mail. The caller is told of the answer, or that there is none."""
    asked = await desk.ask(actor, str(task_id), body.asking())
    return (await listed(services, actor, [asked]))[0]


@router.get("/information-requests/{request_id}")
async def show_information_request(
    request_id: UUID, actor: CurrentActor, desk: WiredInformationDesk, services: WiredServices
) -> InformationView:
    """One question to the outside, as it stands."""
    return (await listed(services, actor, [await desk.get(actor, str(request_id))]))[0]


@router.post("/information-requests/{request_id}/withdraw")
async def withdraw_information_request(
    request_id: UUID, actor: CurrentActor, desk: WiredInformationDesk, services: WiredServices
) -> InformationView:
    """Wait for the answer no longer. 409 `information_request_closed` where nothing is waited for."""
    return (await listed(services, actor, [await desk.withdraw(actor, str(request_id))]))[0]


async def listed(services: Services, actor: Actor, requests: Sequence[InformationRequest]) -> list[InformationView]:
    """The requests with the names of who asked."""
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(askers(requests))
    return [InformationView.of(one, names) for one in requests]

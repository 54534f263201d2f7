"""Service accounts: programs that call the API. Roles and standing are set as those of people are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices, WiredTerms
from api.strict_json import StrictRoute
from api.views.service_account import AddServiceAccount, ServiceAccountList, ServiceAccountView
from graphs.accounts.service_desk import ServiceDesk

router = APIRouter(tags=["accounts"], responses=PROBLEMS, route_class=StrictRoute)


def service_desk(services: WiredServices, terms: WiredTerms) -> ServiceDesk:
    """The desk that adds services."""
    return ServiceDesk(services=services, terms=terms)


WiredServiceDesk = Annotated[ServiceDesk, Depends(service_desk)]


@router.get("/service-accounts")
async def list_service_accounts(actor: CurrentActor, desk: WiredServiceDesk) -> ServiceAccountList:
    """Every service by login, those in whose name Interlock itself acts among them."""
    return ServiceAccountList(services=[ServiceAccountView.of(known) for known in await desk.listed(actor)])


@router.post("/service-accounts", status_code=HTTPStatus.CREATED)
async def add_service_account(
    form: AddServiceAccount, actor: CurrentActor, desk: WiredServiceDesk
) -> ServiceAccountView:
    """Add a service, which has no key yet. You cannot give more than you may do yourself."""
    return ServiceAccountView.of(await desk.add(actor, form.new()))

"""Roles: what they lack of what this release has, and completing one that was left alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.gate import CurrentActor
from api.people import BUILT_IN
from api.routes.wiring import PROBLEMS, WiredServices
from api.strict_json import StrictRoute
from api.views.role import CompleteForm, RoleList, RoleView
from api.views.view import Name
from graphs.roles import RoleDesk

router = APIRouter(tags=["people"], responses=PROBLEMS, route_class=StrictRoute)


def role_desk(services: WiredServices) -> RoleDesk:
    """The desk, with the roles that this release has built in."""
    return RoleDesk(services=services, built_in=BUILT_IN)


WiredRoleDesk = Annotated[RoleDesk, Depends(role_desk)]


@router.get("/roles")
async def list_roles(actor: CurrentActor, desk: WiredRoleDesk) -> RoleList:
    """Every role by name, with what it lacks of this release."""
    return RoleList(roles=[RoleView.of(state) for state in await desk.listed(actor)])


@router.post("/roles/{role}/complete")
async def complete_role(
    role: Annotated[Name, Path(description="Name of a built-in role.")],
    form: CompleteForm,
    actor: CurrentActor,
    desk: WiredRoleDesk,
) -> RoleView:
    """Add what this release has and the role lacks; what it allows beyond that stays."""
    return RoleView.of(await desk.complete(actor, role, reason=form.reason))

"""Accounts: who may sign in."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredAccountDesk
from api.strict_json import StrictRoute
from api.views.account import (
    AccountList,
    AccountRolesView,
    AccountView,
    AddAccount,
    GivenView,
    RolesForm,
    StandingView,
)
from api.views.account_session import EndedSessions, SessionList, SessionView
from api.views.view import Name

router = APIRouter(tags=["accounts"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/accounts")
async def list_accounts(actor: CurrentActor, desk: WiredAccountDesk) -> AccountList:
    """Everybody who signs in or could, by login."""
    return AccountList(accounts=[AccountView.of(known) for known in await desk.listed(actor)])


@router.post("/accounts", status_code=HTTPStatus.CREATED)
async def add_account(form: AddAccount, actor: CurrentActor, desk: WiredAccountDesk) -> GivenView:
    """Add a person and invite them. You cannot give more than you may do yourself."""
    return GivenView.of(await desk.add(actor, form.new()))


@router.post("/accounts/{login}/invite")
async def invite_account(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> GivenView:
    """Invite somebody who is known; earlier tokens of theirs are of no use any more."""
    return GivenView.of(await desk.invite(actor, login))


@router.post("/accounts/{login}/reset")
async def reset_account(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> GivenView:
    """Let somebody choose another password; the one they have counts until they did."""
    return GivenView.of(await desk.reset(actor, login))


@router.put("/accounts/{login}/roles")
async def set_account_roles(
    login: Name, form: RolesForm, actor: CurrentActor, desk: WiredAccountDesk
) -> AccountRolesView:
    """Give somebody these roles and no other. You can neither give nor take more than you may do yourself."""
    roles = await desk.set_roles(actor, login, form.roles, reason=form.reason)
    return AccountRolesView(login=login, roles=list(roles))


@router.post("/accounts/{login}/disable")
async def disable_account(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> StandingView:
    """Keep somebody out at once: their sessions end, their keys and tokens are refused."""
    return StandingView.of(await desk.disable(actor, login))


@router.post("/accounts/{login}/enable")
async def enable_account(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> StandingView:
    """Let somebody in again."""
    return StandingView.of(await desk.enable(actor, login))


@router.get("/accounts/{login}/sessions")
async def list_account_sessions(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> SessionList:
    """Somebody's sessions that are not over."""
    return SessionList(sessions=[SessionView.of(row, actor) for row in await desk.sessions(actor, login)])


@router.post("/accounts/{login}/end-sessions")
async def end_account_sessions(login: Name, actor: CurrentActor, desk: WiredAccountDesk) -> EndedSessions:
    """End all of somebody's sessions."""
    return EndedSessions(ended=await desk.end_sessions(actor, login))

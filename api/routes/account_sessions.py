"""Signing in and out, the password, and one's own sessions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredRedemptionDesk, WiredSessionDesk, WiredTerms
from api.session_cookie import check_secure, clear_cookie, client_address, presented_secret, set_cookie
from api.strict_json import StrictRoute
from api.views.account_session import (
    Asked,
    AskReset,
    ChangedPassword,
    EndedSessions,
    GivenPassword,
    Redeemed,
    Redemption,
    SessionList,
    SessionView,
    SignIn,
    Whoami,
)
from graphs.accounts.session import csrf_token
from graphs.accounts.session_desk import Caller

router = APIRouter(tags=["accounts"], responses=PROBLEMS, route_class=StrictRoute)
TOLD = "if the account has an address, a message with a token is on its way"


def caller_of(request: Request) -> Caller:
    """From where the request comes."""
    return Caller(address=client_address(request.scope), agent=request.headers.get("user-agent", ""))


def no_store(response: Response) -> None:
    """Have nobody keep the answer."""
    response.headers["Cache-Control"] = "no-store"


WiredCaller = Annotated[Caller, Depends(caller_of)]
NoStore = Depends(no_store)
Secure = Depends(check_secure)


@router.post("/session", status_code=HTTPStatus.CREATED, dependencies=[NoStore, Secure])
async def sign_in(
    form: SignIn, request: Request, response: Response, desk: WiredSessionDesk, terms: WiredTerms, caller: WiredCaller
) -> Whoami:
    """Sign in. The cookie is the session; what is answered has the token that changes need.

    A session that the browser had before is ended, and its id never used again.
    """
    signed_in = await desk.sign_in(form.tenant, form.login, form.password.get_secret_value(), caller=caller)
    before = await desk.found(presented_secret(request.scope))
    if before is not None:
        await desk.sign_out(before)
    set_cookie(request, response, signed_in.secret, until=signed_in.actor.expires_at)
    return Whoami.of(signed_in.actor, terms, csrf=csrf_token(signed_in.secret))


@router.get("/session", dependencies=[NoStore])
async def show_session(request: Request, actor: CurrentActor, terms: WiredTerms) -> Whoami:
    """Who you are, and what you may do."""
    secret = presented_secret(request.scope)
    return Whoami.of(actor, terms, csrf=csrf_token(secret) if secret else None)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT, dependencies=[NoStore])
async def sign_out(request: Request, response: Response, actor: CurrentActor, desk: WiredSessionDesk) -> None:
    """Sign out: the session is over at once."""
    await desk.sign_out(actor)
    clear_cookie(request, response)


@router.post("/session/confirm", dependencies=[NoStore, Secure])
async def confirm_session(
    form: GivenPassword,
    request: Request,
    actor: CurrentActor,
    desk: WiredSessionDesk,
    terms: WiredTerms,
    caller: WiredCaller,
) -> Whoami:
    """Give the password again: what needs one given lately is open for a while."""
    confirmed = await desk.confirm(actor, form.password.get_secret_value(), caller=caller)
    return Whoami.of(confirmed, terms, csrf=csrf_token(presented_secret(request.scope)))


@router.post("/session/password", dependencies=[NoStore, Secure])
async def change_password(
    form: ChangedPassword, actor: CurrentActor, desk: WiredSessionDesk, caller: WiredCaller
) -> EndedSessions:
    """Change your password. Your other sessions end."""
    old, new = form.password.get_secret_value(), form.new_password.get_secret_value()
    return EndedSessions(ended=await desk.change_password(actor, old, new, caller=caller))


@router.get("/sessions", dependencies=[NoStore])
async def list_sessions(actor: CurrentActor, desk: WiredSessionDesk) -> SessionList:
    """Your sessions that are not over, the newest first."""
    return SessionList(sessions=[SessionView.of(row, actor) for row in await desk.mine(actor)])


@router.delete("/sessions/{session_id}", status_code=HTTPStatus.NO_CONTENT)
async def end_session(session_id: UUID, actor: CurrentActor, desk: WiredSessionDesk) -> None:
    """End one of your sessions."""
    await desk.end(actor, str(session_id))


@router.delete("/sessions")
async def end_other_sessions(actor: CurrentActor, desk: WiredSessionDesk) -> EndedSessions:
    """End all of your sessions but this one."""
    return EndedSessions(ended=await desk.end_others(actor))


@router.post("/account/reset", status_code=HTTPStatus.ACCEPTED, dependencies=[NoStore])
async def ask_reset(form: AskReset, tasks: BackgroundTasks, desk: WiredRedemptionDesk, caller: WiredCaller) -> Asked:
    """Ask for a token to set another password. The answer is the same whether there is such an account."""
    await desk.admit(caller.address)
    # After the answer, so that its time says nothing either.
    tasks.add_task(desk.ask, form.tenant, form.login)
    return Asked(told=TOLD)


@router.post("/account/redeem", dependencies=[NoStore, Secure])
async def redeem(form: Redemption, desk: WiredRedemptionDesk, caller: WiredCaller) -> Redeemed:
    """Set a password with the token of an invitation or a reset; then sign in with it. Your sessions end."""
    await desk.admit(caller.address)
    actor = await desk.redeem(form.token.get_secret_value(), form.new_password.get_secret_value())
    return Redeemed(tenant=actor.tenant, login=actor.login)

"""Signing in with an identity provider: sent there, come back, proved anew, signed out there, too."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, cast
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import SecretStr

from api.gate import CALLBACK, CONSOLE, PROVIDER, CurrentActor
from api.problems import RequestRefused
from api.routes.account_sessions import NoStore, Secure, WiredCaller
from api.routes.wiring import PROBLEMS, WiredServices, WiredSessionDesk, WiredTerms
from api.session_cookie import ATTEMPT, clear_cookie, presented_attempt, presented_secret, set_cookie
from api.strict_json import StrictRoute
from api.views.account_session import BeginForm, BegunView, ConfirmForm, ProviderView, SignedOutView
from graphs.accounts.errors import IdentityRefused, ProviderUnusable
from graphs.accounts.provider_desk import Begun, BroughtBack, ProviderDesk, SignInProvider
from graphs.accounts.session import require_session

SIGN_IN = f"{CONSOLE}/sign-in"
Brought = Annotated[str, Query(max_length=4096)]

log = structlog.get_logger(__name__)
router = APIRouter(tags=["accounts"], responses=PROBLEMS, route_class=StrictRoute)


def provider_of(request: Request) -> SignInProvider | None:
    """The provider that the application was made with."""
    return cast("SignInProvider | None", request.app.state.provider)


WiredProvider = Annotated[SignInProvider | None, Depends(provider_of)]


def provider_desk(services: WiredServices, terms: WiredTerms, provider: WiredProvider) -> ProviderDesk:
    """The desk of those who sign in with the provider. Raises `RequestRefused` (404) where there is none."""
    if provider is None:
        raise RequestRefused(
            HTTPStatus.NOT_FOUND, "not_found", "there is no identity provider here: sign in with your password"
        )
    return ProviderDesk(services=services, terms=terms, provider=provider)


WiredProviderDesk = Annotated[ProviderDesk, Depends(provider_desk)]


@router.get(PROVIDER, dependencies=[NoStore])
async def show_provider(provider: WiredProvider) -> ProviderView:
    """Whether people may sign in with an identity provider, and what they call it. Nothing is asked of it."""
    new_people = provider is not None and provider.mapping.new_roles is not None
    return ProviderView(title=provider.title if provider else None, new_people=new_people)


@router.post(PROVIDER, dependencies=[NoStore, Secure])
async def begin_sign_in(
    form: BeginForm, request: Request, response: Response, desk: WiredProviderDesk, caller: WiredCaller
) -> BegunView:
    """Begin to sign in with the identity provider: send the browser to what is answered.

    The cookie that goes with it is all that lets the browser come back.
    """
    begun = await desk.begin(next_path=form.next, invitation=_plain(form.token), caller=caller)
    return _sent(request, response, begun)


@router.post(f"{PROVIDER}/confirm", dependencies=[NoStore, Secure])
async def confirm_with_provider(
    form: ConfirmForm, request: Request, response: Response, actor: CurrentActor, desk: WiredProviderDesk
) -> BegunView:
    """Prove anew to the identity provider who you are: what needs that is open for a while afterwards."""
    return _sent(request, response, await desk.confirm(require_session(actor), next_path=form.next))


@router.get(CALLBACK, dependencies=[NoStore, Secure], response_class=RedirectResponse, status_code=HTTPStatus.SEE_OTHER)
async def come_back(
    request: Request,
    desk: WiredProviderDesk,
    sessions: WiredSessionDesk,
    caller: WiredCaller,
    state: Brought = "",
    code: Brought = "",
    iss: Annotated[str | None, Query(max_length=4096)] = None,
    error: Brought = "",
) -> RedirectResponse:
    """Where the identity provider sends the browser back to: on to the console, signed in or with why not."""
    brought = BroughtBack(state=state, code=code, issuer=iss, error=error)
    try:
        admitted = await desk.finish(presented_attempt(request.scope), brought, caller=caller)
    except (IdentityRefused, ProviderUnusable) as refused:
        # What a check of the provider's answer says never repeats what stood there.
        log.warning("sign_in.refused", why=refused.code, problem=str(refused.__cause__ or ""))
        return _on(request, f"{SIGN_IN}?{urlencode({'refused': refused.code})}")
    before = await sessions.found(presented_secret(request.scope))
    if before is not None:
        await sessions.sign_out(before)
    response = _on(request, f"{CONSOLE}{admitted.next_path}")
    set_cookie(request, response, admitted.signed_in.secret, until=admitted.signed_in.actor.expires_at)
    return response


@router.post(f"{PROVIDER}/sign-out", dependencies=[NoStore])
async def sign_out_with_provider(
    request: Request, response: Response, actor: CurrentActor, desk: WiredProviderDesk, sessions: WiredSessionDesk
) -> SignedOutView:
    """Sign out: the session is over at once. Where the provider offers it, send the browser on to sign out there."""
    by_provider = require_session(actor).issuer is not None
    await sessions.sign_out(actor)
    clear_cookie(request, response)
    back_to = desk.provider.client.terms.redirect_uri.removesuffix(CALLBACK) + SIGN_IN
    return SignedOutView(url=await desk.sign_out_url(back_to=back_to) if by_provider else None)


def _sent(request: Request, response: Response, begun: Begun) -> BegunView:
    set_cookie(request, response, begun.secret, until=begun.expires_at, suffix=ATTEMPT)
    return BegunView(url=begun.url)


def _on(request: Request, path: str) -> RedirectResponse:
    """To a page of ours, without the cookie of the attempt, and without telling anybody the address we came by."""
    response = RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    clear_cookie(request, response, suffix=ATTEMPT)
    return response


def _plain(token: SecretStr | None) -> str | None:
    return token.get_secret_value() if token is not None else None

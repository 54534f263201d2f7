"""Signing in with an identity provider: proving anew who one is, signing out, and identities that are taken."""

from __future__ import annotations

from graphs.accounts.desk import NewAccount
from tests.support.accounts import HTTPS, Browser, Reception
from tests.support.engine import Engine
from tests.support.identity import (
    CLIENT,
    ScriptedProvider,
    answer_of_mock,
    begun,
    landed,
    provider_at,
)

REFUSED = "/console/sign-in?refused="


async def came_back(reception: Reception, browser: Browser, path: str) -> str:
    return landed(await browser.get(path))


async def linked(reception: Reception, provider: ScriptedProvider, browser: Browser | None = None) -> Browser:
    """Clara, linked with who she is to the provider, and signed in."""
    found = browser or reception.browser()
    token = (await reception.invited("clara")).token
    assert landed(await found.get(provider.back(await begun(found, token=token)))) == "/console/tasks"
    found.csrf = (await found.get("/session")).json()["csrf_token"]
    return found


async def test_what_needs_a_recent_proof_is_open_after_proving_anew(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    provider.without = ("auth_time",)
    browser = await linked(reception, provider)
    assert (await browser.get("/session")).json()["confirmed_at"].startswith("1970")
    begin = await browser.post("/session/provider/confirm", {"next": "/admin"})
    assert "prompt=login" in begin.json()["url"]
    stale = await came_back(reception, browser, provider.back(begin.json()["url"]))
    provider.without = ()
    begin = await browser.post("/session/provider/confirm", {"next": "/admin"})
    fresh = await came_back(reception, browser, provider.back(begin.json()["url"]))
    assert (stale, fresh) == (f"{REFUSED}identity_stale", "/console/admin")
    assert not (await browser.get("/session")).json()["confirmed_at"].startswith("1970")


async def test_nobody_proves_for_somebody_else(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = await linked(reception, provider)
    begin = await browser.post("/session/provider/confirm", {"next": "/admin"})
    provider.claims = {"sub": "somebody else"}
    assert await came_back(reception, browser, provider.back(begin.json()["url"])) == f"{REFUSED}identity_elsewhere"


async def test_signing_out_ends_the_session_here_and_leads_to_the_provider(
    engine: Engine, issuer: str, secret: str
) -> None:
    reception = await Reception.of(engine, provider=provider_at(issuer, client_secret=secret))
    browser, token = reception.browser(), (await reception.invited("clara")).token
    await browser.get(answer_of_mock(await begun(browser, token=token), "clara-there"))
    browser.csrf = (await browser.get("/session")).json()["csrf_token"]
    answer = await browser.post("/session/provider/sign-out")
    assert answer.json()["url"].startswith(f"{issuer}/oauth2/end_session?client_id={CLIENT}&post_logout_redirect_uri=")
    assert HTTPS.removeprefix("https://") in answer.json()["url"]
    assert (await browser.get("/session")).status_code == 401


async def test_an_identity_of_somebody_else_is_not_linked_twice(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    await linked(reception, provider)
    new = NewAccount(login="zoe", name="Zoe", email=None, roles=("clerk",))
    given = await reception.accounts.add(await reception.admin(), new)
    browser = reception.browser()
    path = provider.back(await begun(browser, token=given.token))
    assert await came_back(reception, browser, path) == f"{REFUSED}identity_elsewhere"
    reset = (await reception.accounts.reset(await reception.admin(), "zoe")).token
    refused = await browser.post("/session/provider", {"token": reset})
    assert refused.json()["code"] == "token_refused"


async def test_without_a_provider_there_is_nothing_to_begin(engine: Engine) -> None:
    reception = await Reception.of(engine)
    browser = reception.browser()
    shown, begin = await browser.get("/session/provider"), await browser.post("/session/provider", {})
    assert (shown.json(), begin.status_code) == ({"title": None, "new_people": False}, 404)

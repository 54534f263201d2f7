"""Signing in with an identity provider: who gets in, and everything that must not let anybody in.

The ways of honest people go through `oidc-provider-mock`; a provider of the tests says what no honest one does.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text

from graphs.accounts.claims import ClaimMapping
from tests.support.accounts import OTHER, Browser, Reception
from tests.support.engine import Engine
from tests.support.identity import (
    CLIENT,
    MAPPING,
    SUBJECT,
    ScriptedProvider,
    answer_of_mock,
    begun,
    landed,
    provider_at,
)

ENTRIES = text(
    "SELECT e.kind, v.content FROM audit_entries e LEFT JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq "
    "WHERE e.kind = ANY (:kinds) ORDER BY e.seq"
)
ATTEMPT = "__Host-interlock-sign-in"
SESSION = "__Host-interlock"
REFUSED = "/console/sign-in?refused="


async def trail(reception: Reception, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """The audit entries of these kinds, in order, with what they say."""
    async with reception.engine.database.unit_of_work("acme") as unit:
        found = (await unit.session.execute(ENTRIES, {"kinds": list(kinds)})).all()
    return [(kind, content or {}) for kind, content in found]


async def came_back(reception: Reception, browser: Browser, path: str) -> str:
    return landed(await browser.get(path))


async def linked(reception: Reception, provider: ScriptedProvider, browser: Browser | None = None) -> Browser:
    """Clara, linked with who she is to the provider, and signed in."""
    found = browser or reception.browser()
    token = (await reception.invited("clara")).token
    assert landed(await found.get(provider.back(await begun(found, token=token)))) == "/console/tasks"
    found.csrf = (await found.get("/session")).json()["csrf_token"]
    return found


# who gets in


async def test_an_invited_person_brings_their_identity_with_the_link_and_needs_no_password(
    engine: Engine, issuer: str, secret: str
) -> None:
    reception = await Reception.of(engine, provider=provider_at(issuer, client_secret=secret))
    browser, token = reception.browser(), (await reception.invited("clara")).token
    first = landed(await browser.get(answer_of_mock(await begun(browser, token=token), "clara-there")))
    who = (await browser.get("/session")).json()
    again = reception.browser()
    second = landed(await again.get(answer_of_mock(await begun(again, next_path="/tasks?tab=team"), "clara-there")))
    assert (first, second) == ("/console/tasks", "/console/tasks?tab=team")
    assert (who["login"], who["by_provider"]) == ("clara", True)
    [known] = [one for one in await reception.accounts.listed(await reception.admin()) if one.user.login == "clara"]
    assert (known.account is not None and known.account.password_hash, known.issuers) == (None, (issuer,))
    kinds = [kind for kind, _ in await trail(reception, "account.linked", "session.started", "session.refused")]
    assert kinds == ["account.linked", "session.started", "session.started"]


async def test_whom_only_the_provider_knows_is_refused_and_the_refusal_is_on_record(
    engine: Engine, issuer: str, secret: str
) -> None:
    reception = await Reception.of(engine, provider=provider_at(issuer, client_secret=secret))
    browser = reception.browser()
    # The same login and the same address as somebody here: neither is who they are.
    assert (
        landed(await browser.get(answer_of_mock(await begun(browser), "clara-there"))) == f"{REFUSED}identity_unknown"
    )
    assert SESSION not in browser.http.cookies
    [(_, values)] = await trail(reception, "session.refused")
    assert (values["why"], values["issuer"]) == ("identity_unknown", issuer)


async def test_new_people_get_in_with_the_roles_of_the_settings_where_that_is_set(
    engine: Engine, issuer: str, secret: str
) -> None:
    mapping = replace(MAPPING, new_roles=("clerk",), roles_claim="groups", roles={"finance": "approver"})
    reception = await Reception.of(engine, provider=provider_at(issuer, mapping=mapping, client_secret=secret))
    browser = reception.browser()
    await browser.get(answer_of_mock(await begun(browser), "greta-there"))
    who = (await browser.get("/session")).json()
    assert (who["login"], who["name"], who["roles"]) == ("greta", "Greta Gruber", ["approver", "clerk"])
    other = reception.browser()
    # Clara's login is taken: whoever calls themselves so there is not her.
    taken = landed(await other.get(answer_of_mock(await begun(other), "clara-there")))
    assert taken == f"{REFUSED}identity_elsewhere"


async def test_roles_that_the_provider_decides_about_are_given_and_taken_and_no_other(
    engine: Engine, provider: ScriptedProvider
) -> None:
    mapping = replace(MAPPING, roles_claim="groups", roles={"finance": "approver", "gone": "no_such_role"})
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    provider.claims = {"groups": ["finance", "gone"]}
    browser = await linked(reception, provider)
    assert (await browser.get("/session")).json()["roles"] == ["ap_clerk", "approver", "clerk"]
    provider.claims = {}
    await browser.get(provider.back(await begun(browser)))
    assert (await browser.get("/session")).json()["roles"] == ["ap_clerk", "clerk"]
    assert [values["taken"] for _, values in await trail(reception, "account.roles_set")] == [[], ["approver"]]


async def test_a_login_counts_only_while_an_invitation_waits_and_where_that_is_set(
    engine: Engine, provider: ScriptedProvider
) -> None:
    mapping = replace(MAPPING, match="login")
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    browser = reception.browser()
    uninvited = await came_back(reception, browser, provider.back(await begun(browser)))
    await reception.invited("clara")
    invited = await came_back(reception, browser, provider.back(await begun(browser)))
    await reception.has_password("dora")
    await reception.invited("dora")
    provider.claims = {"sub": "somebody else", "preferred_username": "dora"}
    with_password = await came_back(reception, browser, provider.back(await begun(browser)))
    provider.claims = {"sub": "a third", "preferred_username": "clara"}
    linked_already = await came_back(reception, browser, provider.back(await begun(browser)))
    assert (uninvited, invited) == (f"{REFUSED}identity_unknown", "/console/tasks")
    assert {with_password, linked_already} == {f"{REFUSED}identity_unknown"}


async def test_an_address_is_no_login_before_the_provider_has_verified_it(
    engine: Engine, provider: ScriptedProvider
) -> None:
    mapping = ClaimMapping(tenant="acme", login_claim="email", match="login", new_roles=("clerk",))
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    browser = reception.browser()
    provider.claims = {"email": "zoe@example.com", "email_verified": False}
    unverified = await came_back(reception, browser, provider.back(await begun(browser)))
    provider.claims = {"email": "zoe@example.com", "email_verified": True}
    verified = await came_back(reception, browser, provider.back(await begun(browser)))
    assert (unverified, verified) == (f"{REFUSED}identity_unknown", "/console/tasks")


async def test_a_claim_that_names_no_organisation_of_ours_lets_nobody_in(
    engine: Engine, provider: ScriptedProvider
) -> None:
    mapping = ClaimMapping(tenant="acme", tenant_claim="org", new_roles=("clerk",))
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    browser = reception.browser()
    found = []
    for claims in ({}, {"org": "globex"}, {"org": ["acme"]}, {"org": "acme", "preferred_username": "zoe"}):
        provider.claims = claims
        found.append(await came_back(reception, browser, provider.back(await begun(browser))))
    assert found == [f"{REFUSED}identity_doubtful"] * 3 + ["/console/tasks"]


async def test_claims_that_the_token_lacks_are_asked_for_and_must_be_of_the_same_person(
    engine: Engine, provider: ScriptedProvider
) -> None:
    provider.described = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.without = ("preferred_username",)
    mapping = replace(MAPPING, new_roles=("clerk",))
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    browser = reception.browser()
    provider.known = {"sub": "somebody else", "preferred_username": "zoe"}
    other = await came_back(reception, browser, provider.back(await begun(browser)))
    provider.known = {"sub": SUBJECT, "preferred_username": "zoe"}
    own = await came_back(reception, browser, provider.back(await begun(browser)))
    assert (other, own) == (f"{REFUSED}identity_doubtful", "/console/tasks")


# who does not


async def test_a_disabled_account_stays_out(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = await linked(reception, provider)
    await reception.accounts.disable(await reception.admin(), "clara")
    assert await came_back(reception, browser, provider.back(await begun(browser))) == f"{REFUSED}account_disabled"
    assert (await browser.get("/session")).status_code == 401


async def test_who_says_no_at_the_provider_is_told_so(engine: Engine, issuer: str, secret: str) -> None:
    reception = await Reception.of(engine, provider=provider_at(issuer, client_secret=secret))
    browser = reception.browser()
    path = answer_of_mock(await begun(browser), "clara-there", action="deny")
    # The mock leaves the state out of its refusal, so nobody can say whose it is.
    assert await came_back(reception, browser, path) == f"{REFUSED}sign_in_lost"


async def test_an_error_of_the_provider_is_a_named_refusal_and_its_words_are_shown_nowhere(
    engine: Engine, provider: ScriptedProvider
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    url = await begun(browser)
    path = f"/session/provider/callback?error=access_denied&error_description=Call+0900&state={provider.sees(url)}"
    assert await came_back(reception, browser, path) == f"{REFUSED}provider_declined"
    assert "0900" not in json.dumps(await trail(reception, "session.refused"))


FORGED: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"without": ("nonce",)},
    "another client": {"claims": {"aud": "another"}},
    "more clients, and none that it was made for": {"claims": {"aud": [CLIENT, "another"]}},
    "made for another client": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "another issuer": {"claims": {"iss": "https://evil.test"}},
    "no signature": {"unsigned": True, "header": {"alg": "none"}},
    "over": {"claims": {"exp": 1_000_000_000}},
    "no end": {"without": ("exp",)},
    "not made yet": {"claims": {"iat": 9_000_000_000, "exp": 9_000_000_300}},
    "another access token": {"claims": {"at_hash": "bm90IHRoaXMgb25l"}},
    "nobody": {"without": ("sub",)},
    "a subject that is no text": {"claims": {"sub": 7}},
    "a subject without end": {"claims": {"sub": "x" * 256}},
    "a key of its own": {"signed_by": RSAKey.generate_key(2048, {"kid": "one"})},
    "a key that nobody knows": {"header": {"kid": "two"}},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=list(FORGED))
async def test_a_token_that_does_not_hold_lets_nobody_in(
    engine: Engine, provider: ScriptedProvider, forged: dict[str, Any]
) -> None:
    mapping = replace(MAPPING, new_roles=("clerk",))
    reception = await Reception.of(engine, provider=provider_at(provider.issuer, mapping=mapping))
    browser = reception.browser()
    for name, value in forged.items():
        setattr(provider, name, value)
    assert await came_back(reception, browser, provider.back(await begun(browser))) == f"{REFUSED}identity_doubtful"
    assert SESSION not in browser.http.cookies


async def test_a_public_key_is_no_shared_secret(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    provider.described = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    provider.header = {"alg": "HS256"}
    provider.sealed_with = provider.key.as_pem(private=False)
    assert await came_back(reception, browser, provider.back(await begun(browser))) == f"{REFUSED}identity_doubtful"


async def test_an_answer_of_another_provider_is_refused(engine: Engine, provider: ScriptedProvider) -> None:
    provider.described = {"authorization_response_iss_parameter_supported": True}
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    other = await came_back(reception, browser, provider.back(await begun(browser), iss="https://evil.test"))
    silent = await came_back(reception, browser, provider.back(await begun(browser)))
    assert {other, silent} == {f"{REFUSED}identity_doubtful"}
    assert "/token" not in provider.asked


async def test_a_provider_that_calls_itself_otherwise_is_not_used(engine: Engine, provider: ScriptedProvider) -> None:
    provider.described = {"issuer": "https://evil.test"}
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    answer = await reception.browser().post("/session/provider", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unusable")


# the browser


async def test_what_was_brought_once_is_of_no_use_again(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    token = (await reception.invited("clara")).token
    browser = reception.browser()
    path = provider.back(await begun(browser, token=token))
    secret = browser.http.cookies[ATTEMPT]
    answers = await asyncio.gather(*(browser.http.get(path, headers={"Cookie": f"{ATTEMPT}={secret}"}) for _ in "ab"))
    places = sorted(landed(answer) for answer in answers)
    later = await reception.browser().http.get(path, headers={"Cookie": f"{ATTEMPT}={secret}"})
    assert places == [f"{REFUSED}sign_in_lost", "/console/tasks"]
    assert landed(later) == f"{REFUSED}sign_in_lost"


async def test_nobody_is_signed_in_by_a_link_that_somebody_else_has_begun(
    engine: Engine, provider: ScriptedProvider
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    await linked(reception, provider)
    attacker, victim = reception.browser(), reception.browser()
    path = provider.back(await begun(attacker))
    bare = await came_back(reception, victim, path)
    await begun(victim)
    busy = await came_back(reception, victim, path)
    assert {bare, busy} == {f"{REFUSED}sign_in_lost"}
    assert SESSION not in victim.http.cookies
    assert await trail(reception, "session.refused") == []


async def test_a_sign_in_that_took_too_long_is_lost(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    path = provider.back(await begun(browser))
    engine.clock.ahead += timedelta(minutes=11)
    assert await came_back(reception, browser, path) == f"{REFUSED}sign_in_lost"


@pytest.mark.parametrize("wanted", ["//evil.test", "https://evil.test", "/\\evil.test", "/\t/evil.test", "/%zz\n", ""])
async def test_nobody_is_sent_on_to_a_page_of_somebody_else(
    engine: Engine, provider: ScriptedProvider, wanted: str
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser, token = reception.browser(), (await reception.invited("clara")).token
    assert await came_back(reception, browser, provider.back(await begun(browser, next_path=wanted, token=token))) == (
        "/console/"
    )


async def test_another_page_cannot_begin_it_and_no_secret_crosses_a_network_unsealed(
    engine: Engine, provider: ScriptedProvider
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    foreign = await browser.http.post("/session/provider", json={}, headers={"Origin": "https://evil.test"})
    plain = reception.browser("http://interlock.test", address="192.0.2.9")
    unsealed = await plain.post("/session/provider", {})
    assert (foreign.json()["code"], unsealed.json()["code"]) == ("csrf_refused", "insecure_connection")


async def test_the_session_before_ends_and_cookies_are_those_of_a_password(
    engine: Engine, provider: ScriptedProvider
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = await linked(reception, provider)
    before = browser.http.cookies[SESSION]
    answer = await browser.get(provider.back(await begun(browser)))
    cookies = answer.headers.get_list("set-cookie")
    [session] = [one for one in cookies if one.startswith(f"{SESSION}=")]
    [attempt] = [one for one in cookies if one.startswith(f"{ATTEMPT}=")]
    assert all(part in session for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Max-Age=0" in attempt
    assert await reception.sessions.found(before) is None


async def test_neither_an_attempt_nor_an_identity_holds_a_secret(engine: Engine, provider: ScriptedProvider) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    browser = reception.browser()
    url = await begun(browser)
    secret = browser.http.cookies[ATTEMPT]
    async with engine.database.unit_of_work("acme") as unit:
        connection = await unit.session.connection()
        rows = (await connection.exec_driver_sql("SELECT * FROM sign_in_attempts")).mappings().all()
    stored = str([dict(row) for row in rows])
    assert len(rows) == 1
    assert [one for one in (secret, provider.sees(url), provider._nonce, provider._challenge) if one in stored] == []


# the provider


async def test_a_provider_that_is_down_is_named_and_people_with_a_password_still_get_in(
    engine: Engine, provider: ScriptedProvider
) -> None:
    reception = await Reception.of(engine, provider=provider_at(provider.issuer))
    await reception.has_password("anton", password=OTHER)
    provider.down = True
    browser = reception.browser()
    begin = await browser.post("/session/provider", {})
    shown = await browser.get("/session/provider")
    assert (begin.status_code, begin.json()["code"]) == (503, "provider_unusable")
    assert shown.json()["title"] == "Example"
    assert (await browser.sign_in("anton", OTHER)).status_code == 201
    provider.down = False
    path = provider.back(await begun(browser))
    provider.down = True
    assert await came_back(reception, browser, path) == f"{REFUSED}provider_unusable"


async def test_a_new_key_of_the_provider_works_at_once_and_nobody_makes_us_ask_without_end(
    engine: Engine, provider: ScriptedProvider
) -> None:
    made = provider_at(provider.issuer)
    reception = await Reception.of(engine, provider=made)
    made.client.clock = engine.clock
    browser = await linked(reception, provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.header = {"kid": "two"}
    engine.clock.ahead += timedelta(seconds=11)
    rotated = await came_back(reception, browser, provider.back(await begun(browser)))
    provider.header = {"kid": "three"}
    for _ in range(3):
        await browser.get(provider.back(await begun(browser)))
    assert rotated == "/console/tasks"
    assert provider.asked.count("/jwks") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(("seconds", "place"), [(50, "/console/tasks"), (70, f"{REFUSED}identity_doubtful")])
async def test_its_clock_may_be_a_little_ahead(
    engine: Engine, provider: ScriptedProvider, seconds: int, place: str
) -> None:
    made = provider_at(provider.issuer)
    reception = await Reception.of(engine, provider=made)
    token = (await reception.invited("clara")).token
    now = engine.clock()
    made.client.clock = lambda: now
    made_at = int(now.timestamp()) + seconds
    provider.claims = {"iat": made_at, "exp": made_at + 300}
    browser = reception.browser()
    assert await came_back(reception, browser, provider.back(await begun(browser, token=token))) == place


async def test_the_client_says_who_it_is_by_its_secret_which_stands_in_no_setting(
    engine: Engine, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = provider_at(provider.issuer, client_secret="env:A_SECRET")
    reception = await Reception.of(engine, provider=made)
    answer = await reception.browser().post("/session/provider", {})
    monkeypatch.setenv("A_SECRET", "very secret")
    browser = reception.browser()
    url = await begun(browser)
    assert (answer.status_code, "env:A_SECRET" in answer.json()["detail"]) == (503, True)
    assert "secret" not in url

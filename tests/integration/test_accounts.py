"""Accounts: added, invited, redeemed, reset, kept out; by whom, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from graphs.accounts.desk import NewAccount
from graphs.accounts.errors import (
    ConfirmationNeeded,
    GrantExceeded,
    LoginInvalid,
    LoginTaken,
    PasswordTooWeak,
    SignInRefused,
    TokenRefused,
)
from graphs.accounts.signed_token import Purpose, spelled
from graphs.accounts.told import told
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.store.accounts import AccountTokens
from graphs.store.notice_tables import NoticeRow
from tests.support.accounts import HERE, OTHER, PASSWORD, TERMS, Reception
from tests.support.api import grant, key_of
from tests.support.engine import Engine
from tests.support.people import actor, populate

EVA = NewAccount(login="Eva", name="Eva Example", email="eva@acme.example", roles=("clerk",))


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    return await Reception.of(engine)


async def kinds(engine: Engine) -> list[str]:
    async with engine.database.unit_of_work("acme") as unit:
        query = text("SELECT kind FROM audit_entries WHERE kind LIKE 'account.%' OR kind LIKE 'session.%' ORDER BY seq")
        return list((await unit.session.execute(query)).scalars())


async def notices(engine: Engine) -> list[NoticeRow]:
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(select(NoticeRow).order_by(col(NoticeRow.created_at)))).scalars())


async def test_somebody_new_is_added_invited_and_signs_in(reception: Reception) -> None:
    given = await reception.accounts.add(await reception.admin(), EVA)
    with pytest.raises(SignInRefused):
        await reception.sessions.sign_in("acme", "eva", PASSWORD, caller=HERE)
    await reception.redemption.redeem(given.token, PASSWORD)
    signed_in = await reception.sessions.sign_in("acme", "EVA", PASSWORD, caller=HERE)
    assert (signed_in.actor.user_id, signed_in.actor.roles) == ("acme-eva", ("clerk",))
    assert await kinds(reception.engine) == [
        "account.added",
        "account.invited",
        "account.password_set",
        "session.started",
    ]
    assert (await reception.engine.verification()).sound


async def test_whoever_has_an_address_is_told_without_the_token_being_stored(reception: Reception) -> None:
    given = await reception.accounts.add(await reception.admin(), EVA)
    [notice] = await notices(reception.engine)
    assert (notice.kind, notice.recipient_id) == ("account.invited", "acme-eva")
    assert given.token not in str(notice.values)
    assert told(reception.engine.services.seal, notice.values) == {"token": given.token}
    assert told(reception.engine.services.seal, {"case": "x"}) == {}


async def test_an_account_that_cannot_be_meant_is_refused(reception: Reception) -> None:
    changes: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"login": "clara"}, LoginTaken),
        ({"login": "CLARA"}, LoginTaken),
        ({"login": "сlara"}, LoginInvalid),
        ({"login": "eva\0"}, LoginInvalid),
        ({"login": "e" * 65}, LoginInvalid),
        ({"roles": ("clerk", "emperor")}, Invalid),
    ]
    for change, error in changes:
        with pytest.raises(error):
            await reception.accounts.add(await reception.admin(), replace(EVA, **change))
    assert "account.added" not in await kinds(reception.engine)


async def test_nobody_gives_more_than_they_have(reception: Reception) -> None:
    """Also not by a password: who sets it can act as the person."""
    await grant(reception.engine.database, "anton", "account.manage")
    anton = await actor(reception.engine.database, "anton")
    with pytest.raises(GrantExceeded, match=r"case\.start"):
        await reception.accounts.add(anton, EVA)
    for order in (reception.accounts.invite, reception.accounts.reset, reception.accounts.disable):
        with pytest.raises(GrantExceeded):
            await order(anton, "sven")
    given = await reception.accounts.add(anton, NewAccount(login="eva", name="Eva", email=None, roles=("approver",)))
    assert given.user.login == "eva"


async def test_accounts_are_managed_by_whoever_may(reception: Reception) -> None:
    clara = await actor(reception.engine.database, "clara")
    desk = reception.accounts
    for order in (desk.invite, desk.reset, desk.disable, desk.enable, desk.sessions, desk.end_sessions):
        with pytest.raises(PermissionMissing):
            await order(clara, "anton")
    with pytest.raises(PermissionMissing):
        await desk.add(clara, EVA)
    with pytest.raises(PermissionMissing):
        await desk.listed(clara)


async def test_a_session_manages_accounts_only_with_a_password_given_lately(reception: Reception) -> None:
    await reception.has_password("sven")
    sven = (await reception.sessions.sign_in("acme", "sven", PASSWORD, caller=HERE)).actor
    await reception.accounts.invite(sven, "clara")
    reception.engine.clock.ahead = TERMS.confirmation + timedelta(minutes=1)
    with pytest.raises(ConfirmationNeeded):
        await reception.accounts.invite(sven, "clara")
    sven = await reception.sessions.confirm(sven, PASSWORD, caller=HERE)
    await reception.accounts.invite(sven, "clara")


async def test_only_persons_sign_in(reception: Reception) -> None:
    with pytest.raises(Invalid, match="API key"):
        await reception.invited("intake")
    with pytest.raises(NotFound):
        await reception.invited("nobody")


async def test_a_token_is_used_once_by_one_of_two(reception: Reception) -> None:
    token = (await reception.invited("clara")).token
    found = await asyncio.gather(
        reception.redemption.redeem(token, PASSWORD),
        reception.redemption.redeem(token, OTHER),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["Actor", "TokenRefused"]
    with pytest.raises(TokenRefused):
        await reception.redemption.redeem(token, PASSWORD)
    assert (await kinds(reception.engine)).count("account.password_set") == 1


async def test_a_weak_password_does_not_use_the_token_up(reception: Reception) -> None:
    token = (await reception.invited("clara")).token
    for weak in ("short", "clara1234567", "password1234"):
        with pytest.raises(PasswordTooWeak):
            await reception.redemption.redeem(token, weak)
    await reception.redemption.redeem(token, PASSWORD)


async def test_a_token_runs_out(reception: Reception) -> None:
    for life, give in (
        (TERMS.invitation_life, reception.accounts.invite),
        (TERMS.reset_life, reception.accounts.reset),
    ):
        first = (await give(await reception.admin(), "clara")).token
        reception.engine.clock.ahead += life - timedelta(seconds=5)
        await reception.redemption.redeem(first, PASSWORD)
        second = (await give(await reception.admin(), "clara")).token
        reception.engine.clock.ahead += life
        with pytest.raises(TokenRefused):
            await reception.redemption.redeem(second, OTHER)


async def test_a_token_is_replaced_by_the_next_and_by_a_change(reception: Reception) -> None:
    first, second = (await reception.invited("clara")).token, (await reception.invited("clara")).token
    with pytest.raises(TokenRefused):
        await reception.redemption.redeem(first, PASSWORD)
    await reception.redemption.redeem(second, PASSWORD)
    third = (await reception.accounts.reset(await reception.admin(), "clara")).token
    clara = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).actor
    await reception.sessions.change_password(clara, PASSWORD, OTHER, caller=HERE)
    with pytest.raises(TokenRefused):
        await reception.redemption.redeem(third, PASSWORD)


async def test_a_token_that_is_none_is_refused(reception: Reception) -> None:
    unknown = spelled(reception.engine.services.seal, Purpose.ACCOUNT, "00000000-0000-4000-8000-000000000000")
    for token in ("", "x", "A" * 64, "\0" * 64, "é" * 64, "A" * 63 + "=", unknown):
        with pytest.raises(TokenRefused):
            await reception.redemption.redeem(token, PASSWORD)


async def test_a_reset_sets_another_password_and_ends_sessions_and_pauses(reception: Reception) -> None:
    await reception.has_password("clara")
    secret = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).secret
    token = (await reception.accounts.reset(await reception.admin(), "clara")).token
    assert await reception.sessions.found(secret) is not None, "what was known counts until then"
    for _ in range(6):
        with pytest.raises(SignInRefused):
            await reception.sessions.sign_in("acme", "clara", OTHER, caller=HERE)
    await reception.redemption.redeem(token, OTHER)
    assert await reception.sessions.found(secret) is None
    assert await reception.sessions.sign_in("acme", "clara", OTHER, caller=HERE)


async def test_whoever_asks_for_a_reset_is_answered_alike(reception: Reception) -> None:
    await reception.accounts.add(await reception.admin(), EVA)
    browser = reception.browser()
    answers = [await browser.post("/account/reset", {"login": login}) for login in ("eva", "nobody", "clara", "intake")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    told_of = [(notice.kind, notice.recipient_id) for notice in await notices(reception.engine)]
    assert told_of == [("account.invited", "acme-eva"), ("account.reset", "acme-eva")]


async def test_asking_again_and_again_sends_one_message_and_pauses(reception: Reception) -> None:
    await reception.accounts.add(await reception.admin(), EVA)
    browser = reception.browser()
    statuses = [(await browser.post("/account/reset", {"login": "eva"})).status_code for _ in range(8)]
    assert statuses == [202] * 6 + [429] * 2
    assert len(await notices(reception.engine)) == 2
    reception.engine.clock.ahead = TERMS.reset_gap + timedelta(minutes=6)
    assert (await browser.post("/account/reset", {"login": "eva"})).status_code == 202
    assert len(await notices(reception.engine)) == 3


async def test_whoever_is_disabled_is_refused_by_session_token_and_key_until_enabled(reception: Reception) -> None:
    await reception.has_password("clara")
    secret = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).secret
    token = (await reception.invited("clara")).token
    await reception.accounts.disable(await reception.admin(), "clara")
    http = reception.browser().http
    assert await reception.sessions.found(secret) is None
    assert (await http.get("/cases", headers={"X-API-Key": key_of("clara")})).status_code == 401
    with pytest.raises(TokenRefused):
        await reception.redemption.redeem(token, OTHER)
    with pytest.raises(Invalid, match="enable"):
        await reception.invited("clara")
    await reception.accounts.enable(await reception.admin(), "clara")
    assert await reception.sessions.found(secret) is None, "what was ended stays so"
    assert await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)


async def test_nobody_disables_themselves(reception: Reception) -> None:
    with pytest.raises(Invalid, match="somebody else"):
        await reception.accounts.disable(await reception.admin(), "sven")


async def test_accounts_are_added_listed_and_ended_over_http(reception: Reception) -> None:
    async with reception.browser().http as http:
        http.headers["X-API-Key"] = key_of("sven")
        added = await http.post("/accounts", json={"login": "eva", "name": "Eva", "roles": ["clerk", "clerk"]})
        twice = await http.post("/accounts", json={"login": "EVA", "name": "Eva"})
        token = added.json()["token"]
        redeemed = await http.post(
            "/account/redeem", json={"token": token, "new_password": PASSWORD}, headers={"X-API-Key": ""}
        )
        await reception.sessions.sign_in("acme", "eva", PASSWORD, caller=HERE)
        listed = {one["login"]: one for one in (await http.get("/accounts")).json()["accounts"]}
        sessions = (await http.get("/accounts/eva/sessions")).json()["sessions"]
        ended = await http.post("/accounts/eva/end-sessions")
        disabled = await http.post("/accounts/eva/disable")
        nul = await http.post("/accounts/%00/disable")
    assert (added.status_code, added.json()["told"]) == (201, False)
    assert (twice.status_code, twice.json()["code"]) == (409, "login_taken")
    assert redeemed.json() == {"tenant": "acme", "login": "eva"}
    assert (listed["eva"]["roles"], listed["eva"]["invited"]) == (["clerk"], True)
    assert (listed["clara"]["invited"], "intake" in listed) == (False, False)
    assert listed["eva"]["password_set_at"] is not None
    assert [(one["address"], one["current"]) for one in sessions] == [("192.0.2.7", False)]
    assert ended.json() == {"ended": 1}
    assert disabled.json() == {"login": "eva", "active": False}
    assert nul.status_code == 422


async def test_what_is_of_another_organisation_is_not_there(reception: Reception) -> None:
    await populate(reception.engine.database, "bolt")
    await reception.has_password("clara")
    secret = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).secret
    await grant(reception.engine.database, "sven", "admin", tenant="bolt")
    other = await actor(reception.engine.database, "sven", tenant="bolt")
    with pytest.raises(NotFound):
        await reception.accounts.invite(other, "acme-clara")
    assert [known.user.tenant for known in await reception.accounts.listed(other)] == ["bolt"] * 6
    async with reception.engine.database.unit_of_work("bolt") as unit:
        for table in ("accounts", "account_sessions", "account_tokens", "task_links"):
            assert (await unit.session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
    found = await reception.sessions.found(secret)
    assert found is not None
    assert found.tenant == "acme"


async def test_who_presents_a_token_sees_its_row_and_no_other(reception: Reception) -> None:
    await reception.has_password("clara", "anton")
    async with reception.engine.database.unit_of_work("acme") as unit:
        token_id = (await unit.session.execute(text("SELECT min(id) FROM account_tokens"))).scalar_one()
    async with reception.engine.database.unit_of_work() as unit:
        assert (await unit.session.execute(text("SELECT count(*) FROM account_tokens"))).scalar_one() == 0
        row = await AccountTokens(unit.session).presented(token_id)
        assert row is not None
        assert (await unit.session.execute(text("SELECT count(*) FROM account_tokens"))).scalar_one() == 1
        assert (await unit.session.execute(text("SELECT count(*) FROM account_sessions"))).scalar_one() == 0
        changed = await unit.session.execute(text("UPDATE account_tokens SET used_at = NULL RETURNING id"))
        assert changed.all() == [], "it is shown, and not his to change"

"""Signing in: what a session is, how it ends, what it refuses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from graphs.accounts.errors import ConfirmationNeeded, SessionNeeded, SignInRefused
from graphs.accounts.password import Hasher
from graphs.accounts.session import SessionActor, confirmed_within, require_confirmed
from graphs.accounts.terms import AccountTerms
from graphs.store.people_tables import User
from tests.support.accounts import HERE, HTTPS, OTHER, PASSWORD, TERMS, Reception
from tests.support.api import key_of
from tests.support.engine import Engine
from tests.support.people import actor, populate

LOOPBACK = "http://127.0.0.1:8400"


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    found = await Reception.of(engine)
    await found.has_password("clara", "anton")
    return found


async def trail(engine: Engine, kind: str) -> list[Any]:
    async with engine.database.unit_of_work("acme") as unit:
        query = "SELECT actor FROM audit_entries WHERE kind = :kind ORDER BY seq"
        return list((await unit.session.execute(text(query), {"kind": kind})).scalars())


async def test_whoever_signs_in_is_told_who_they_are_and_acts_as_that(reception: Reception) -> None:
    browser = reception.browser()
    answer = await browser.sign_in("clara")
    who = (await browser.get("/session")).json()
    started = await browser.post("/cases", {"process": "toy", "input": {"subject": "a note"}})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert who == answer.json()
    assert (who["id"], who["login"], who["kind"]) == ("acme-clara", "clara", "person")
    assert "case.start" in who["permissions"]
    assert started.status_code == 201, started.text
    assert (await reception.engine.case(started.json()["case"]["id"])).created_by == "acme-clara"
    assert await trail(reception.engine, "session.started") == ["acme-clara"]
    assert (await reception.engine.verification()).sound


async def test_over_https_the_cookie_is_of_this_host_alone(reception: Reception) -> None:
    cookie = (await reception.browser().sign_in("clara")).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith("__Host-interlock=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)


async def test_on_the_machine_itself_http_will_do_under_another_name(reception: Reception) -> None:
    for url in (LOOPBACK, "http://localhost:8400", "http://[::1]:8400"):
        answer = await reception.browser(url).sign_in("clara")
        assert answer.status_code == 201, answer.text
        assert answer.headers["set-cookie"].startswith("interlock-loopback-only=")
        assert "secure" not in answer.headers["set-cookie"].lower()


async def test_no_password_crosses_a_network_in_the_clear(reception: Reception) -> None:
    secret = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).secret
    cookies = {"Cookie": f"__Host-interlock={secret}; interlock-loopback-only={secret}"}
    elsewhere = [
        reception.browser("http://interlock.test"),
        reception.browser(LOOPBACK, address="192.0.2.7"),
        reception.browser("http://127.0.0.1.evil.test"),
    ]
    for browser in elsewhere:
        refused = await browser.sign_in("clara")
        assert (refused.status_code, refused.json()["code"]) == (403, "insecure_connection")
        assert (await browser.http.get("/session", headers=cookies)).status_code == 401


async def test_the_database_holds_neither_password_nor_secret(reception: Reception) -> None:
    signed_in = await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    async with reception.engine.database.unit_of_work("acme") as unit:
        for table in ("accounts", "account_sessions", "account_tokens", "audit_values"):
            rows = (await unit.session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t"))).scalars().all()
            assert rows
            assert not any(signed_in.secret in row or PASSWORD in row for row in rows)


async def test_whatever_does_not_fit_is_refused_alike(reception: Reception) -> None:
    unfit = [
        ("clara", OTHER),
        ("nobody", PASSWORD),
        ("сlara", PASSWORD),
        ("clara\u200b", PASSWORD),
        ("clara' OR '1'='1", PASSWORD),
        ("emil", PASSWORD),
        ("intake", PASSWORD),
        ("x" * 200, PASSWORD),
        ("clara", PASSWORD + " "),
        ("clara", "x" * 1000),
    ]
    answers = [await reception.browser().sign_in(login, password) for login, password in unfit]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert answers[0].json()["code"] == "sign_in_refused"
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_a_hostile_form_is_refused_and_not_repeated(reception: Reception) -> None:
    hostile: list[dict[str, Any]] = [
        {"login": "clara\0", "password": PASSWORD},
        {"login": "clara", "password": "\0" * 12},
        {"login": "clara", "password": ""},
        {"login": "x" * 201, "password": PASSWORD},
        {"login": "clara", "password": "x" * 1001},
        {"login": "clara", "password": PASSWORD, "tenant": ""},
        {"login": ["clara"], "password": PASSWORD},
        {"login": "clara", "password": {"$ne": ""}},
        {"login": "clara", "password": PASSWORD, "user_id": "acme-sven"},
    ]
    answers = [await reception.browser().post("/session", form) for form in hostile]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "invalid_request")}
    assert not any(PASSWORD in answer.text for answer in answers)


async def test_a_login_counts_in_every_spelling(reception: Reception) -> None:
    for login in ("CLARA", "ｃｌａｒａ", " Clara "):
        assert (await reception.browser().sign_in(login)).json()["id"] == "acme-clara"


async def test_of_several_organisations_one_must_be_named(reception: Reception) -> None:
    await populate(reception.engine.database, "bolt")
    unnamed = await reception.browser().sign_in("clara")
    other = await reception.browser().sign_in("clara", tenant="bolt")
    unknown = await reception.browser().sign_in("clara", tenant="{acme,bolt}")
    assert (unnamed.status_code, "tenant" in unnamed.text) == (422, True)
    assert (other.status_code, unknown.status_code) == (401, 401)
    assert (await reception.browser().sign_in("clara", tenant="acme")).status_code == 201


async def test_a_new_session_never_has_the_id_that_was_there_before(reception: Reception) -> None:
    browser = reception.browser()
    browser.http.cookies.set("__Host-interlock", "f" * 43, domain="interlock.test")
    await browser.sign_in("clara")
    first = browser.http.cookies["__Host-interlock"]
    await browser.sign_in("clara")
    assert len({"f" * 43, first, browser.http.cookies["__Host-interlock"]}) == 3
    assert await reception.sessions.found(first) is None


async def test_signing_out_ends_the_session_and_not_only_the_cookie(reception: Reception) -> None:
    browser = reception.browser()
    await browser.sign_in("clara")
    secret = browser.http.cookies["__Host-interlock"]
    assert (await browser.delete("/session")).status_code == 204
    assert "__Host-interlock" not in browser.http.cookies
    assert (await browser.http.get("/session", headers={"Cookie": f"__Host-interlock={secret}"})).status_code == 401
    assert await trail(reception.engine, "session.ended") == ["acme-clara"]


async def test_a_session_runs_out_when_idle_and_in_the_end(reception: Reception) -> None:
    idle = reception.browser()
    await idle.sign_in("clara")
    reception.engine.clock.ahead = TERMS.session_idle - timedelta(seconds=1)
    assert (await idle.get("/session")).status_code == 200
    reception.engine.clock.ahead += TERMS.session_idle - timedelta(seconds=1)
    assert (await idle.get("/session")).status_code == 200, "its last use was noted"
    reception.engine.clock.ahead += TERMS.session_idle + timedelta(seconds=1)
    assert (await idle.get("/session")).status_code == 401
    busy = reception.browser()
    await busy.sign_in("clara")
    begun = reception.engine.clock.ahead
    for step in range(1, 25):
        reception.engine.clock.ahead = begun + step * TERMS.session_life / 25
        assert (await busy.get("/session")).status_code == 200
    reception.engine.clock.ahead = begun + TERMS.session_life + timedelta(seconds=1)
    assert (await busy.get("/session")).status_code == 401


async def test_whoever_is_kept_out_is_out_at_once(reception: Reception) -> None:
    browser = reception.browser()
    await browser.sign_in("clara")
    async with reception.engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(update(User).where(col(User.id) == "acme-clara").values(active=False))
    assert (await browser.get("/session")).status_code == 401
    assert (await reception.browser().sign_in("clara")).json()["code"] == "sign_in_refused"


async def test_another_password_ends_every_other_session(reception: Reception) -> None:
    here, there = reception.browser(), reception.browser()
    await here.sign_in("clara")
    await there.sign_in("clara")
    wrong = await here.post("/session/password", {"password": OTHER, "new_password": OTHER})
    weak = await here.post("/session/password", {"password": PASSWORD, "new_password": "clara1234567"})
    same = await here.post("/session/password", {"password": PASSWORD, "new_password": PASSWORD})
    changed = await here.post("/session/password", {"password": PASSWORD, "new_password": OTHER})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    assert (weak.status_code, weak.json()["code"]) == (422, "password_too_weak")
    assert (same.status_code, same.json()["code"]) == (422, "invalid")
    assert changed.json() == {"ended": 1}
    assert ((await here.get("/session")).status_code, (await there.get("/session")).status_code) == (200, 401)
    assert (await reception.browser().sign_in("clara")).status_code == 401
    assert (await reception.browser().sign_in("clara", OTHER)).status_code == 201


class SlowHasher(Hasher):
    """Goes on with its answer only when it is let."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, passes=1)
        self.known, self.let = asyncio.Event(), asyncio.Event()

    async def fits(self, hashed: str | None, password: str) -> bool:
        answer = await super().fits(hashed, password)
        self.known.set()
        await self.let.wait()
        return answer


@pytest.mark.parametrize("meanwhile", ["password", "disabled"])
async def test_a_sign_in_that_something_overtakes_begins_no_session(reception: Reception, meanwhile: str) -> None:
    hasher = SlowHasher()
    slow = Reception(engine=reception.engine, terms=AccountTerms(hasher=hasher))
    signing_in = asyncio.create_task(slow.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE))
    await hasher.known.wait()
    reception.engine.clock.ahead += timedelta(milliseconds=1)
    if meanwhile == "password":
        await reception.has_password("clara", password=OTHER)
    else:
        await reception.accounts.disable(await reception.admin(), "clara")
    hasher.let.set()
    with pytest.raises(SignInRefused):
        await signing_in
    assert list(await reception.accounts.sessions(await reception.admin(), "clara")) == []


async def test_sessions_are_listed_and_ended_by_their_owner_only(reception: Reception) -> None:
    here, there, anton = reception.browser(), reception.browser(), reception.browser()
    await here.sign_in("clara")
    reception.engine.clock.ahead += timedelta(minutes=1)
    other = (await there.sign_in("clara")).json()["session"]
    await anton.sign_in("anton")
    listed = (await here.get("/sessions")).json()["sessions"]
    assert [one["current"] for one in listed] == [False, True]
    assert listed[0]["address"] == "127.0.0.1"
    assert (await anton.delete(f"/sessions/{other}")).status_code == 404
    assert (await here.delete(f"/sessions/{other}")).status_code == 204
    assert (await here.delete(f"/sessions/{other}")).status_code == 404
    assert (await there.get("/session")).status_code == 401
    await there.sign_in("clara")
    assert (await here.delete("/sessions")).json() == {"ended": 1}
    assert [one["current"] for one in (await here.get("/sessions")).json()["sessions"]] == [True]


async def test_a_password_given_lately_is_remembered_by_its_session(reception: Reception) -> None:
    browser = reception.browser()
    first = (await browser.sign_in("clara")).json()["confirmed_at"]
    reception.engine.clock.ahead = timedelta(minutes=20)
    wrong = await browser.post("/session/confirm", {"password": OTHER})
    confirmed = await browser.post("/session/confirm", {"password": PASSWORD})
    assert wrong.status_code == 401
    assert (await browser.get("/session")).json()["confirmed_at"] == confirmed.json()["confirmed_at"] > first
    secret = browser.http.cookies["__Host-interlock"]
    clara = await reception.sessions.found(secret)
    assert isinstance(clara, SessionActor)
    now = reception.engine.clock()
    assert confirmed_within(clara, 5, now=now)
    assert not confirmed_within(clara, 5, now=now + timedelta(minutes=6))
    with pytest.raises(ConfirmationNeeded):
        require_confirmed(clara, 5, now=now + timedelta(minutes=6))


async def test_a_key_is_no_session_and_confirms_nothing(reception: Reception) -> None:
    clara = await actor(reception.engine.database, "clara")
    now = reception.engine.clock()
    assert not confirmed_within(clara, 10**6, now=now)
    with pytest.raises(SessionNeeded):
        require_confirmed(clara, 10**6, now=now)
    async with reception.browser().http as http:
        headers = {"Authorization": f"Bearer {key_of('clara')}"}
        who = (await http.get("/session", headers=headers)).json()
        answers = [
            await http.post("/session/confirm", json={"password": PASSWORD}, headers=headers),
            await http.post("/session/password", json={"password": PASSWORD, "new_password": OTHER}, headers=headers),
            await http.delete("/session", headers=headers),
        ]
    assert (who["login"], who["session"], who["csrf_token"]) == ("clara", None, None)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "session_needed")] * 3


async def test_key_and_session_together_are_nobody(reception: Reception) -> None:
    browser = reception.browser()
    await browser.sign_in("clara")
    both = await browser.http.get("/session", headers={"X-API-Key": key_of("sven")})
    assert (both.status_code, both.json()["code"]) == (400, "ambiguous_credentials")


async def test_two_cookies_of_one_name_are_none(reception: Reception) -> None:
    secret = (await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)).secret
    cookies = {"Cookie": f"__Host-interlock={secret}; __Host-interlock={secret}"}
    assert (await reception.browser().http.get("/session", headers=cookies)).status_code == 401


async def test_a_change_by_a_session_comes_from_our_pages_with_its_token(reception: Reception) -> None:
    browser = reception.browser()
    await browser.sign_in("clara")
    sent: list[tuple[dict[str, str], int]] = [
        ({"Origin": HTTPS}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://interlock.test"}, 403),
        ({"Origin": f"{HTTPS}:8443"}, 403),
        ({"Origin": f"{HTTPS}.evil.test"}, 403),
        ({"Origin": HTTPS, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": HTTPS, "X-CSRF-Token": ""}, 403),
        ({"Origin": HTTPS, "X-CSRF-Token": "0" * 64}, 403),
        ({"Origin": "https://evil.test", "X-Forwarded-Host": "evil.test"}, 403),
    ]
    for headers, status in sent:
        answer = await browser.http.delete("/sessions", headers={"X-CSRF-Token": browser.csrf, **headers})
        assert answer.status_code == status, headers
        assert status == 200 or answer.json()["code"] == "csrf_refused"


async def test_the_token_of_another_session_changes_nothing(reception: Reception) -> None:
    clara, anton = reception.browser(), reception.browser()
    await clara.sign_in("clara")
    await anton.sign_in("anton")
    clara.csrf = anton.csrf
    assert (await clara.delete("/session")).json()["code"] == "csrf_refused"


async def test_a_page_of_others_cannot_sign_anybody_in(reception: Reception) -> None:
    http = reception.browser().http
    body = {"login": "clara", "password": PASSWORD}
    foreign = await http.post("/session", json=body, headers={"Origin": "https://evil.test"})
    form = await http.post("/session", content=b'{"login": "clara"}', headers={"Content-Type": "text/plain"})
    program = await http.post("/session", json=body)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "csrf_refused")
    assert form.status_code == 422
    assert program.status_code == 201


async def test_a_session_begins_with_what_failed_before_it_on_record(reception: Reception) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused):
            await reception.sessions.sign_in("acme", "clara", OTHER, caller=HERE)
    await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    async with reception.engine.database.unit_of_work("acme") as unit:
        query = "SELECT content -> 'failed_before' FROM audit_values v JOIN audit_entries e USING (tenant, seq) "
        found = (await unit.session.execute(text(query + "WHERE kind = 'session.started'"))).scalars().all()
    assert found == [3]


async def test_a_hash_of_older_parameters_is_made_anew_when_its_password_is_given(reception: Reception) -> None:
    stronger = Hasher(memory_kib=16, passes=1)
    newer = Reception(engine=reception.engine, terms=AccountTerms(hasher=stronger))
    await newer.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    async with reception.engine.database.unit_of_work("acme") as unit:
        query = text("SELECT password_hash FROM accounts WHERE login_key = 'clara'")
        hashed = (await unit.session.execute(query)).scalar_one()
    assert "m=16," in hashed
    assert await newer.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)


async def test_a_session_that_ended_long_ago_is_removed_with_the_next(reception: Reception) -> None:
    await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    reception.engine.clock.ahead = timedelta(days=31)
    await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    async with reception.engine.database.unit_of_work("acme") as unit:
        assert (await unit.session.execute(text("SELECT count(*) FROM account_sessions"))).scalar_one() == 1

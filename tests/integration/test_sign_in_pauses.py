"""Failed attempts to sign in: they pause, for whoever knows the password too, and keep nobody out for good."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from graphs.accounts.errors import SignInPaused, SignInRefused
from graphs.accounts.session_desk import Caller
from tests.support.accounts import HERE, OTHER, PASSWORD, Reception
from tests.support.engine import Engine


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    found = await Reception.of(engine)
    await found.has_password("clara", "anton")
    return found


async def test_after_some_failures_attempts_pause_for_whoever_knows_the_password_too(reception: Reception) -> None:
    for _ in range(6):
        with pytest.raises(SignInRefused):
            await reception.sessions.sign_in("acme", "clara", OTHER, caller=HERE)
    browser = reception.browser()
    paused = await browser.sign_in("clara")
    assert (paused.status_code, paused.json()["code"]) == (429, "sign_in_paused")
    assert paused.headers["retry-after"] == "1"
    reception.engine.clock.ahead += timedelta(seconds=1)
    assert (await browser.sign_in("clara")).status_code == 201
    assert (await reception.browser().sign_in("anton")).status_code == 201


async def test_an_unknown_login_pauses_like_a_known_one(reception: Reception) -> None:
    for login in ("clara", "nobody"):
        found: list[type[Exception]] = []
        for number in range(8):
            try:
                await reception.sessions.sign_in("acme", login, OTHER, caller=Caller(address=f"198.51.100.{number}"))
            except (SignInRefused, SignInPaused) as error:
                found.append(type(error))
        assert found == [SignInRefused] * 6 + [SignInPaused] * 2, login


async def test_nobody_is_kept_out_for_good(reception: Reception) -> None:
    """Somebody fails on and on, as often as they are let."""
    for _ in range(20):
        with pytest.raises(SignInRefused):
            await reception.sessions.sign_in("acme", "clara", OTHER, caller=HERE)
        reception.engine.clock.ahead += timedelta(minutes=5)
    assert (await reception.browser().sign_in("clara")).status_code == 201


async def test_attempts_at_once_are_counted_one_by_one(reception: Reception) -> None:
    async def attempt(number: int) -> str:
        try:
            await reception.sessions.sign_in("acme", "clara", OTHER, caller=Caller(address=f"198.51.100.{number}"))
        except (SignInRefused, SignInPaused) as error:
            return error.code
        return "in"

    found = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert sorted(found) == ["sign_in_paused"] * 14 + ["sign_in_refused"] * 6


async def test_an_address_that_tries_many_logins_pauses(reception: Reception) -> None:
    found = []
    for number in range(23):
        try:
            await reception.sessions.sign_in("acme", f"nobody{number}", OTHER, caller=HERE)
        except (SignInRefused, SignInPaused) as error:
            found.append(error.code)
    assert found == ["sign_in_refused"] * 21 + ["sign_in_paused"] * 2
    elsewhere = Caller(address="203.0.113.9")
    assert await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=elsewhere)


async def test_people_of_one_address_do_not_pause_each_other_by_succeeding(reception: Reception) -> None:
    for _ in range(22):
        await reception.sessions.sign_in("acme", "clara", PASSWORD, caller=HERE)
    assert await reception.sessions.sign_in("acme", "anton", PASSWORD, caller=HERE)

"""Accounts, the rules alone: passwords, logins, pauses, tokens."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.accounts.errors import LoginInvalid, PasswordTooWeak
from graphs.accounts.login import folded, new_login
from graphs.accounts.password import (
    LANES,
    MAX_LENGTH,
    MEMORY_KIB,
    MIN_LENGTH,
    PASSES,
    Hasher,
    check_password,
    normalised,
)
from graphs.accounts.session import csrf_token, new_secret
from graphs.accounts.signed_token import Purpose, row_of, spelled
from graphs.accounts.throttle import OF_ACCOUNT, OF_ADDRESS, account_key, address_key
from graphs.runtime.seal import Seal

SEAL = Seal(b"k" * 32)
OWN = ("clara", "Clara Clerk", "clara.clerk@acme.example")


@pytest.mark.parametrize(
    "password",
    [
        "four lilac otters hum",
        "vier blaue Otter summen",
        "тихий ёж читает ночью",
        "x9$Kd!vPq2#Lm",
        "密码密码一二三四五六七八九十",
        "passwords are for otters",
        "a" * 6 + "bcdefg otter",
    ],
)
def test_a_password_of_ones_own_may_be_chosen(password: str) -> None:
    check_password(password, own=OWN)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("lilac otter", "12 to 200 characters; this has 11"),
        ("lilac otters hum" + "x" * 185, "this has 201"),
        ("aaaaaaaaaaaa", "different characters"),
        ("ababababababab", "different characters"),
        ("lilac\x00otters hum", "control"),
        ("lilac\x1b[2Jotters hum", "control"),
        ("password1234", "too little is left"),
        ("P@ssw0rd2026!!", "too little is left"),
        ("Password123456", "too little is left"),
        ("qwertyuiop123", "too little is left"),
        ("qwertzuiop!234", "too little is left"),
        ("1q2w3e4r5t6y", "too little is left"),
        ("abcdefghijklm", "too little is left"),
        ("zyxwvutsrqpo", "too little is left"),
        ("Summer2026!!!!", "too little is left"),
        ("iloveyou123456", "too little is left"),
        ("123456789012", "too little is left"),
        ("Clara2026Clerk", "too little is left"),
        ("clara.clerk@acme", "too little is left"),
        ("ｐａｓｓｗｏｒｄ１２３４", "too little is left"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, told: str) -> None:
    with pytest.raises(PasswordTooWeak, match=told):
        check_password(password, own=OWN)


def test_the_bounds_of_a_password_are_within() -> None:
    check_password("lilac otters")
    check_password("lilac otters" + "".join(chr(0x4E00 + number) for number in range(188)))


@given(st.text(max_size=300))
def test_any_text_is_a_password_or_is_refused_by_name(text: str) -> None:
    with suppress(PasswordTooWeak):
        check_password(text)
        assert MIN_LENGTH <= len(normalised(text)) <= MAX_LENGTH


async def test_a_password_fits_its_hash_in_every_spelling_and_no_other() -> None:
    hasher = Hasher(memory_kib=8, passes=1)
    hashed = await hasher.hash("Über lilac otters")
    assert hashed.startswith("$argon2id$")
    assert await hasher.fits(hashed, "U\u0308ber lilac otters")
    assert not await hasher.fits(hashed, "über lilac otters")
    assert not await hasher.fits(None, "Über lilac otters")
    assert not await hasher.fits("no hash", "Über lilac otters")
    assert await hasher.hash("Über lilac otters") != hashed


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    hashed = await Hasher(memory_kib=8, passes=1).hash("lilac otters hum")
    assert not Hasher(memory_kib=8, passes=1).outdated(hashed)
    assert Hasher(memory_kib=8, passes=2).outdated(hashed)
    assert Hasher(memory_kib=16, passes=1).outdated(hashed)


async def test_the_parameters_are_owasps() -> None:
    assert (MEMORY_KIB, PASSES, LANES) == (19 * 1024, 2, 1)
    assert (await Hasher().hash("lilac otters hum")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("login", ["CLARA", "Clara", "ｃｌａｒａ", " clara", "clara\u2003"])
def test_spellings_of_one_login_are_one(login: str) -> None:
    assert folded(login) == "clara"


@pytest.mark.parametrize("login", ["сlara", "clara\u200b", "cla\u0301ra", "clara;--", "cl ara"])
def test_a_login_that_only_looks_alike_is_another(login: str) -> None:
    assert folded(login) != "clara"


@pytest.mark.parametrize(
    "login",
    ["", ".clara", "clara.", "сlara", "clara\u200b", "a b", "jörg", "clara\0", "a" * 65, "../clara", "a\nb", "'--"],
)
def test_a_login_that_could_be_mistaken_is_not_given_out(login: str) -> None:
    with pytest.raises(LoginInvalid):
        new_login(login)


@pytest.mark.parametrize(("login", "given_out"), [("Clara", "clara"), ("c.clerk@acme", "c.clerk@acme"), ("a", "a")])
def test_a_login_is_given_out_in_lower_case(login: str, given_out: str) -> None:
    assert new_login(login) == given_out
    assert len(new_login("a" * 64)) == 64


def test_pauses_grow_and_never_last() -> None:
    pauses = [OF_ACCOUNT.after(failures).total_seconds() for failures in range(18)]
    assert pauses[:8] == [0, 0, 0, 0, 0, 0, 1, 2]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300
    assert OF_ACCOUNT.after(10**6) == timedelta(minutes=5)
    assert OF_ADDRESS.after(20) == timedelta(0)


def test_an_address_counts_by_its_network() -> None:
    assert address_key("2001:db8:1:2:3::4") == address_key("2001:db8:1:2:ffff::1")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert address_key("192.0.2.1") != address_key("192.0.2.2")
    assert address_key("::ffff:192.0.2.1") == address_key("192.0.2.1")
    assert address_key("fe80::1%eth0") == address_key("fe80::2%eth1")
    assert address_key("") != address_key("not an address")


def test_keys_of_accounts_hold_no_name_and_do_not_run_together() -> None:
    assert "clara" not in account_key("acme", "clara")
    assert account_key("acme", "clara") != account_key("acmec", "lara")


def test_a_token_is_of_one_row_one_purpose_and_one_installation() -> None:
    row_id = str(uuid.uuid4())
    token = spelled(SEAL, Purpose.ACCOUNT, row_id)
    assert row_of(SEAL, Purpose.ACCOUNT, token) == row_id
    assert row_of(SEAL, Purpose.LINK, token) is None
    assert row_of(Seal(b"o" * 32), Purpose.ACCOUNT, token) is None
    assert row_id.encode().hex() not in token


@given(st.text(max_size=80) | st.text("AZaz09-_", min_size=64, max_size=64))
def test_a_token_that_nobody_spelled_out_is_of_no_row(token: str) -> None:
    assert row_of(SEAL, Purpose.ACCOUNT, token) is None


@pytest.mark.parametrize("position", [0, 20, 21, 22, 40, 63])
def test_a_token_with_another_character_is_of_no_row(position: int) -> None:
    token = spelled(SEAL, Purpose.LINK, str(uuid.uuid4()))
    other = "A" if token[position] != "A" else "B"
    assert row_of(SEAL, Purpose.LINK, token[:position] + other + token[position + 1 :]) is None


def test_the_token_of_changes_follows_from_the_session_and_does_not_give_it_away() -> None:
    secret = new_secret()
    assert csrf_token(secret) == csrf_token(secret) != csrf_token(new_secret())
    assert secret not in csrf_token(secret)

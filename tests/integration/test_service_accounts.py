"""Programs have accounts without a password: they call the API with keys, which are issued, replaced and revoked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from graphs.accounts.errors import ConfirmationNeeded, GrantExceeded, LoginInvalid, LoginTaken
from graphs.accounts.key_desk import LONGEST_OVERLAP, KeyDesk, MadeKey, NewKey, Replacement
from graphs.accounts.service_desk import NewService, ServiceDesk
from graphs.errors import Conflict, Invalid, NotFound, PermissionMissing
from graphs.store.api_keys import ApiKeys, KnownKey
from tests.support.accounts import HERE, PASSWORD, TERMS, Reception
from tests.support.api import grant, key_of
from tests.support.engine import Engine
from tests.support.people import actor

WAREHOUSE = NewService(login="warehouse", name="Warehouse", roles=("clerk",), reason="it books receipts")
CHANGE_OVER = Replacement(reason="once a year", overlap=timedelta(hours=2))


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    return await Reception.of(engine)


def services(reception: Reception) -> ServiceDesk:
    return ServiceDesk(services=reception.engine.services, terms=TERMS)


def keys(reception: Reception) -> KeyDesk:
    return KeyDesk(services=reception.engine.services, terms=TERMS)


async def with_key(reception: Reception) -> MadeKey:
    """A warehouse with a key."""
    sven = await reception.admin()
    await services(reception).add(sven, WAREHOUSE)
    return await keys(reception).make(sven, NewKey(owner="warehouse", name="receipts", reason="agreed"))


async def is_let_in(reception: Reception, secret: str) -> bool:
    answer = await reception.browser().http.get("/cases", headers={"X-API-Key": secret})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def told(reception: Reception, kind: str) -> list[Mapping[str, Any]]:
    """What is on record of that kind."""
    async with reception.browser().http as http:
        answer = await http.get("/audit/entries", params={"kind": kind}, headers={"X-API-Key": key_of("sven")})
    assert answer.is_success, answer.text
    return [entry["values"] for entry in answer.json()["entries"]]


async def test_a_service_is_added_and_calls_with_its_key_and_cannot_sign_in(reception: Reception) -> None:
    made = await with_key(reception)
    assert await is_let_in(reception, made.secret)
    listed = {one.user.login: one.roles for one in await services(reception).listed(await reception.admin())}
    assert listed["warehouse"] == ("clerk",)
    assert "clara" not in listed
    with pytest.raises(Invalid, match="API key"):
        await reception.invited("warehouse")
    (added,) = await told(reception, "service.added")
    assert (added["login"], added["roles"], added["reason"]) == ("warehouse", ["clerk"], "it books receipts")


async def test_a_key_begins_with_what_its_row_is_named_by_and_its_rest_stands_nowhere(reception: Reception) -> None:
    made = await with_key(reception)
    assert made.secret.startswith(f"il_{made.known.key.id}_")
    (entry,) = await told(reception, "key.made")
    assert (entry["key"], entry["reason"]) == (made.known.key.id, "agreed")
    assert made.secret not in str(entry)
    async with reception.browser().http as http:
        listed = (await http.get("/api-keys", headers={"X-API-Key": key_of("sven")})).json()["keys"]
    shown = {one["id"]: one["prefix"] for one in listed}
    assert shown[made.known.key.id] == f"il_{made.known.key.id}_"
    assert made.secret not in str(listed)
    assert None in shown.values(), "a key of before does not tell which it is"


async def test_whoever_may_manage_less_than_a_service_may_do_neither_adds_it_nor_gives_it_keys(
    reception: Reception,
) -> None:
    await grant(reception.engine.database, "anton", "account.manage")
    anton, clara = await actor(reception.engine.database, "anton"), await actor(reception.engine.database, "clara")
    with pytest.raises(GrantExceeded):
        await services(reception).add(anton, WAREHOUSE)
    made = await with_key(reception)
    with pytest.raises(GrantExceeded):
        await keys(reception).rotate(anton, made.known.key.id, CHANGE_OVER)
    with pytest.raises(PermissionMissing):
        await services(reception).add(clara, WAREHOUSE)
    with pytest.raises(PermissionMissing):
        await services(reception).listed(clara)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"login": "Clara"}, LoginTaken),
        ({"login": "a login"}, LoginInvalid),
        ({"roles": ("nobody_has_it",)}, Invalid),
        ({"reason": " "}, Invalid),
    ],
)
async def test_a_service_that_cannot_be_meant_is_refused(
    reception: Reception, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    given = {"login": "warehouse", "name": "Warehouse", "roles": ("clerk",), "reason": "receipts"} | changed
    with pytest.raises(refusal):
        await services(reception).add(await reception.admin(), NewService(**given))
    assert await told(reception, "service.added") == []


async def known(reception: Reception, key_id: str) -> KnownKey:
    """The key, as it is stored."""
    async with reception.engine.database.unit_of_work("acme") as unit:
        found = await ApiKeys(unit.session, "acme").one(key_id)
    assert found is not None
    return found


async def test_a_replaced_key_is_good_through_the_overlap_and_not_at_its_end(reception: Reception) -> None:
    old = await with_key(reception)
    new = await keys(reception).rotate(await reception.admin(), old.known.key.id, CHANGE_OVER)
    assert (new.known.owner.login, new.known.key.name) == ("warehouse", "receipts")
    assert (await is_let_in(reception, old.secret), await is_let_in(reception, new.secret)) == (True, True)
    ends, stored = reception.engine.clock() + CHANGE_OVER.overlap, await known(reception, old.known.key.id)
    assert (stored.is_good(ends - timedelta(seconds=1)), stored.is_good(ends)) == (True, False)
    (entry,) = await told(reception, "key.rotated")
    assert (entry["replaces"], entry["key"], entry["reason"]) == (old.known.key.id, new.known.key.id, "once a year")
    reception.engine.clock.ahead = CHANGE_OVER.overlap
    with pytest.raises(Conflict, match="make a new one"):
        await keys(reception).rotate(await reception.admin(), old.known.key.id, CHANGE_OVER)


async def test_without_an_overlap_the_old_key_is_refused_at_once(reception: Reception) -> None:
    old = await with_key(reception)
    new = await keys(reception).rotate(await reception.admin(), old.known.key.id, Replacement(reason="it leaked"))
    assert (await is_let_in(reception, old.secret), await is_let_in(reception, new.secret)) == (False, True)


async def test_an_overlap_does_not_make_a_key_last_longer_than_it_would(reception: Reception) -> None:
    sven = await reception.admin()
    await services(reception).add(sven, WAREHOUSE)
    ends = reception.engine.clock() + timedelta(hours=1)
    old = await keys(reception).make(sven, NewKey(owner="warehouse", name="receipts", expires_at=ends))
    await keys(reception).rotate(sven, old.known.key.id, CHANGE_OVER)
    assert (await known(reception, old.known.key.id)).key.expires_at == ends


async def test_of_two_who_replace_a_key_at_once_without_an_overlap_one_is_refused(reception: Reception) -> None:
    old = await with_key(reception)
    sven, how = await reception.admin(), Replacement(reason="it leaked")
    found = await asyncio.gather(
        *(keys(reception).rotate(sven, old.known.key.id, how) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "MadeKey"]
    assert len(await told(reception, "key.rotated")) == 1


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), LONGEST_OVERLAP + timedelta(seconds=1)])
async def test_an_overlap_that_cannot_be_meant_is_refused(reception: Reception, overlap: timedelta) -> None:
    old = await with_key(reception)
    with pytest.raises(Invalid, match="overlap"):
        await keys(reception).rotate(
            await reception.admin(), old.known.key.id, Replacement(reason="x", overlap=overlap)
        )
    with pytest.raises(NotFound):
        await keys(reception).rotate(await reception.admin(), "nothing", CHANGE_OVER)


async def test_a_service_is_given_roles_and_kept_out_as_people_are(reception: Reception) -> None:
    made = await with_key(reception)
    sven = await reception.admin()
    assert await reception.accounts.set_roles(sven, "warehouse", ["approver"], reason="less") == ("approver",)
    await reception.accounts.disable(sven, "warehouse")
    assert not await is_let_in(reception, made.secret)
    await reception.accounts.enable(sven, "warehouse")
    (given,) = await told(reception, "account.roles_set")
    assert (given["given"], given["taken"]) == (["approver"], ["clerk"])


async def test_service_accounts_and_their_keys_over_http(reception: Reception) -> None:
    async with reception.browser().http as http:
        http.headers["X-API-Key"] = key_of("sven")
        body = {"login": "warehouse", "name": "Warehouse", "roles": ["clerk", "clerk"], "reason": "receipts"}
        added = await http.post("/service-accounts", json=body)
        twice = await http.post("/service-accounts", json=body)
        reasonless = await http.post("/service-accounts", json={**body, "login": "other", "reason": ""})
        listed = (await http.get("/service-accounts")).json()["services"]
        made = await http.post("/api-keys", json={"owner": "warehouse", "name": "receipts", "reason": "agreed"})
        address = f"/api-keys/{made.json()['key']['id']}/rotate"
        long = await http.post(address, json={"reason": "x", "overlap_hours": 721})
        rotated = await http.post(address, json={"reason": "leaked", "overlap_hours": 0})
    assert (added.status_code, added.json()["roles"]) == (201, ["clerk"])
    assert (twice.status_code, twice.json()["code"]) == (409, "login_taken")
    assert (reasonless.status_code, long.status_code) == (422, 422)
    assert {"warehouse", "intake"} <= {one["login"] for one in listed}
    assert rotated.status_code == 201
    assert rotated.headers["cache-control"] == "no-store"
    assert _names_its_row(rotated)


def _names_its_row(answer: httpx.Response) -> bool:
    made = answer.json()
    return str(made["secret"]).startswith(made["key"]["prefix"])


async def test_a_session_issues_keys_only_with_a_password_given_lately(reception: Reception) -> None:
    await reception.has_password("sven")
    sven = (await reception.sessions.sign_in("acme", "sven", PASSWORD, caller=HERE)).actor
    reception.engine.clock.ahead = TERMS.confirmation + timedelta(minutes=1)
    with pytest.raises(ConfirmationNeeded):
        await services(reception).add(sven, WAREHOUSE)

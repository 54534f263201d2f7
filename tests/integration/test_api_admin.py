"""What the administration asks of the API: keys, workers, roles of people, a calendar before it counts."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from graphs.accounts.desk import NewAccount
from graphs.store.people import key_hash
from tests.support.accounts import Browser, Reception
from tests.support.api import caller, key_of
from tests.support.engine import Engine

CALENDAR = """
calendar: office
zone: Europe/Vienna
weeks:
  - hours:
      monday: ["08:00-12:00", "13:00-17:00"]
      tuesday: ["22:00-06:00"]
      wednesday: ["08:00-12:00"]
"""


@pytest.fixture
async def reception(engine: Engine) -> Reception:
    found = await Reception.of(engine)
    await found.has_password("sven", "clara")
    return found


async def signed_in(reception: Reception, login: str = "sven") -> Browser:
    browser = reception.browser()
    assert (await browser.sign_in(login)).status_code == 201
    return browser


async def asked_with(reception: Reception, secret: str) -> httpx.Response:
    async with reception.browser().http as http:
        return await http.get("/session", headers={"X-API-Key": secret})


async def put(browser: Browser, path: str, body: object) -> httpx.Response:
    return await browser.http.put(path, json=body, headers=browser.headers())


# API keys


async def test_a_key_acts_as_its_owner_until_it_is_revoked_and_is_kept_as_a_hash(reception: Reception) -> None:
    browser = await signed_in(reception)
    made = await browser.post("/api-keys", {"owner": "intake", "name": "nightly import"})
    secret, key_id = made.json()["secret"], made.json()["key"]["id"]
    before = await asked_with(reception, secret)
    listed = (await browser.get("/api-keys?limit=1")).json()["keys"][0]
    revoked = await browser.post(f"/api-keys/{key_id}/revoke", {"reason": "it has ended"})
    again = await browser.post(f"/api-keys/{key_id}/revoke", {"reason": "once more"})
    after = await asked_with(reception, secret)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert (before.json()["login"], after.status_code) == ("intake", 401)
    assert (listed["id"], listed["used_at"] is not None) == (key_id, True)
    assert revoked.json()["revoked_at"] == again.json()["revoked_at"]
    async with reception.engine.database.unit_of_work("acme") as unit:
        rows = (await unit.session.execute(text("SELECT to_jsonb(k)::text FROM api_keys k"))).scalars().all()
        trail = (await unit.session.execute(text("SELECT kind FROM audit_entries WHERE kind LIKE 'key.%'"))).scalars()
        assert sorted(trail) == ["key.made", "key.revoked"]
    assert not any(secret in row for row in rows)
    assert any(key_hash(secret) in row for row in rows)


async def test_a_key_is_refused_once_it_is_over(reception: Reception) -> None:
    browser = await signed_in(reception)
    now = reception.engine.clock()
    until = (now + timedelta(hours=1)).isoformat()
    made = (await browser.post("/api-keys", {"owner": "intake", "name": "for an hour", "expires_at": until})).json()
    past = await browser.post("/api-keys", {"owner": "intake", "name": "never", "expires_at": now.isoformat()})
    fresh = await asked_with(reception, made["secret"])
    async with reception.engine.database.unit_of_work("acme") as unit:
        over = text("UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = :id")
        await unit.session.execute(over, {"id": made["key"]["id"]})
    assert (past.status_code, fresh.status_code) == (422, 200)
    assert (await asked_with(reception, made["secret"])).status_code == 401


async def test_nobody_makes_a_key_that_may_do_more_than_they(reception: Reception) -> None:
    engine = reception.engine
    new = NewAccount(login="max", name="Max", email=None, roles=("extra-sven",))
    await reception.accounts.add(await reception.admin(), new)
    async with engine.database.unit_of_work("acme") as unit:
        few = text("UPDATE roles SET permissions = '[\"account.manage\"]' WHERE name = 'clerk'")
        await unit.session.execute(few)
    browser = await signed_in(reception, "clara")
    refused = await browser.post("/api-keys", {"owner": "max", "name": "mine now"})
    unknown = await browser.post("/api-keys", {"owner": "nobody", "name": "whose"})
    assert (refused.status_code, refused.json()["code"]) == (403, "grant_exceeded")
    assert unknown.status_code == 404


async def test_keys_come_by_pages_and_another_tenant_has_none_of_them(reception: Reception) -> None:
    browser = await signed_in(reception)
    seen, cursor = [], ""
    while True:
        page = (await browser.get(f"/api-keys?limit=3{cursor}")).json()
        seen += [key["id"] for key in page["keys"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 7
    other = await browser.post("/api-keys/globex-intake-key/revoke", {"reason": "not mine"})
    assert other.status_code == 404


async def test_managing_keys_needs_a_recent_password(reception: Reception) -> None:
    browser = await signed_in(reception)
    reception.engine.clock.ahead += timedelta(minutes=16)
    made = await browser.post("/api-keys", {"owner": "intake", "name": "late"})
    assert made.json()["code"] == "confirmation_needed"
    assert (await browser.get("/api-keys")).status_code == 200


# roles of people


async def test_roles_are_given_and_taken_with_a_reason_and_never_ones_own(reception: Reception) -> None:
    browser = await signed_in(reception)
    set_ = await put(browser, "/accounts/clara/roles", {"roles": ["approver", "clerk"], "reason": "she approves, too"})
    own = await put(browser, "/accounts/sven/roles", {"roles": [], "reason": "why not"})
    unsaid = await put(browser, "/accounts/clara/roles", {"roles": [], "reason": " "})
    unknown = await put(browser, "/accounts/clara/roles", {"roles": ["king"], "reason": "why not"})
    [clara] = [one for one in (await browser.get("/accounts")).json()["accounts"] if one["login"] == "clara"]
    assert set_.json()["roles"] == clara["roles"] == ["approver", "clerk"]
    assert [answer.status_code for answer in (own, unsaid, unknown)] == [422, 422, 422]


# workers, and a calendar before it counts


async def test_whoever_works_and_what_waits_is_known_from_the_database(engine: Engine) -> None:
    reception = await Reception.of(engine)
    case = (await engine.start()).case
    await engine.take_lease(case.id, owner="a-worker")
    async with reception.browser().http as http:
        idle = (await http.get("/workers", headers={"X-API-Key": key_of("sven")})).json()
        async with engine.working():
            await engine.until(case.id, "waiting", "done", "running")
            busy = (await http.get("/workers", headers={"X-API-Key": key_of("sven")})).json()
    assert (idle["workers"], idle["queue"]["due"]) == ([], 1)
    assert [(lease["owner"], lease["cases"]) for lease in idle["leases"]] == [("a-worker", 1)]
    assert [worker["alive"] for worker in busy["workers"]] == [True]


async def test_a_calendar_is_looked_at_before_it_counts(engine: Engine) -> None:
    reception = await Reception.of(engine)
    async with caller(engine, "sven") as http:
        new = (await http.post("/calendars/preview", json={"yaml": CALENDAR, "days": 14})).json()
        wrong = await http.post("/calendars/preview", json={"yaml": "calendar: [", "days": 7})
        none = (await http.get("/calendars")).json()["calendars"]
    by_weekday = {httpx.QueryParams({"day": day["day"]})["day"]: day["hours"] for day in new["days"]}
    assert (new["version"], len(by_weekday), none) == (None, 14, [])
    assert ["22:00-06:00"] in by_weekday.values()
    assert wrong.status_code == 422
    assert reception.engine is engine

"""Agents over HTTP: made with a key, given a sponsor and limits, switched off; and what they may then do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.api import BASE_URL, caller, grant
from tests.support.dutiful import add_agent
from tests.support.engine import Engine

LIMIT: dict[str, Any] = {"currency": "EUR", "limit_minor": 500, "effective_from": "2026-01-01"}
NEW: dict[str, Any] = {
    "login": "buyer_bot",
    "name": "Buyer bot",
    "roles": ["clerk"],
    "sponsor": "dora",
    "limits": [LIMIT],
    "reason": "pilot",
}
TERMS = {name: NEW[name] for name in ("sponsor", "limits", "reason")}
BERTAS_LIMIT = 200_000


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may set agents' terms."""
    await grant(engine.database, "sven", "authority.set")
    return engine


def with_key(client: httpx.AsyncClient, key: str) -> httpx.AsyncClient:
    """The same application, called with another key."""
    return httpx.AsyncClient(transport=client._transport, base_url=BASE_URL, headers={"Authorization": f"Bearer {key}"})


async def test_an_agent_is_made_shown_and_on_record(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        made = await sven.post("/agents", json=NEW)
        shown = (await clara.get("/agents")).json()["agents"]
    agent = made.json()["agent"]
    assert (made.status_code, shown) == (201, [agent])
    assert (agent["sponsor"], agent["roles"], agent["active"]) == ("acme-dora", ["clerk"], True)
    assert agent["limits"] == [{**LIMIT, "effective_to": None}]
    async with engine.database.unit_of_work("acme") as unit:
        standing = await unit.people.agent(agent["id"], on=engine.clock().date())
    assert standing is not None
    assert (standing.sponsored, dict(standing.limits)) == (True, {"EUR": 500})
    assert (await engine.verification()).sound


async def test_its_key_is_its_own_until_it_is_switched_off(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        key = (await sven.post("/agents", json=NEW)).json()["key"]
        async with with_key(sven, key) as bot:
            working = await bot.get("/cases")
            await sven.put("/agents/buyer_bot", json={**TERMS, "active": False})
            switched_off = await bot.get("/cases")
    assert (working.status_code, switched_off.status_code) == (200, 401)


async def test_new_terms_take_the_place_of_the_old(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        await sven.post("/agents", json=NEW)
        changed = await sven.put("/agents/buyer_bot", json={"sponsor": "berta", "reason": "Dora is away"})
    assert (changed.json()["sponsor"], changed.json()["limits"]) == ("acme-berta", [])


@pytest.mark.parametrize(("limit", "status"), [(BERTAS_LIMIT - 1, 201), (BERTAS_LIMIT, 201), (BERTAS_LIMIT + 1, 422)])
async def test_its_limit_is_never_above_what_its_sponsor_may_approve(engine: Engine, limit: int, status: int) -> None:
    async with caller(engine, "sven") as sven:
        answer = await sven.post(
            "/agents", json={**NEW, "sponsor": "berta", "limits": [{**LIMIT, "limit_minor": limit}]}
        )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("login", "change", "status", "told"),
    [
        ("clara", {}, 403, "authority.set"),
        ("sven", {"reason": " "}, 422, "reason"),
        ("sven", {"login": "clara"}, 409, "taken"),
        ("sven", {"login": "Buyer Bot"}, 422, "login"),
        ("sven", {"sponsor": "nobody"}, 404, "nobody"),
        ("sven", {"sponsor": "intake"}, 422, "no person"),
        ("sven", {"roles": ["aprover"]}, 422, "no role aprover"),
        ("sven", {"limits": [{**LIMIT, "currency": "USD"}]}, 422, "0 USD"),
        ("sven", {"limits": [{**LIMIT, "limit_minor": -1}]}, 422, "limit_minor"),
        ("sven", {"limits": [{**LIMIT, "effective_to": "2025-12-31"}]}, 422, "before"),
    ],
)
async def test_an_agent_that_cannot_be_meant_is_refused(
    engine: Engine, login: str, change: dict[str, Any], status: int, told: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.post("/agents", json={**NEW, **change})
        agents = (await client.get("/agents")).json()["agents"]
    assert (answer.status_code, told in answer.text, agents) == (status, True, [])


@pytest.mark.parametrize("login", ["clara", "nobody"])
async def test_only_an_agents_terms_are_set(engine: Engine, login: str) -> None:
    async with caller(engine, "sven") as sven:
        answer = await sven.put(f"/agents/{login}", json=TERMS)
    assert answer.status_code == 404


async def test_no_agent_sets_terms_also_if_a_role_would_let_it(engine: Engine) -> None:
    await add_agent(engine.database, sponsor="dora", limit=1)
    await grant(engine.database, "bot", "authority.set")
    async with caller(engine, "sven") as sven:
        key = (await sven.post("/agents", json={**NEW, "roles": ["extra-bot"]})).json()["key"]
        async with with_key(sven, key) as bot:
            answer = await bot.put("/agents/buyer_bot", json=TERMS)
    assert (answer.status_code, "an agent sets no terms" in answer.text) == (403, True)

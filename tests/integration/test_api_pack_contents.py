"""What people read of a rule pack, and what they may do with a proposal, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.test_api_policies import LIMITS, PROPOSAL
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK, toy_rulebook

FIRST = toy_rulebook().pack.digest


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """Sven may propose, limit and activate, Berta may activate; one case of 700 has run."""
    await RuleOwners.of(engine.services, {"toy": PACK}, limits=None)
    engine.reader.amount = 700
    await engine.advance((await engine.start()).case.id)
    return engine


async def test_a_pack_is_read_in_plain_words_beside_its_lines(engine: Engine) -> None:
    async with caller(engine, "clara") as clara:
        text = (await clara.get(f"/policies/packs/{FIRST}")).json()["yaml"].splitlines()
        read = (await clara.get(f"/policies/packs/{FIRST}/contents")).json()
        listed = (await clara.get("/policies/packs")).json()
    assert [rule["id"] for rule in read["rules"]] == [rule.id for rule in toy_rulebook().pack.rules]
    for rule in read["rules"]:
        assert rule["id"] in text[rule["first_line"] - 1]
        assert rule["fires"]["parts"]
    assert {one["name"] for one in read["parameters"]} == set(toy_rulebook().pack.parameters)
    assert listed["people"] == {}


async def test_a_tenants_own_value_is_shown_beside_the_packs(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "berta") as berta:
        await sven.put("/policies/limits/toy", json={**LIMITS, "max_newly_blocked_bps": 10_000})
        asked = {"digest": FIRST, "parameters": {"auto_limit": 900}, "reason": "more"}
        proposed = (await sven.post("/policies/proposals", json=asked)).json()
        await sven.post(f"/policies/proposals/{proposed['id']}/replays")
        seen = (await berta.get(f"/policies/proposals/{proposed['id']}")).json()
        names = {"digest": FIRST, "report_digest": seen["proposal"]["replay"]["report_digest"]}
        answer = await berta.post(f"/policies/proposals/{proposed['id']}/approve", json=names)
        read = (await berta.get(f"/policies/packs/{FIRST}/contents")).json()
    assert answer.status_code == 200, answer.text
    assert seen["people"]["acme-sven"] != ""
    [limit] = [one for one in read["parameters"] if one["name"] == "auto_limit"]
    assert (limit["raw"], limit["own"]) == (toy_rulebook().pack.parameters["auto_limit"].value, "9.00")


async def options(engine: Engine, login: str, proposal: str) -> dict[str, Any]:
    async with caller(engine, login) as client:
        found: dict[str, Any] = (await client.get(f"/policies/proposals/{proposal}/options")).json()
    return {name: deed["code"] for name, deed in found.items()}


async def test_what_is_offered_is_what_the_calls_would_accept(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "berta") as berta:
        proposal = (await sven.post("/policies/proposals", json=PROPOSAL)).json()["id"]
        without = await options(engine, "sven", proposal)
        await sven.put("/policies/limits/toy", json=LIMITS)
        unplayed = await options(engine, "berta", proposal)
        await sven.post(f"/policies/proposals/{proposal}/replays")
        own, second = await options(engine, "sven", proposal), await options(engine, "berta", proposal)
        nobody = await options(engine, "clara", proposal)
        await berta.post(f"/policies/proposals/{proposal}/withdraw", json={"reason": "not now"})
    closed = await options(engine, "berta", proposal)
    assert without == {"replay": "pack_limits_missing", "approve": "segregation_of_duties", "withdraw": ""}
    assert unplayed == {"replay": "permission_missing", "approve": "replay_missing", "withdraw": ""}
    assert own == {"replay": "", "approve": "segregation_of_duties", "withdraw": ""}
    assert second == {"replay": "permission_missing", "approve": "", "withdraw": ""}
    assert nobody == dict.fromkeys(("replay", "approve", "withdraw"), "permission_missing")
    assert closed["approve"] == "proposal_closed"

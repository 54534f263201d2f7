"""Switches and targets over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.limited import Gate, LimitedTool
from tools.errors import Transient

OFF = {"off": True, "reason": "it books twice"}
LIMITS: dict[str, Any] = {
    "max_concurrent": 4,
    "rate": {"calls": 10, "per_seconds": 1, "burst": 5},
    "breaker": {"failures": 2, "cool_down_seconds": 30},
}


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may stop and limit."""
    await grant(engine.database, "sven", "switch.set", "limit.set")
    return engine


async def test_a_switch_is_turned_and_shown(engine: Engine) -> None:
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        turned = await sven.put("/switches/tool/toy.write", json=OFF)
        listed = (await clara.get("/switches")).json()["switches"]
    assert turned.status_code == 200
    assert listed == [turned.json()]
    assert {name: turned.json()[name] for name in ("scope", "name", "off", "set_by", "waiting_cases")} == {
        "scope": "tool",
        "name": "toy.write",
        "off": True,
        "set_by": "acme-sven",
        "waiting_cases": 0,
    }


@pytest.mark.parametrize(
    ("login", "path", "body", "status", "code"),
    [
        ("clara", "/switches/tool/toy.write", OFF, 403, "permission_missing"),
        ("sven", "/switches/tool/toy.wirte", OFF, 404, "not_found"),
        ("sven", "/switches/case/toy.write", OFF, 422, "invalid_request"),
        ("sven", "/switches/tool/toy.write", {"off": True}, 422, "invalid_request"),
        ("sven", "/switches/tool/toy.write", {"off": True, "reason": " "}, 422, "invalid"),
        ("sven", "/switches/tool/toy.write", {"off": "yes", "reason": "x"}, 422, "invalid_request"),
        ("sven", "/switches/tool/a%20b", OFF, 422, "invalid_request"),
        ("clara", "/targets/ledger/limits", LIMITS, 403, "permission_missing"),
        ("sven", "/targets/ledger/limits", {"max_concurrent": 0}, 422, "invalid_request"),
        ("sven", "/targets/ledger/limits", {"rate": {"calls": 0, "per_seconds": 1}}, 422, "invalid_request"),
        ("sven", "/targets/ledger/limits", {"breaker": {"failures": 3}}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_set_is_refused(
    engine: Engine, login: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.put(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_limits_that_are_set_hold_and_the_target_shows_how_it_stands(engine: Engine) -> None:
    gate = Gate(database=engine.database, tool=LimitedTool())
    async with caller(engine, "sven") as sven:
        answer = await sven.put("/targets/ledger/limits", json=LIMITS)
        for _ in range(2):
            await gate.made(Transient("down"))
        [shown] = (await sven.get("/targets")).json()["targets"]
    assert answer.json()["limits"] == LIMITS
    assert (shown["breaker"], shown["failures"]) == ("open", 2)
    assert (shown["calls_under_way"], shown["cases_waiting"]) == (0, 0)
    assert shown["retry_at"] == "2026-03-02T12:00:30Z"


async def test_limits_replace_those_that_were_set_before(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        await sven.put("/targets/ledger/limits", json=LIMITS)
        answer = await sven.put("/targets/ledger/limits", json={})
    assert answer.json()["limits"] == {"max_concurrent": None, "rate": None, "breaker": None}


async def test_it_is_recorded_and_shown_to_nobody_without_a_key(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        await sven.put("/switches/tool/toy.write", json=OFF)
        await sven.put("/targets/ledger/limits", json=LIMITS)
    async with engine.database.unit_of_work("acme", snapshot=True) as unit:
        verified = await unit.audit_log.verify("acme")
    assert (verified.entries, verified.sound) == (2, True)
    async with caller(engine, None) as nobody:
        assert (await nobody.get("/switches")).status_code == 401
        assert (await nobody.get("/targets")).status_code == 401

"""Cases whose calls are not admitted: they wait, say why, and go on by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from graphs.runtime.parking import MAX_ATTEMPTS
from graphs.store.people import Actor
from graphs.switches import SwitchDesk, SwitchScope
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.limited import set_limits
from tests.support.people import actor
from tools.errors import Transient

HOUR = timedelta(hours=1)


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    await grant(engine.database, "sven", "switch.set")
    return await actor(engine.database, "sven")


async def parkings(engine: Engine, case_id: str) -> list[dict[str, Any]]:
    """What was recorded each time the case was parked."""
    async with engine.database.unit_of_work("acme") as unit:
        trail = await unit.audit_log.of_case(case_id)
    return [values for entry, values in trail if entry.kind == "case.parked"]


async def turn(engine: Engine, who: Actor, scope: SwitchScope, name: str, *, off: bool) -> None:
    await SwitchDesk(services=engine.services).set(who, scope, name, off=off, reason="it books twice")


@pytest.mark.parametrize(
    ("scope", "name", "read"),
    [(SwitchScope.TOOL, "toy.write", 1), (SwitchScope.TOOL, "toy.read", 0), (SwitchScope.PROCESS, "toy", 0)],
)
async def test_a_case_waits_while_its_call_is_off_and_goes_on_when_it_is_on(
    engine: Engine, sven: Actor, scope: SwitchScope, name: str, read: int
) -> None:
    await turn(engine, sven, scope, name, off=True)
    accepted = await engine.start()
    parked = await engine.advance(accepted.case.id)
    [shown] = await parkings(engine, parked.id)
    assert (parked.status, engine.reader.calls, engine.notebook.calls) == ("running", read, 0)
    assert (shown["code"], "it books twice" in shown["message"]) == ("switched_off", True)
    assert "effect.sent" not in await engine.trail_of(parked.id)
    async with engine.working():
        await turn(engine, sven, scope, name, off=False)
        await engine.until(parked.id, "done", within_seconds=5)
    assert len(engine.notebook.written) == 1


async def test_a_case_that_waits_for_a_limit_has_not_failed(engine: Engine) -> None:
    await set_limits(engine.database, "toy.write", rate_calls=1, rate_per=HOUR, rate_burst=1)
    first, second = await engine.start(), await engine.start()
    await engine.advance(first.case.id)
    parked = await engine.advance(second.case.id, times=MAX_ATTEMPTS + 1)
    assert (parked.status, parked.attempt) == ("running", 0)
    assert {shown["code"] for shown in await parkings(engine, parked.id)} == {"rate_limited"}
    engine.clock.ahead = HOUR
    assert (await engine.advance(second.case.id)).status == "done"


async def test_a_target_that_fails_is_left_alone_by_all_cases(engine: Engine) -> None:
    await set_limits(engine.database, "toy.write", breaker_failures=2, breaker_cool_down=HOUR)
    engine.notebook.faults = [Transient("down", tool="toy.write")] * 2
    cases = [(await engine.start()).case.id for _ in range(3)]
    for case_id in cases:
        await engine.advance(case_id)
    assert engine.notebook.calls == 2
    assert [shown["code"] for shown in await parkings(engine, cases[2])] == ["breaker_open"]
    engine.clock.ahead = HOUR
    assert [(await engine.advance(case_id)).status for case_id in cases] == ["done"] * 3

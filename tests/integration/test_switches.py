"""Kill switches: who may turn them, what they stop, and what goes on when they are on again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest

from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.refusals import SwitchedOff, ViewTooOld
from graphs.store.case_standings import CaseStandings
from graphs.store.database import Database
from graphs.store.people import Actor
from graphs.switches import LOOK_AGAIN, SEEN_EVERYWHERE, SwitchDesk, SwitchScope, park_until_on
from policies.action import EffectKind
from tests.conftest import TestDatabase
from tests.support.advised import advised_definition
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.jobs import jobs_of
from tests.support.limited import Gate, LimitedTool
from tests.support.people import actor
from tests.support.toy import toy_definition

STOPPED = SwitchedOff("tool toy.write is switched off: wrong", tool="toy.write", scope="tool", name="toy.write")
READ_AGAIN = timedelta(milliseconds=501)
SILENCE = timedelta(milliseconds=2001)


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    """A supervisor who may turn switches."""
    await grant(engine.database, "sven", "switch.set", "case.read")
    return await actor(engine.database, "sven")


@pytest.fixture
def desk(engine: Engine) -> SwitchDesk:
    engine.definitions = (advised_definition(), toy_definition(version=2))
    return SwitchDesk(services=engine.services)


def gate(database: Database, **tool: object) -> Gate:
    return Gate(database=database, tool=LimitedTool(**tool))  # type: ignore[arg-type]


async def turn(desk: SwitchDesk, who: Actor, scope: SwitchScope, name: str, *, off: bool) -> None:
    await desk.set(who, scope, name, off=off, reason="it books twice")


@pytest.mark.parametrize(
    ("scope", "name"), [(SwitchScope.TOOL, "toy.write"), (SwitchScope.PROCESS, "toy"), (SwitchScope.AGENT, "scout")]
)
async def test_what_is_off_is_not_called(desk: SwitchDesk, sven: Actor, scope: SwitchScope, name: str) -> None:
    at = gate(desk.services.database)
    await turn(desk, sven, scope, name, off=True)
    with pytest.raises(SwitchedOff, match="it books twice") as stopped:
        await at.call(agent="scout").__aenter__()
    assert (stopped.value.scope, stopped.value.name) == (scope.value, name)


@pytest.mark.parametrize(
    ("scope", "name"),
    [(SwitchScope.TOOL, "toy.read"), (SwitchScope.AGENT, "scout")],
)
async def test_a_switch_stops_nothing_but_what_it_names(
    desk: SwitchDesk, sven: Actor, scope: SwitchScope, name: str
) -> None:
    await turn(desk, sven, scope, name, off=True)
    assert await gate(desk.services.database).made()


async def test_a_switch_of_another_tenant_stops_nothing(desk: SwitchDesk, sven: Actor) -> None:
    await turn(desk, sven, SwitchScope.PROCESS, "toy", off=True)
    admission = gate(desk.services.database).admission
    now = desk.services.clock()
    async with admission.admitted(tenant="bolt", process="toy", tool=LimitedTool(), case_id="case", now=now):
        pass


@pytest.mark.parametrize("off", [True, False])
async def test_a_process_that_has_read_before_knows_within_half_a_second(
    desk: SwitchDesk, sven: Actor, off: bool
) -> None:
    at = gate(desk.services.database)
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=not off)
    await at.admission.read("acme")
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=off)
    at.later(READ_AGAIN)
    if not off:
        assert await at.made()
        return
    with pytest.raises(SwitchedOff):
        await at.made()


async def test_nobody_turns_a_switch_without_the_right_or_a_reason(desk: SwitchDesk, sven: Actor) -> None:
    clara = await actor(desk.services.database, "clara")
    with pytest.raises(PermissionMissing, match=r"switch\.set"):
        await turn(desk, clara, SwitchScope.TOOL, "toy.write", off=True)
    with pytest.raises(Invalid, match="reason"):
        await desk.set(sven, SwitchScope.TOOL, "toy.write", off=True, reason=" ")


async def test_every_turn_is_recorded_once_with_who_and_why(desk: SwitchDesk, sven: Actor, engine: Engine) -> None:
    for off in (True, True, False, False):
        await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=off)
    async with engine.database.unit_of_work("acme", snapshot=True) as unit:
        verified = await unit.audit_log.verify("acme")
    [state] = await desk.listed(sven)
    assert (verified.entries, verified.sound) == (2, True)
    assert (state.switch.off, state.switch.set_by, state.switch.reason) == (False, sven.user_id, "it books twice")


async def parked(engine: Engine, own_database: TestDatabase) -> str:
    """A case whose worker has found `toy.write` switched off, with no job left but its timer's."""
    accepted = await engine.start()
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("DELETE FROM procrastinate_jobs")
    async with engine.database.unit_of_work("acme") as unit:
        await park_until_on(unit, STOPPED, tenant="acme", case_id=accepted.case.id, visit=1, now=engine.clock())
    return accepted.case.id


async def test_a_case_says_what_was_stopped(
    engine: Engine, desk: SwitchDesk, sven: Actor, own_database: TestDatabase
) -> None:
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
    case_id = await parked(engine, own_database)
    async with engine.database.unit_of_work("acme") as unit:
        [found] = (await CaseStandings(unit.session).of([case_id]))[case_id].waits
    assert (found.kind, found.what) == ("switch", "toy.write")


async def test_a_case_goes_on_by_itself_when_its_tool_is_on_again(
    desk: SwitchDesk, sven: Actor, engine: Engine, own_database: TestDatabase
) -> None:
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
    case_id = await parked(engine, own_database)
    async with engine.working():
        assert [state.waiting for state in await desk.listed(sven)] == [1]
        await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=False)
        await engine.until(case_id, "done", within_seconds=5)
    assert [state.waiting for state in await desk.listed(sven)] == [0]


async def test_another_switch_wakes_nobody(
    desk: SwitchDesk, sven: Actor, engine: Engine, own_database: TestDatabase
) -> None:
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
    await parked(engine, own_database)
    for scope, name in ((SwitchScope.TOOL, "toy.read"), (SwitchScope.PROCESS, "toy"), (SwitchScope.AGENT, "scout")):
        await turn(desk, sven, scope, name, off=True)
        await turn(desk, sven, scope, name, off=False)
    assert {state.switch.name: state.waiting for state in await desk.listed(sven)} == {
        "toy.write": 1,
        "toy.read": 0,
        "toy": 0,
        "scout": 0,
    }


@pytest.mark.parametrize("scope", list(SwitchScope))
async def test_a_name_that_nothing_has_is_refused_or_a_typo_would_stop_nothing(
    desk: SwitchDesk, sven: Actor, scope: SwitchScope
) -> None:
    with pytest.raises(NotFound, match=r"toy\.wirte.*there are.*(toy|scout)"):
        await turn(desk, sven, scope, "toy.wirte", off=True)


async def test_a_case_that_parks_after_its_switch_is_on_again_looks_at_once(engine: Engine) -> None:
    accepted, now = await engine.start(), engine.clock()
    async with engine.database.unit_of_work("acme") as unit:
        at = await park_until_on(unit, STOPPED, tenant="acme", case_id=accepted.case.id, visit=1, now=now)
    assert at == now + SEEN_EVERYWHERE


async def test_a_case_that_nobody_wakes_looks_once_an_hour(
    desk: SwitchDesk, sven: Actor, engine: Engine, own_database: TestDatabase
) -> None:
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
    case_id = await parked(engine, own_database)
    assert await engine.sweep.run() == 0
    engine.clock.ahead = LOOK_AGAIN + timedelta(minutes=1)
    assert await engine.sweep.run() == 1
    looked = await engine.advance(case_id)
    assert (looked.status, engine.notebook.calls) == ("running", 0)
    assert (await engine.trail_of(case_id)).count("case.parked") == 1


async def test_parking_and_turning_on_at_once_loses_no_case(
    desk: SwitchDesk, sven: Actor, engine: Engine, own_database: TestDatabase
) -> None:
    for _ in range(5):
        await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
        case_id, _ = await asyncio.gather(
            parked(engine, own_database), turn(desk, sven, SwitchScope.TOOL, "toy.write", off=False)
        )
        assert jobs_of(own_database, case_id) == 1


@pytest.fixture
async def unreachable() -> Database:
    """A database that nobody serves."""
    return Database("postgresql://nobody@127.0.0.1:1/none", clock=lambda: pytest.fail("nothing commits"))


async def silent(at: Gate, unreachable: Database) -> None:
    """From now on the gate's database does not answer."""
    at.admission._database = unreachable


@pytest.mark.parametrize(
    ("silence", "effect_kind", "refused"),
    [
        (SILENCE, EffectKind.WRITE, True),
        (SILENCE, EffectKind.IRREVERSIBLE, True),
        (SILENCE, EffectKind.READ, False),
        (SILENCE - timedelta(milliseconds=1), EffectKind.WRITE, False),
    ],
)
async def test_nothing_is_written_once_the_switches_have_been_unknown_for_two_seconds(
    engine: Engine, unreachable: Database, silence: timedelta, effect_kind: EffectKind, refused: bool
) -> None:
    at = gate(engine.database, effect_kind=effect_kind)
    await at.made()
    await silent(at, unreachable)
    at.later(silence)
    if not refused:
        assert await at.made()
        return
    with pytest.raises(ViewTooOld) as unknown:
        await at.made()
    assert unknown.value.ask_at > at.now


async def test_what_is_known_to_be_off_stays_off_while_the_database_is_silent(
    desk: SwitchDesk, sven: Actor, unreachable: Database
) -> None:
    at = gate(desk.services.database, effect_kind=EffectKind.READ)
    await turn(desk, sven, SwitchScope.TOOL, "toy.write", off=True)
    await at.admission.read("acme")
    await silent(at, unreachable)
    at.later(timedelta(hours=1))
    with pytest.raises(SwitchedOff):
        await at.made()


@pytest.mark.parametrize("effect_kind", [EffectKind.READ, EffectKind.WRITE])
async def test_a_process_that_never_knew_the_switches_calls_nothing(
    unreachable: Database, effect_kind: EffectKind
) -> None:
    with pytest.raises(ViewTooOld):
        await gate(unreachable, effect_kind=effect_kind).made()


async def test_a_call_of_an_agent_is_refused_like_a_write(engine: Engine, unreachable: Database) -> None:
    at = gate(engine.database, effect_kind=EffectKind.READ)
    await at.made()
    await silent(at, unreachable)
    at.later(SILENCE)
    with pytest.raises(ViewTooOld):
        await at.call(agent="scout").__aenter__()

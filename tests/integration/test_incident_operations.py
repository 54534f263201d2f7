"""One order about all incidents of a cause: a few first, each once, and stopped in time."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from graphs.errors import PermissionMissing
from graphs.incidents.carrying import Carrying
from graphs.incidents.group import GroupDesk
from graphs.incidents.move import Move, MoveKind
from graphs.incidents.operation import NothingToDo, OperationDesk, OperationEnded, OperationUnderWay
from graphs.store.people import Actor
from tests.conftest import TestDatabase
from tests.support import carrying_worker
from tests.support.dying import dies
from tests.support.engine import Engine
from tests.support.failing import CLOSED, an_order, carried, ordered, progress, stopped, sums, supervise
from tests.support.people import actor
from tools.errors import Permanent

NOTICES = text("SELECT recipient_id, kind FROM notices")
PLACES = [
    pytest.param("operation.before_commit:2", 1, id="one is ordered, the next is not committed"),
    pytest.param("operation.before_commit:1", 0, id="nothing is", marks=pytest.mark.chaos),
    pytest.param("operation.after_item:3", 3, id="three are", marks=pytest.mark.chaos),
]


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await supervise(engine)
    return engine


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await actor(engine.database, "sven")


async def test_a_group_is_retried_once_its_cause_is_gone(engine: Engine, sven: Actor) -> None:
    incidents = await stopped(engine, 5)
    fingerprint = incidents[0].fingerprint
    assert {incident.fingerprint for incident in incidents} == {fingerprint}
    begun = await ordered(engine, fingerprint, an_order(at_once=2))
    assert (begun.created, begun.operation.total, sums(begun)) == (True, 5, {"waiting": 5})
    first = await carried(engine, begun.operation.id)
    assert sums(first) == {"waiting": 2, "moving": 3}
    second = await carried(engine, begun.operation.id)
    assert sums(second) == {"moving": 2, "done": 3}
    third = await carried(engine, begun.operation.id)
    assert (sums(third), third.operation.status) == ({"done": 5}, "done")
    assert {(await engine.case(incident.case_id)).status for incident in incidents} == {"done"}
    page = await GroupDesk(services=engine.services).show(sven, fingerprint)
    assert (page.group.row.open, page.group.row.closed, page.group.row.cases) == (0, 5, 5)


async def test_canaries_that_fail_again_stop_it_and_nobody_else_is_touched(engine: Engine) -> None:
    incidents = await stopped(engine, 6)
    begun = await ordered(engine, incidents[0].fingerprint)
    await Carrying(services=engine.services, owner="one").run()
    for incident in incidents[:3]:
        engine.reader.faults = [CLOSED]
        await engine.advance(incident.case_id)
    found = await carried(engine, begun.operation.id)
    assert (found.operation.status, sums(found)) == ("stopped", {"failed": 3, "left": 3})
    assert found.operation.why.startswith("3 of the first 3 failed again")
    untouched = [len(await engine.incidents_of(incident.case_id)) for incident in incidents[3:]]
    assert (untouched, engine.reader.calls) == ([1, 1, 1], 9)
    async with engine.database.unit_of_work("acme") as unit:
        told = (await unit.session.execute(NOTICES)).all()
    assert [tuple(row) for row in told] == [("acme-sven", "operation.ended")]


async def test_what_fails_again_names_its_error(engine: Engine, sven: Actor) -> None:
    [incident] = await stopped(engine, 1)
    begun = await ordered(engine, incident.fingerprint)
    await Carrying(services=engine.services, owner="one").run()
    engine.reader.faults = [Permanent("another", tool="toy.read", code="account_missing")]
    await engine.advance(incident.case_id)
    await carried(engine, begun.operation.id)
    [item] = (await OperationDesk(services=engine.services).show(sven, begun.operation.id, status="failed")).items
    assert (item.code, item.message) == ("account_missing", "toy.read: another")


async def test_two_who_order_the_same_at_once_order_one_operation(engine: Engine) -> None:
    await supervise(engine, "dora")
    incidents = await stopped(engine, 2)
    one, other = await asyncio.gather(
        ordered(engine, incidents[0].fingerprint), ordered(engine, incidents[0].fingerprint, login="dora")
    )
    assert one.operation.id == other.operation.id
    assert sorted((one.created, other.created)) == [False, True]
    await asyncio.gather(*(Carrying(services=engine.services, owner=name).run() for name in ("one", "two", "three")))
    trails = [await engine.trail_of(incident.case_id) for incident in incidents]
    assert [trail.count("incident.retried") for trail in trails] == [1, 1]


async def test_another_order_about_the_group_waits_for_the_first(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    await ordered(engine, incident.fingerprint)
    with pytest.raises(OperationUnderWay):
        await ordered(engine, incident.fingerprint, an_order(Move(kind=MoveKind.CANCEL)))


async def test_a_cancelled_operation_leaves_the_rest_and_cannot_be_cancelled_twice(engine: Engine, sven: Actor) -> None:
    incidents = await stopped(engine, 4)
    begun = await ordered(engine, incidents[0].fingerprint)
    await Carrying(services=engine.services, owner="one").run()
    desk = OperationDesk(services=engine.services)
    ended = await desk.cancel(sven, begun.operation.id, reason="first ask the bank")
    assert (ended.operation.status, sums(ended)) == ("cancelled", {"moving": 3, "left": 1})
    with pytest.raises(OperationEnded):
        await desk.cancel(sven, begun.operation.id, reason="again")
    for incident in incidents[:3]:
        await engine.advance(incident.case_id)
    assert sums(await carried(engine, begun.operation.id)) == {"done": 3, "left": 1}
    assert (await engine.case(incidents[3].case_id)).status == "incident"
    assert (await ordered(engine, incidents[0].fingerprint)).operation.total == 1


async def test_who_lost_the_right_meanwhile_orders_nothing_more(engine: Engine, own_database: TestDatabase) -> None:
    incidents = await stopped(engine, 2)
    begun = await ordered(engine, incidents[0].fingerprint)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE users SET active = false WHERE id = 'acme-sven'")
    found = await carried(engine, begun.operation.id)
    assert (found.operation.status, sums(found)) == ("stopped", {"left": 2})
    assert "may not any more" in found.operation.why


async def test_what_somebody_did_meanwhile_is_left_to_them(engine: Engine) -> None:
    one, other = await stopped(engine, 2)
    begun = await ordered(engine, one.fingerprint)
    await engine.retry(one.id)
    await engine.advance(one.case_id)
    found = await carried(engine, begun.operation.id, turns=2)
    assert (sums(found), found.operation.status) == ({"done": 1, "left": 1}, "done")
    assert (await engine.trail_of(one.case_id)).count("incident.retried") == 1
    assert (await engine.case(other.case_id)).status == "done"


async def test_a_preview_tells_what_each_case_would_do_and_changes_nothing(engine: Engine, sven: Actor) -> None:
    await supervise(engine, "clara")
    incidents = await stopped(engine, 2)
    desk, fingerprint = OperationDesk(services=engine.services), incidents[0].fingerprint
    skip = an_order(Move(kind=MoveKind.SKIP, facts={"code": "A-1"}))
    before = [await engine.case(incident.case_id) for incident in incidents]
    found = await desk.preview(sven, fingerprint, skip)
    assert (found.total, [one.ordered for one in found.cases]) == (2, ["skip: goes on behind 'look_up'"] * 2)
    refused = await desk.preview(await actor(engine.database, "clara"), fingerprint, skip)
    assert [one.code for one in refused.cases] == ["segregation_of_duties"] * 2
    assert [await engine.case(incident.case_id) for incident in incidents] == before
    assert [len(await engine.trail_of(incident.case_id)) for incident in incidents] == [2, 2]
    assert (await desk.listed(sven)) == []


async def test_only_the_chosen_ones_are_meant(engine: Engine, sven: Actor) -> None:
    incidents = await stopped(engine, 3)
    order = an_order()
    chosen = type(order)(move=order.move, reason=order.reason, incidents=(incidents[1].id,))
    assert (await ordered(engine, incidents[0].fingerprint, chosen)).operation.total == 1
    nobody = type(order)(move=order.move, reason=order.reason, versions=(7,))
    with pytest.raises(NothingToDo):
        await OperationDesk(services=engine.services).preview(sven, incidents[0].fingerprint, nobody)


async def test_without_the_right_nothing_is_ordered(engine: Engine) -> None:
    [incident] = await stopped(engine, 1)
    with pytest.raises(PermissionMissing):
        await ordered(engine, incident.fingerprint, login="clara")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("place", "done"), PLACES)
async def test_a_worker_killed_in_the_middle_orders_nothing_twice(
    engine: Engine, own_database: TestDatabase, place: str, done: int
) -> None:
    incidents = await stopped(engine, 4)
    begun = await ordered(engine, incidents[0].fingerprint, an_order(canary=4))
    await dies(carrying_worker.work, own_database, place=place)
    assert sums(await progress(engine, begun.operation.id)).get("moving", 0) == done
    found = await carried(engine, begun.operation.id, turns=3, owner="two")
    assert (sums(found), found.operation.status) == ({"done": 4}, "done")
    trails = [await engine.trail_of(incident.case_id) for incident in incidents]
    assert [trail.count("incident.retried") for trail in trails] == [1, 1, 1, 1]

"""Legal holds: what is under one is neither compacted nor erased, and each is on record."""

from __future__ import annotations

import pytest

from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.holds import HoldDesk, HoldScope, OnLegalHold
from graphs.retention import RetentionDesk, RetentionRun
from graphs.store.people import Actor
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.retention import YEAR, finished, last_values, officer

SUPPLIER = "supplier-4711"


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await officer(engine)


@pytest.fixture
def desk(engine: Engine) -> HoldDesk:
    return HoldDesk(services=engine.services)


@pytest.mark.parametrize(
    ("scope", "subject"),
    [(HoldScope.CASE, "the case"), (HoldScope.USER, "acme-anton"), (HoldScope.PARTY, SUPPLIER)],
)
async def test_what_is_held_is_neither_compacted_nor_erased(
    engine: Engine, desk: HoldDesk, sven: Actor, scope: HoldScope, subject: str
) -> None:
    held = await finished(engine, subject=f"bill of {SUPPLIER}")
    free = await finished(engine, amount=500, subject="another bill")
    hold = await desk.place(sven, scope, held if scope is HoldScope.CASE else subject, why="inquiry 12")
    retention = RetentionDesk(services=engine.services)
    await retention.set_policy(sven, process="*", status="*", compact_after=YEAR, erase_after=None)
    engine.clock.ahead = YEAR * 2
    erasure = ErasureDesk(services=engine.services)
    assert await retention.run(sven, dry=False) == RetentionRun(compacted=1)
    with pytest.raises(OnLegalHold, match=held):
        await erasure.plan(sven, ErasureRequest(case_id=held))
    await erasure.plan(sven, ErasureRequest(case_id=free))
    await desk.lift(sven, hold.id, why="closed")
    assert await retention.run(sven, dry=False) == RetentionRun(compacted=1)
    await erasure.plan(sven, ErasureRequest(case_id=held))


async def test_placing_and_lifting_are_on_record(engine: Engine, desk: HoldDesk, sven: Actor) -> None:
    hold = await desk.place(sven, HoldScope.PARTY, SUPPLIER, why="inquiry 12")
    assert await desk.place(sven, HoldScope.PARTY, SUPPLIER, why="again") == hold
    assert [found.id for found in await desk.listed(sven)] == [hold.id]
    lifted = await desk.lift(sven, hold.id, why="closed")
    assert (lifted.lifted_by, lifted.lifted_why) == ("acme-sven", "closed")
    assert list(await desk.listed(sven)) == []
    assert [found.id for found in await desk.listed(sven, lifted=True)] == [hold.id]
    placed = {"hold": hold.id, "scope": "party", "subject": SUPPLIER, "why": "inquiry 12"}
    assert await last_values(engine, "hold.placed") == placed
    assert await last_values(engine, "hold.lifted") == {**placed, "why": "closed"}
    with pytest.raises(NotFound):
        await desk.lift(sven, hold.id, why="once more")


async def test_a_hold_needs_the_permission_a_reason_and_a_subject_that_exists(
    engine: Engine, desk: HoldDesk, sven: Actor
) -> None:
    clara = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await desk.place(clara, HoldScope.PARTY, SUPPLIER, why="inquiry")
    with pytest.raises(PermissionMissing):
        await desk.listed(clara)
    with pytest.raises(Invalid):
        await desk.place(sven, HoldScope.PARTY, SUPPLIER, why=" ")
    with pytest.raises(Invalid):
        await desk.place(sven, HoldScope.PARTY, "ab", why="inquiry")
    for scope in (HoldScope.CASE, HoldScope.USER):
        with pytest.raises(NotFound):
            await desk.place(sven, scope, "nobody", why="inquiry")

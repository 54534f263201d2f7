"""Cases that stop alike, and orders about all of them."""

from __future__ import annotations

from graphs.incidents.carrying import Carrying
from graphs.incidents.move import Move, MoveKind
from graphs.incidents.operation import OperationDesk, Order, Progress
from graphs.store.operations import Operations, progress_of
from graphs.store.tables import Incident
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor
from tools.errors import Permanent

RIGHTS = ("incident.retry", "case.steer", "case.cancel", "case.read")
CLOSED = Permanent("the year is closed", tool="toy.read", code="year_closed")
OPERATION_AT = ("operation.before_commit", "operation.after_item")
"""The failpoints of operations."""
RETRY = Move(kind=MoveKind.RETRY)


async def supervise(engine: Engine, login: str = "sven") -> None:
    """Give them every right that a supervisor has about incidents."""
    await grant(engine.database, login, *RIGHTS)


async def stopped(engine: Engine, number: int, *, error: Exception = CLOSED) -> list[Incident]:
    """So many cases that stopped at their first step with the error."""
    found = []
    for _ in range(number):
        engine.reader.faults = [error]
        case = await engine.advance((await engine.start()).case.id)
        assert case.status == "incident"
        found += await engine.incidents_of(case.id)
    return found


def an_order(move: Move = RETRY, *, canary: int = 3, at_once: int = 20) -> Order:
    return Order(move=move, reason="the year is open again", canary=canary, at_once=at_once)


async def ordered(engine: Engine, fingerprint: str, order: Order | None = None, *, login: str = "sven") -> Progress:
    """The operation that they begin."""
    who = await actor(engine.database, login)
    return await OperationDesk(services=engine.services).start(who, fingerprint, order or an_order())


async def carried(engine: Engine, operation_id: str, *, turns: int = 1, owner: str = "one") -> Progress:
    """The operation after so many turns of a worker, which advances after each what was let go on."""
    for _ in range(turns):
        await Carrying(services=engine.services, owner=owner).run()
        async with engine.database.unit_of_work("acme") as unit:
            moved = [one.case_id for one in await Operations(unit.session).moved(operation_id, applies="")]
        for case_id in moved:
            await engine.advance(case_id)
    return await progress(engine, operation_id)


async def progress(engine: Engine, operation_id: str) -> Progress:
    async with engine.database.unit_of_work("acme") as unit:
        operations = Operations(unit.session)
        counts = await operations.counts(operation_id)
        return Progress(operation=await operations.get(operation_id), counts=progress_of(counts[operation_id]))


def sums(found: Progress) -> dict[str, int]:
    """The states that some item is in."""
    return {status: number for status, number in found.counts.items() if number}

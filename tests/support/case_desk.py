"""Orders about a case, as Sven gives them, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.case_desk import CaseDesk
from graphs.store.case_list import CaseList
from graphs.store.case_search import EVERY_CASE, CaseOrder
from graphs.store.database import UnitOfWork
from graphs.store.lifecycle_tables import Steering
from graphs.store.steerings import Steerings
from graphs.store.tables import Case
from tests.support.engine import Engine
from tests.support.people import actor
from tools.clock import utc_now
from tools.errors import Permanent


def desk(engine: Engine) -> CaseDesk:
    return CaseDesk(services=engine.services)


async def cancel(engine: Engine, case_id: str, *, login: str = "sven", reason: str = "not needed") -> Case:
    return await desk(engine).cancel(await actor(engine.database, login), case_id, reason)


async def suspend(engine: Engine, case_id: str, *, login: str = "sven") -> Case:
    return await desk(engine).suspend(await actor(engine.database, login), case_id, "audit")


async def resume(engine: Engine, case_id: str, *, login: str = "sven") -> Case:
    return await desk(engine).resume(await actor(engine.database, login), case_id)


async def retry(engine: Engine, case_id: str, step: str, *, login: str = "sven", reason: str = "again") -> Case:
    return await desk(engine).retry(await actor(engine.database, login), case_id, step, reason)


async def skip(engine: Engine, case_id: str, step: str, *, login: str = "sven", **facts: int) -> Case:
    return await desk(engine).skip(await actor(engine.database, login), case_id, step, "known", facts=facts)


async def orders(engine: Engine, case_id: str) -> list[Steering]:
    async with engine.database.unit_of_work("acme") as unit:
        return list(await Steerings(unit.session).of_case(case_id))


async def failed(engine: Engine) -> Case:
    """A case that stopped in its first step."""
    engine.reader.faults = [Permanent("gone")]
    case = await engine.advance((await engine.start()).case.id)
    assert case.status == "incident"
    return case


async def newest_cases(unit: UnitOfWork, *, limit: int) -> Sequence[Case]:
    """The tenant's cases, the newest first."""
    found = CaseList(unit.session, "acme")
    return (await found.page(EVERY_CASE, CaseOrder.NEWEST, after=None, limit=limit, now=utc_now())).cases

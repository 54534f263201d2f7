"""Precedents: what people decided about like questions, found by its facts, and read by nobody but people."""

from __future__ import annotations

import grimp
import pytest

from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import NotFound, PermissionMissing
from graphs.precedents.desk import PrecedentDesk, caught_up
from graphs.store.people import Actor
from graphs.store.precedents import Precedents
from graphs.store.recall_tables import Precedent
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor, populate

APPROVE = Answer(decision="approve", reason="known supplier")
REJECT = Answer(decision="reject", reason="never from these")


@pytest.fixture
def desk(engine: Engine) -> PrecedentDesk:
    return PrecedentDesk(services=engine.services)


@pytest.fixture
async def dora(engine: Engine) -> Actor:
    return await actor(engine.database, "dora")


async def answered(engine: Engine, amount: int, answer: Answer) -> str:
    case = await engine.asking(amount)
    await engine.answer(case.id, "dora", answer)
    return (await engine.advance(case.id)).id


async def rows(engine: Engine, tenant: str = "acme") -> list[Precedent]:
    await caught_up(engine.services, tenant)
    async with engine.database.unit_of_work(tenant) as unit:
        return list(await Precedents(unit.session, tenant).of_step("toy", "approve"))


async def test_the_nearest_by_their_facts_come_first_with_who_decided_what(
    engine: Engine, desk: PrecedentDesk, dora: Actor
) -> None:
    far = await answered(engine, 9_000, REJECT)
    near = [await answered(engine, amount, APPROVE) for amount in (59_000, 60_100)]
    task = await engine.task_of((await engine.asking(60_000)).id)
    found = await desk.of_task(dora, task.id)
    assert [one.precedent.case_id for one in found.nearest] == [near[1], near[0], far]
    assert (found.compared, found.similar, found.decisions) == (3, 2, {"approve": 2})
    first = found.nearest[0]
    assert (first.precedent.decided_by, found.names["acme-dora"]) == ("acme-dora", "Dora")
    assert (first.precedent.reason, first.precedent.fired) == ("known supplier", ["TOY-LIMIT"])
    assert [(one.name, one.here, one.there) for one in first.differs] == [("note.amount", 60_000, 60_100)]


async def test_only_the_same_step_with_the_same_exceptions_is_compared(
    engine: Engine, desk: PrecedentDesk, dora: Actor
) -> None:
    await answered(engine, 50_000, APPROVE)
    nothing = await engine.asking(0)
    task = await engine.task_of(nothing.id)
    assert (await desk.of_task(dora, task.id)).compared == 0


async def test_a_correction_is_kept_with_what_was_corrected(engine: Engine) -> None:
    await answered(engine, 60_000, Answer(decision="correct", set={"amount": "500"}, reason="a zero too many"))
    [row] = await rows(engine)
    assert (row.decision, row.corrected, row.facts) == ("correct", {"amount": "500"}, {"note.amount": 60_000})


async def test_the_projection_goes_on_where_it_was_and_repeats_nothing(engine: Engine) -> None:
    await answered(engine, 60_000, APPROVE)
    first = await rows(engine)
    async with engine.database.unit_of_work("acme") as unit:
        while await Precedents(unit.session, "acme").catch_up(batch=3):
            pass
    await answered(engine, 61_000, APPROVE)
    again = await rows(engine)
    assert [row.seq for row in again[1:]] == [row.seq for row in first]
    assert len(again) == 2


async def test_another_tenant_sees_none_of_them(engine: Engine) -> None:
    await populate(engine.database, "bolt")
    await answered(engine, 60_000, APPROVE)
    assert len(await rows(engine)) == 1
    assert await rows(engine, "bolt") == []


async def test_who_may_not_read_tasks_sees_no_precedents(engine: Engine, desk: PrecedentDesk) -> None:
    task = await engine.task_of((await engine.asking()).id)
    with pytest.raises(PermissionMissing, match=r"task\.read"):
        await desk.of_task(await actor(engine.database, "intake"), task.id)


async def test_an_erased_case_is_no_precedent_any_more(engine: Engine, desk: PrecedentDesk, dora: Actor) -> None:
    case_id = await answered(engine, 60_000, REJECT)
    await rows(engine)
    await grant(engine.database, "sven", "retention.erase")
    sven, erasure = await actor(engine.database, "sven"), ErasureDesk(services=engine.services)
    plan = await erasure.plan(sven, ErasureRequest(case_id=case_id))
    await erasure.erase(sven, ErasureRequest(case_id=case_id), reason="Art. 17", confirmed=plan.digest)
    [row] = await rows(engine)
    assert (row.facts, row.reason, row.decision) == ({}, "[erased]", "reject")
    task = await engine.task_of((await engine.asking(60_000)).id)
    assert (await desk.of_task(dora, task.id)).compared == 0


async def test_a_task_whose_facts_are_gone_says_so(engine: Engine, desk: PrecedentDesk, dora: Actor) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    async with engine.database.unit_of_work("acme") as unit:
        for entry, values in await unit.audit_log.of_case(case.id):
            if "verdict" in values:
                await unit.audit_log.erase("acme", entry.seq, "verdict")
    with pytest.raises(NotFound, match="not on record"):
        await desk.of_task(dora, task.id)


def test_nothing_in_the_engine_reads_precedents() -> None:
    graph = grimp.build_graph("graphs", "tools", "policies", "evals", cache_dir=None)
    readers = {
        importer
        for package in ("graphs.precedents", "graphs.store.precedents", "graphs.suggestions")
        for module in graph.find_matching_modules(f"{package}.**") | graph.find_matching_modules(package)
        for importer in graph.find_modules_that_directly_import(module)
    }
    assert {name for name in readers if not name.startswith(("graphs.precedents", "graphs.suggestions"))} == set()

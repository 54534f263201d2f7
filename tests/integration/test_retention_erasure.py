"""Erasure: what is refused, what is recorded, and that nothing else is touched."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from graphs.audit import AuditRecord
from graphs.erasure import CaseUnderWay, ErasureChanged, ErasureDesk, ErasureRequest
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.holds import HoldDesk, HoldScope, OnLegalHold
from graphs.intake import Incoming, Intake
from graphs.retention import RetentionDesk, RetentionRun, RetentionSweep
from graphs.store.people import Actor
from tests.conftest import TestDatabase
from tests.support.canary import places_in_dump, places_in_tables
from tests.support.engine import Engine
from tests.support.people import actor, populate
from tests.support.retention import NAME, YEAR, finished, last_values, officer


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await officer(engine)


@pytest.fixture
def desk(engine: Engine) -> ErasureDesk:
    return ErasureDesk(services=engine.services)


async def erase(desk: ErasureDesk, who: Actor, request: ErasureRequest, *, reason: str = "Art. 17") -> None:
    plan = await desk.plan(who, request)
    await desk.erase(who, request, reason=reason, confirmed=plan.digest)


async def test_a_plan_erases_nothing_and_says_where_it_stands(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    case_id = await finished(engine, amount=500, subject=f"for {NAME}")
    plan = await desk.plan(sven, ErasureRequest(value=NAME))
    assert (plan.erased, plan.cases, dict(plan.rows)) == (False, (case_id,), {"audit_values": 1, "cases": 1})
    assert plan.columns["cases"] == ["input", "title"]
    assert (await engine.case(case_id)).title == f"for {NAME}"


async def test_an_erasure_is_recorded_without_what_was_erased(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    case_id = await finished(engine, amount=500, subject=f"for {NAME}")
    await erase(desk, sven, ErasureRequest(value=NAME), reason="asked for by mail")
    assert (await engine.case(case_id)).title == "for [erased]"
    assert await last_values(engine, "retention.erased") == {
        "what": "value",
        "reason": "asked for by mail",
        "rows": {"audit_values": 1, "cases": 1},
        "cases": 1,
    }


async def test_only_exactly_what_was_shown_is_erased(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    await finished(engine, amount=500, subject=NAME)
    plan = await desk.plan(sven, ErasureRequest(value=NAME))
    await finished(engine, amount=500, subject=NAME)
    with pytest.raises(ErasureChanged):
        await desk.erase(sven, ErasureRequest(value=NAME), reason="Art. 17", confirmed=plan.digest)


async def test_a_case_that_has_not_ended_is_refused_by_name(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    ended = await finished(engine, amount=500, subject=NAME)
    engine.reader.amount = 5_000
    waiting = (await engine.start(subject=NAME)).case.id
    await engine.advance(waiting)
    for request in (ErasureRequest(value=NAME), ErasureRequest(case_id=waiting)):
        with pytest.raises(CaseUnderWay, match=waiting) as refused:
            await desk.plan(sven, request)
        assert ended not in str(refused.value)


async def test_other_cases_keep_their_values(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    await finished(engine, amount=500, subject=NAME)
    other = await finished(engine, amount=500, subject="Ludmila Anonym")
    await erase(desk, sven, ErasureRequest(value=NAME))
    assert (await engine.case(other)).title == "Ludmila Anonym"


async def test_other_tenants_keep_their_values(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    await populate(engine.database, "bolt")
    async with engine.database.unit_of_work("bolt") as unit:
        unit.record("bolt", AuditRecord(kind="test.written", actor="test", values={"name": NAME}))
    plan = await desk.plan(sven, ErasureRequest(value=NAME))
    assert dict(plan.rows) == {}


async def test_an_original_that_another_case_names_stays(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    intake = Intake(services=engine.services)
    clara = await actor(engine.database, "clara")
    letter = Incoming(name="letter.pdf", media_type="application/pdf", content=b"%PDF", channel="mail", sender="a@b")
    cases = [
        (await intake.document(clara, "toy", letter, key=key, extra={"subject": "letter"})).case.id
        for key in ("one", "two")
    ]
    for case_id in cases:
        await engine.advance(case_id)
    request = ErasureRequest(case_id=cases[0])
    plan = await desk.plan(sven, request)
    assert (len(plan.kept_originals), plan.rows.get("documents", 0)) == (1, 0)
    await desk.erase(sven, request, reason="Art. 17", confirmed=plan.digest)
    last = await desk.plan(sven, ErasureRequest(case_id=cases[1]))
    assert (last.kept_originals, last.rows["documents"]) == ((), 1)


async def test_what_was_erased_can_be_erased_again(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    case_id = await finished(engine, subject=NAME)
    await erase(desk, sven, ErasureRequest(case_id=case_id))
    plan = await desk.plan(sven, ErasureRequest(case_id=case_id))
    assert set(plan.rows) <= {"audit_values"}, "only what the first erasure has recorded"


@pytest.mark.parametrize("text", ["50% _off_\\", "a\"b'c", "line\nbreak", "tab\t", "emoji 🦆", "$.x ? (@ > 1)"])
async def test_a_text_is_found_whatever_it_holds(
    engine: Engine, desk: ErasureDesk, sven: Actor, own_database: TestDatabase, text: str
) -> None:
    case_id = await finished(engine, amount=500, subject=f"<{text}>")
    await erase(desk, sven, ErasureRequest(value=text))
    case = await engine.case(case_id)
    assert (case.title, case.input["subject"]) == ("<[erased]>", "<[erased]>")
    assert places_in_tables(own_database, text) == []


async def test_what_only_looks_like_it_stays(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    await finished(engine, amount=500, subject="a\nnote")
    assert dict((await desk.plan(sven, ErasureRequest(value="nnote"))).rows) == {}


async def test_a_user_leaves_no_name_and_cannot_come_back(
    engine: Engine, desk: ErasureDesk, sven: Actor, own_database: TestDatabase
) -> None:
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE users SET name = %s, email = 'l@anonyma.example' WHERE id = 'acme-anton'", (NAME,))
    await finished(engine)
    assert "audit_values" in places_in_tables(own_database, NAME)
    await erase(desk, sven, ErasureRequest(user_id="acme-anton"))
    assert places_in_tables(own_database, NAME, "l@anonyma.example") == []
    assert places_in_dump(own_database, NAME, "l@anonyma.example") == []
    with pytest.raises(NotFound):
        await actor(engine.database, "anton")
    assert (await engine.verification()).sound


async def test_a_user_under_hold_stays(engine: Engine, desk: ErasureDesk, sven: Actor) -> None:
    await HoldDesk(services=engine.services).place(sven, HoldScope.USER, "acme-anton", why="inquiry")
    with pytest.raises(OnLegalHold, match="acme-anton"):
        await desk.plan(sven, ErasureRequest(user_id="acme-anton"))


async def test_erasing_needs_the_permission_a_reason_and_a_subject(
    engine: Engine, desk: ErasureDesk, sven: Actor
) -> None:
    await finished(engine, amount=500, subject=NAME)
    request = ErasureRequest(value=NAME)
    clara = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await desk.plan(clara, request)
    digest = (await desk.plan(sven, request)).digest
    for reason in (" ", f"{NAME} asked"):
        with pytest.raises(Invalid):
            await desk.erase(sven, request, reason=reason, confirmed=digest)
    with pytest.raises(NotFound):
        await desk.plan(sven, ErasureRequest(case_id="none"))
    with pytest.raises(NotFound):
        await desk.plan(sven, ErasureRequest(user_id="none"))


@pytest.mark.parametrize(
    "asked", [{}, {"value": "ab"}, {"value": NAME, "user_id": "x"}, {"value": NAME, "names": ("sender",)}]
)
def test_a_request_names_exactly_one_thing(asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ErasureRequest(**asked)


async def test_a_run_erases_what_is_past_its_age_but_not_what_is_held(engine: Engine, sven: Actor) -> None:
    gone, held = [await finished(engine, subject=NAME) for _ in range(2)]
    retention = RetentionDesk(services=engine.services)
    await retention.set_policy(sven, process="toy", status="*", compact_after=None, erase_after=YEAR)
    await HoldDesk(services=engine.services).place(sven, HoldScope.CASE, held, why="court case 7")
    sweep = RetentionSweep(services=engine.services)
    assert await sweep.run() == RetentionRun()
    engine.clock.ahead = YEAR * 2
    assert await retention.run(sven, dry=True) == RetentionRun(erased=1)
    assert await retention.run(sven, dry=False) == RetentionRun(erased=1)
    assert await retention.run(sven, dry=False) == RetentionRun()
    assert [(await engine.case(case)).title for case in (gone, held)] == ["[erased]", NAME]
    assert (await engine.verification()).sound

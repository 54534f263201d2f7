"""A recall freezes its open cases, decides again, and asks people about what comes out otherwise."""

from __future__ import annotations

import psycopg
import pytest

from graphs.audit import AuditRecord
from graphs.case_desk import CaseDesk
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import Invalid, PermissionMissing
from graphs.incidents import IncidentDesk
from graphs.recall.desk import RecallDesk
from graphs.recall.errors import RecallClosed, RecallNotDone
from graphs.recall.progress import RecallProgress
from graphs.recall.target import RecallTarget
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.people import actor
from tests.support.rule_packs import RuleOwners
from tests.support.toy import PACK

BAD = RecallTarget.read("rule", "toy@2")
RIGHTS = ("decision.recall", "case.suspend", "incident.retry", "retention.erase")


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    await grant(engine.database, "sven", *RIGHTS)
    return await actor(engine.database, "sven")


@pytest.fixture
def desk(engine: Engine) -> RecallDesk:
    return RecallDesk(services=engine.services)


@pytest.fixture
async def owners(engine: Engine) -> RuleOwners:
    return await RuleOwners.of(engine.services, {"toy": PACK})


async def cases(engine: Engine, *amounts: int) -> list[str]:
    """One case for each amount, advanced until it rests."""
    ids = []
    for amount in amounts:
        engine.reader.amount = amount
        ids.append((await engine.advance((await engine.start()).case.id)).id)
    return ids


async def to_the_end(desk: RecallDesk, who: Actor, progress: RecallProgress) -> RecallProgress:
    """Frozen and decided again, three cases at a time."""
    recall_id = progress.recall.id
    while progress.to_freeze:
        progress = await desk.freeze(who, recall_id, cases=3)
    while progress.to_judge:
        progress = await desk.redecide(who, recall_id, cases=3)
    return progress


async def test_a_bad_pack_is_recalled_until_all_is_closed(
    engine: Engine, owners: RuleOwners, sven: Actor, desk: RecallDesk
) -> None:
    good = await cases(engine, 700)
    await owners.activate(STRICTER)
    done, asked, large, nothing = await cases(engine, 300, 700, 60_000, 0)
    await owners.activate(PACK.replace('version: "1"', 'version: "1.1"'))
    opened = await desk.open(sven, BAD, reason="the limit was a typing mistake")
    assert (opened.total, opened.decisions) == (11, {"open": 11})
    progress = await to_the_end(desk, sven, opened)
    assert progress.holds == {"suspended": 3}
    assert [(await engine.case(case_id)).status for case_id in (*good, done, asked, large, nothing)] == [
        "done",
        "done",
        "suspended",
        "suspended",
        "suspended",
    ]
    assert progress.decisions == {"confirmed": 10, "changed": 1}
    [incident] = await engine.incidents_of(asked)
    assert (incident.code, incident.status, incident.step) == ("decision_recalled", "open", "propose")
    assert "propose#1: allow" in incident.message
    assert [await engine.incidents_of(case_id) for case_id in (done, large, nothing)] == [[], [], []]
    with pytest.raises(RecallNotDone, match="1 changed"):
        await desk.close(sven, opened.recall.id, reason="looked at")
    await IncidentDesk(services=engine.services).close(sven, incident.id, reason="it is small")
    closed = await desk.close(sven, opened.recall.id, reason="looked at", resume=True)
    assert (closed.recall.status, closed.decisions) == ("closed", {"confirmed": 10, "closed": 1})
    assert [(await engine.case(case_id)).status for case_id in (asked, large, nothing)] == ["waiting"] * 3
    assert (await engine.verification()).sound
    with pytest.raises(RecallClosed):
        await desk.freeze(sven, opened.recall.id)


async def test_what_the_bad_version_decides_meanwhile_comes_in(
    engine: Engine, owners: RuleOwners, sven: Actor, desk: RecallDesk
) -> None:
    await owners.activate(STRICTER)
    await cases(engine, 700)
    opened = await desk.open(sven, BAD, reason="wrong")
    await cases(engine, 300, 700)
    progress = await to_the_end(desk, sven, opened)
    assert (opened.total, progress.total, progress.decisions) == (3, 9, {"confirmed": 9})
    await cases(engine, 300)
    progress = await desk.freeze(sven, opened.recall.id)
    assert (progress.total, progress.to_judge) == (12, True)


async def test_an_unchanged_decision_is_confirmed_and_nobody_is_asked(
    engine: Engine, sven: Actor, desk: RecallDesk
) -> None:
    [case_id] = await cases(engine, 60_000)
    opened = await desk.open(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"), reason="is it right?")
    progress = await desk.redecide(sven, opened.recall.id)
    assert (progress.decisions, await engine.incidents_of(case_id)) == ({"confirmed": 1}, [])


async def test_an_agents_decisions_are_queued_for_people_once_a_case(
    engine: Engine, sven: Actor, desk: RecallDesk
) -> None:
    [case_id] = await cases(engine, 60_000)
    said = {"status": "answered", "model": "small", "choice": "4711 Secret"}
    decision = {**said, "prompt": "gl_coding@2", "prompt_digest": "ab" * 32}
    async with engine.database.unit_of_work("acme") as unit:
        for step in ("ask", "ask_again"):
            record = AuditRecord(
                kind="agent.decided", actor="worker", case_id=case_id, step=step, values={"decision": decision}
            )
            unit.record("acme", record)
    opened = await desk.open(sven, RecallTarget.read("prompt", "gl_coding@2"), reason="it named the wrong table")
    progress = await desk.redecide(sven, opened.recall.id)
    assert progress.decisions == {"unknown": 2}
    [incident] = await engine.incidents_of(case_id)
    assert "Secret" not in incident.message
    assert (await engine.case(case_id)).status == "waiting", "the case itself goes on"


async def test_a_decision_whose_facts_were_erased_is_for_a_person(
    engine: Engine, sven: Actor, desk: RecallDesk
) -> None:
    [case_id] = await cases(engine, 500)
    erasure = ErasureDesk(services=engine.services)
    opened = await desk.open(sven, RecallTarget.read("rule", "toy@1"), reason="wrong")
    plan = await erasure.plan(sven, ErasureRequest(case_id=case_id))
    await erasure.erase(sven, ErasureRequest(case_id=case_id), reason="Art. 17", confirmed=plan.digest)
    progress = await desk.redecide(sven, opened.recall.id)
    assert progress.decisions == {"unknown": 3}
    page = await desk.show(sven, opened.recall.id)
    assert {row["again"] for row in page.decisions} == {"its facts were erased"}


async def test_freezing_again_changes_nothing_and_what_rests_anyhow_is_said(
    engine: Engine, sven: Actor, desk: RecallDesk
) -> None:
    resting, open_ = await cases(engine, 60_000, 60_000)
    await CaseDesk(services=engine.services).suspend(sven, resting, "for another reason")
    opened = await desk.open(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"), reason="wrong")
    first = await desk.freeze(sven, opened.recall.id)
    again = await desk.freeze(sven, opened.recall.id)
    assert (first.holds, again.holds) == ({"suspended": 1, "already suspended": 1},) * 2
    progress = await desk.redecide(sven, opened.recall.id)
    await desk.close(sven, progress.recall.id, reason="all the same", resume=True)
    assert [(await engine.case(case_id)).status for case_id in (resting, open_)] == ["suspended", "waiting"]


async def test_a_freeze_that_broke_off_knows_its_own_suspensions(engine: Engine, sven: Actor, desk: RecallDesk) -> None:
    [case_id] = await cases(engine, 60_000)
    opened = await desk.open(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"), reason="wrong")
    await CaseDesk(services=engine.services).suspend(sven, case_id, f"recall {opened.recall.id}")
    assert (await desk.freeze(sven, opened.recall.id)).holds == {"suspended": 1}


async def test_a_frozen_case_takes_no_step_whatever_is_answered(engine: Engine, sven: Actor, desk: RecallDesk) -> None:
    [case_id] = await cases(engine, 60_000)
    opened = await desk.open(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"), reason="wrong")
    await desk.freeze(sven, opened.recall.id)
    await engine.answer(case_id, "dora", Answer(decision="approve"))
    await engine.advance(case_id)
    assert engine.notebook.written == []


async def test_every_act_is_on_record_with_who_and_why(engine: Engine, sven: Actor, desk: RecallDesk) -> None:
    await cases(engine, 60_000)
    opened = await desk.open(sven, RecallTarget.read("rule", "toy/TOY-LIMIT"), reason="wrong limit")
    await to_the_end(desk, sven, opened)
    await desk.close(sven, opened.recall.id, reason="the same again")
    with psycopg.connect(engine.url) as connection:
        connection.execute("SELECT set_config('app.tenants', '{acme}', false)")
        rows = connection.execute("SELECT kind, actor FROM audit_entries WHERE kind LIKE 'recall.%' ORDER BY seq")
        assert rows.fetchall() == [
            ("recall.opened", "acme-sven"),
            ("recall.frozen", "acme-sven"),
            ("recall.decided", "acme-sven"),
            ("recall.closed", "acme-sven"),
        ]


async def test_a_recall_needs_a_reason_and_the_right(engine: Engine, sven: Actor, desk: RecallDesk) -> None:
    with pytest.raises(Invalid, match="reason"):
        await desk.open(sven, BAD, reason=" ")
    clara = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await desk.open(clara, BAD, reason="x")
    opened = await desk.open(sven, BAD, reason="x")
    for act in (desk.freeze, desk.redecide, desk.show):
        with pytest.raises(PermissionMissing, match=r"decision\.recall"):
            await act(clara, opened.recall.id)

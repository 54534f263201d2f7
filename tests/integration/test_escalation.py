"""Ladders of clocks: each rung is reached once, in order; who is told, who takes over, and who stops it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from graphs.case_desk import CaseDesk
from graphs.deadlines.calendar_change import follow_calendars
from graphs.deadlines.clock import Clock
from graphs.deadlines.desk import DeadlineDesk
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import NotFound, PermissionMissing
from graphs.escalation.climb import Escalator
from graphs.escalation.desk import EscalationDesk, EscalationNotOpen
from graphs.store.people import Actor
from graphs.store.tables import Case
from graphs.store.workforce_tables import WorkProfile
from graphs.tasks import Answer
from tests.support.api import grant
from tests.support.deadlines import always, clock, desk, empowered, set_levels, until
from tests.support.engine import Engine
from tests.support.ladders import LADDER, notices, reached, states
from tests.support.people import actor
from tests.support.retention import RETENTION

TASK = "name: approval, scope: task, of: [approve], target: {business_time: 4h}, pauses: [{reason: supplier}]"
PROCESS = "name: whole, scope: process, target: {elapsed: 10h}"
APPROVE = Answer(decision="approve")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def asking(engine: Engine, sven: Actor, ladder: str = LADDER, level: str = TASK) -> tuple[Case, Clock, datetime]:
    """A case that waits for Berta, its clock and when that is due."""
    await set_levels(engine, sven, level, ladder=ladder)
    case = await engine.asking()
    found = await clock(engine, case.id, level.split("scope: ")[1].split(",")[0], "approve" if level is TASK else "toy")
    assert found.due_at is not None
    return case, found, found.due_at


async def at(engine: Engine, instant: datetime) -> None:
    """The instant has come, and everything that is due has fired."""
    until(engine, instant)
    while await engine.sweep.fire_due():
        pass


async def ladder_timers(engine: Engine) -> list[datetime]:
    query = text("SELECT due_at FROM timers WHERE subject = 'ladder' AND status = 'set' ORDER BY due_at")
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(query)).scalars())


async def test_each_rung_is_reached_at_its_own_instant_and_tells_who_it_is_for(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at - 2 * HOUR - SECOND)
    assert await notices(engine, case.id) == []
    await at(engine, due_at - 2 * HOUR)
    assert await notices(engine, case.id) == [("berta", "escalation.remind")]
    await at(engine, due_at - HOUR)
    assert (await clock(engine, case.id, "task", "approve")).at_risk_since is None
    await at(engine, due_at - timedelta(minutes=48))
    assert (await clock(engine, case.id, "task", "approve")).at_risk_since is not None
    assert (await notices(engine, case.id))[1:] == [("berta", "firm.hurry"), ("berta", "deadline.at_risk")]
    assert (await engine.task_of(case.id)).assignee_id == "acme-berta"
    await at(engine, due_at + HOUR)
    assert (await engine.task_of(case.id)).assignee_id == "acme-dora"
    assert (await notices(engine, case.id))[3:] == [("dora", "escalation.reassign"), ("berta", "task.taken")]
    await at(engine, due_at + 2 * HOUR)
    await at(engine, due_at + 3 * HOUR)
    await at(engine, due_at + 8 * HOUR)
    told = (await notices(engine, case.id))[5:]
    assert told == [("sven", "escalation.manager")] * 2 + [("sven", "escalation.role")]
    last = (await reached(engine, found.id))[-1]
    assert last.told == [{"user": "acme-sven", "why": "is a supervisor, and nobody has the role controller"}]
    trail = await engine.trail_of(case.id)
    assert trail.count("escalation.reached") == 6
    assert trail.count("task.reassigned") == 1
    assert trail.count("deadline.at_risk") == 1
    assert await ladder_timers(engine) == []
    assert engine.notebook.calls == 0
    assert (await engine.case(case.id)).status == "waiting"
    assert (await engine.verification()).sound


async def test_after_an_outage_one_clock_reaches_only_its_highest_due_rung(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    first, second = engine.sweep, engine.sweep
    until(engine, due_at + 3 * HOUR + SECOND)
    await asyncio.gather(first.fire_due(), second.fire_due())
    await at(engine, due_at + 3 * HOUR + SECOND)
    assert await notices(engine, case.id) == [("sven", "escalation.manager")]
    assert await states(engine, found.id) == [
        ("remind", 0, "skipped"),
        ("again", 0, "skipped"),
        ("other", 0, "skipped"),
        ("boss", 0, "skipped"),
        ("boss", 1, "reached"),
    ]
    assert (await engine.trail_of(case.id)).count("escalation.reached") == 1
    assert (await engine.task_of(case.id)).assignee_id == "acme-berta"
    assert await ladder_timers(engine) == [due_at + 4 * HOUR]
    assert (await clock(engine, case.id, "task", "approve")).state == "breached"


async def test_what_is_answered_in_time_reaches_nothing_any_more(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await engine.answer(case.id, "berta", APPROVE)
    await at(engine, due_at + 3 * HOUR)
    assert await states(engine, found.id) == []
    assert (await engine.advance(case.id)).status == "done"
    assert await ladder_timers(engine) == []
    assert await notices(engine, case.id) == []


async def test_a_paused_clock_does_not_escalate_and_goes_on_where_it_was(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at - 2 * HOUR)
    await desk(engine).pause(sven, found.id, reason="supplier", note="asked")
    assert await ladder_timers(engine) == []
    await at(engine, due_at + 5 * HOUR)
    assert await states(engine, found.id) == [("remind", 0, "reached")]
    resumed = await desk(engine).resume(sven, found.id, note="came")
    assert resumed.due_at is not None
    assert await ladder_timers(engine) == [resumed.due_at - HOUR]
    await at(engine, resumed.due_at - HOUR)
    assert await states(engine, found.id) == [("remind", 0, "reached"), ("again", 0, "reached")]
    assert len(await notices(engine, case.id)) == 2


async def test_a_suspended_case_escalates_nothing_until_it_is_resumed(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await CaseDesk(services=engine.services).suspend(sven, case.id, "an audit")
    await at(engine, due_at + 9 * HOUR)
    assert await states(engine, found.id) == []
    await CaseDesk(services=engine.services).resume(sven, case.id)
    moved = await clock(engine, case.id, "task", "approve")
    assert moved.due_at is not None
    await at(engine, moved.due_at - 2 * HOUR)
    assert await states(engine, found.id) == [("remind", 0, "reached")]


async def test_a_restarted_clock_climbs_from_the_bottom_again(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at + HOUR)
    again = await desk(engine).restart(sven, found.id, note="a corrected invoice came")
    assert again.due_at is not None
    assert (again.climbed, again.at_risk_since) == (0, None)
    await at(engine, again.due_at - 2 * HOUR)
    assert (await states(engine, found.id))[-1] == ("remind", 0, "reached")
    assert (await notices(engine, case.id))[-1] == ("dora", "escalation.remind")


async def test_a_changed_calendar_moves_what_is_ahead_and_reaches_nothing_twice(engine: Engine, sven: Actor) -> None:
    _, found, due_at = await asking(engine, sven)
    await at(engine, due_at - 2 * HOUR)
    today = engine.clock().date()
    closed = f"[{{from: {today}, to: {today + timedelta(days=6)}, name: Flood}}]"
    await DeadlineDesk(services=engine.services).set_calendar(sven, always(days=closed), reason="flood")
    assert await follow_calendars(engine.services, "acme") == 1
    moved = await clock(engine, found.case_id, "task", "approve")
    assert moved.due_at is not None
    assert moved.due_at > due_at + timedelta(days=6)
    assert await ladder_timers(engine) == [moved.due_at - HOUR]
    await at(engine, moved.due_at - HOUR - SECOND)
    assert await states(engine, found.id) == [("remind", 0, "reached")]


async def test_who_acknowledges_stops_the_repeats_and_the_next_rung_keeps_its_instant(
    engine: Engine, sven: Actor
) -> None:
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at + 2 * HOUR)
    row = (await reached(engine, found.id))[-1]
    acknowledging = EscalationDesk(services=engine.services)
    clerk, berta = await actor(engine.database, "clara"), await actor(engine.database, "berta")
    with pytest.raises(PermissionMissing, match=r"escalation\.acknowledge"):
        await acknowledging.acknowledge(clerk, row.id)
    with pytest.raises(NotFound):
        await acknowledging.acknowledge(sven, "00000000-0000-4000-8000-000000000000")
    [skipped, *_] = [one for one in await reached(engine, found.id) if one.status == "skipped"]
    with pytest.raises(EscalationNotOpen, match="nobody was told"):
        await acknowledging.acknowledge(sven, skipped.id)
    done = await acknowledging.acknowledge(sven, row.id, note="I call the supplier")
    assert (await acknowledging.acknowledge(sven, row.id)).acknowledged_at == done.acknowledged_at
    assert await ladder_timers(engine) == [due_at + 8 * HOUR]
    await at(engine, due_at + 7 * HOUR)
    assert len(await notices(engine, case.id)) == 1
    await at(engine, due_at + 8 * HOUR)
    assert (await states(engine, found.id))[-1] == ("controllers", 0, "reached")
    assert (await engine.trail_of(case.id)).count("escalation.acknowledged") == 1
    assert berta.user_id not in {one["user"] for one in row.told}


async def test_an_acknowledgement_by_another_is_refused_and_by_a_stranger_too(engine: Engine, sven: Actor) -> None:
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at - 2 * HOUR)
    [row] = await reached(engine, found.id)
    for login in ("berta", "dora"):
        await grant(engine.database, login, "escalation.acknowledge")
    acknowledging = EscalationDesk(services=engine.services)
    with pytest.raises(PermissionMissing, match="was not told"):
        await acknowledging.acknowledge(await actor(engine.database, "dora"), row.id)
    berta = await actor(engine.database, "berta")
    both = await asyncio.gather(
        acknowledging.acknowledge(berta, row.id), acknowledging.acknowledge(sven, row.id), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["EscalationNotOpen", "EscalationRow"]
    assert (await engine.trail_of(case.id)).count("escalation.acknowledged") == 1


async def test_an_acknowledgement_may_end_the_whole_ladder(engine: Engine, sven: Actor) -> None:
    rungs = "name: a, at: 50 %, action: remind, acknowledged: ladder\nname: b, after: 1h, action: manager"
    case, found, due_at = await asking(engine, sven, rungs)
    await at(engine, due_at - 2 * HOUR)
    [row] = await reached(engine, found.id)
    await EscalationDesk(services=engine.services).acknowledge(sven, row.id)
    await at(engine, due_at + 3 * HOUR)
    assert await states(engine, found.id) == [("a", 0, "reached")]
    assert (await clock(engine, case.id, "task", "approve")).state == "breached"


async def test_a_task_that_nobody_else_may_have_goes_to_the_next_rung_at_once(engine: Engine, sven: Actor) -> None:
    await deactivate(engine, "dora", "emil")
    case, found, due_at = await asking(engine, sven)
    await at(engine, due_at + HOUR)
    assert (await states(engine, found.id))[-2:] == [("other", 0, "refused"), ("boss", 0, "reached")]
    assert [row.why for row in await reached(engine, found.id)][-2] == "nobody else may answer the task"
    assert (await engine.task_of(case.id)).assignee_id == "acme-berta"
    assert await ladder_timers(engine) == [due_at + 3 * HOUR]


async def test_where_nobody_is_left_at_the_top_the_supervisors_are_told_why(engine: Engine, sven: Actor) -> None:
    await deactivate(engine, "dora", "emil")
    case, found, due_at = await asking(engine, sven, "name: other, after: 1h, action: reassign")
    await at(engine, due_at + HOUR)
    [row] = await reached(engine, found.id)
    assert (row.status, row.why) == ("refused", "nobody else may answer the task")
    assert row.told == [{"user": "acme-sven", "why": "is a supervisor, and nobody else may answer the task"}]
    assert await notices(engine, case.id) == [("sven", "escalation.reassign")]


async def test_a_clock_that_is_about_no_task_reminds_who_has_the_cases_tasks(engine: Engine, sven: Actor) -> None:
    case, _, due_at = await asking(
        engine, sven, "name: r, at: 50 %, action: remind\nname: o, after: 1h, action: reassign", PROCESS
    )
    await at(engine, due_at - 5 * HOUR)
    assert await notices(engine, case.id) == [("berta", "escalation.remind")]
    await at(engine, due_at + HOUR)
    assert (await notices(engine, case.id))[-1] == ("sven", "escalation.reassign")
    assert (await engine.task_of(case.id)).assignee_id == "acme-berta"


async def test_managers_are_told_and_then_theirs(engine: Engine, sven: Actor) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        for person, manager in (("berta", "dora"), ("dora", "emil")):
            above = {"manager_id": f"acme-{manager}", "reason": "hired", "set_by": "acme-sven", "since": engine.clock()}
            unit.session.add(
                WorkProfile(
                    tenant="acme", user_id=f"acme-{person}", version=1, zone="UTC", languages=[], skills={}, **above
                )
            )
    rungs = "name: a, after: 1h, action: manager\nname: b, after: 2h, action: head"
    case, _, due_at = await asking(engine, sven, rungs)
    sweep = engine.sweep
    for hours in (1, 2):
        until(engine, due_at + hours * HOUR)
        while await sweep.fire_due():
            pass
    assert (
        await notices(engine, case.id)
        == [
            ("berta", "deadline.at_risk"),
            ("dora", "escalation.manager"),
            ("emil", "escalation.head"),
        ][1:]
    )


async def test_a_forecast_reaches_its_rung_once_and_never_after_the_breach(engine: Engine, sven: Actor) -> None:
    rungs = "name: likely, at_probability: 70 %, action: remind\nname: r, at: 90 %, action: remind"
    case, found, due_at = await asking(engine, sven, rungs)
    escalator = Escalator(services=engine.services)
    given = [await escalator.foresee("acme", found.id, probability_bps=bps) for bps in (6999, 7000, 9900)]
    assert given == [False, True, False]
    [row] = await reached(engine, found.id)
    assert (row.rung, row.probability_bps, row.planned_at) == ("likely", 7000, None)
    with pytest.raises(NotFound):
        await escalator.foresee("acme", "no-clock", probability_bps=9000)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("SELECT id FROM cases WHERE id = :id FOR UPDATE"), {"id": case.id})
        assert await escalator.foresee("acme", found.id, probability_bps=9999) is None
    await at(engine, due_at)
    assert await escalator.foresee("acme", found.id, probability_bps=9999) is False


async def test_a_worker_that_moves_the_clock_meanwhile_loses_no_rung(engine: Engine, sven: Actor) -> None:
    """The flush of a worker that knew the clock from before a rung was reached leaves what was reached as it is."""
    case, _, _ = await asking(
        engine, sven, "name: r, at: 1 %, action: remind\nname: s, after: 1h, action: head", PROCESS
    )
    await at(engine, engine.clock() + HOUR)
    assert (await clock(engine, case.id, "process", "toy")).climbed == 1
    await engine.answer(case.id, "berta", APPROVE)
    assert (await engine.advance(case.id)).status == "done"
    ended = await clock(engine, case.id, "process", "toy")
    assert (ended.climbed, ended.state, await ladder_timers(engine)) == (1, "stopped", [])


async def test_clocks_at_risk_are_listed_soonest_first_and_those_stopped_are_not(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK, ladder=LADDER)
    cases = [await engine.asking() for _ in range(3)]
    due_at = (await clock(engine, cases[0].id, "task", "approve")).due_at
    assert due_at is not None
    listing = EscalationDesk(services=engine.services)
    assert await listing.risks(sven, limit=10) == []
    await at(engine, due_at + timedelta(minutes=30))
    found = await listing.risks(sven, limit=10)
    assert [(one.clock.case_id, one.clock.state) for one in found] == [(case.id, "breached") for case in cases]
    await engine.answer(cases[0].id, "berta", APPROVE)
    await engine.advance(cases[0].id)
    assert [one.clock.case_id for one in await listing.risks(sven, limit=1)] == [cases[1].id]
    plan = text(
        "EXPLAIN SELECT id FROM deadline_clocks WHERE tenant = 'acme' AND status IN ('running', 'paused') "
        "AND (breached_at IS NOT NULL OR at_risk_since IS NOT NULL) ORDER BY due_at, id LIMIT 10"
    )
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        shown = "\n".join((await unit.session.execute(plan)).scalars())
    assert "clocks_at_risk" in shown
    assert "Sort" not in shown


async def deactivate(engine: Engine, *logins: str) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        for login in logins:
            await unit.session.execute(text("UPDATE users SET active = false WHERE login = :login"), {"login": login})


async def test_an_erased_case_still_shows_what_was_reached(engine: Engine, sven: Actor) -> None:
    case, _, due_at = await asking(engine, sven)
    await at(engine, due_at - 2 * HOUR)
    await engine.answer(case.id, "berta", APPROVE)
    assert (await engine.advance(case.id)).status == "done"
    await grant(engine.database, "dora", *RETENTION)
    who = await actor(engine.database, "dora")
    request = ErasureRequest(case_id=case.id)
    plan = await ErasureDesk(services=engine.services).plan(who, request)
    await ErasureDesk(services=engine.services).erase(who, request, reason="Art. 17", confirmed=plan.digest)
    [shown] = await DeadlineDesk(services=engine.services).show(sven, case.id)
    assert shown.ladder is not None
    assert [step.state for step in shown.ladder.steps][:2] == ["reached", "left_out"]

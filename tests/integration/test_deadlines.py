"""Clocks of cases: started, stopped, paused, breached and computed anew, in the transactions of what moves them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from graphs.case_desk import CaseDesk
from graphs.deadlines.calendar_change import follow_calendars
from graphs.deadlines.clock_desk import ClockBusy, ClockNotMovable
from graphs.deadlines.desk import DeadlineDesk
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.intake import Intake
from graphs.runtime.advance import Advancer
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.support.deadlines import always, clock, clocks, desk, empowered, levels, set_levels, until
from tests.support.engine import LARGE, Engine
from tests.support.people import actor
from tools.errors import Permanent

PROCESS = "name: whole, scope: process, target: {business_time: 48h}"
STAGES = "name: stages, scope: stage, target: {elapsed: 24h}"
STEP = "name: approving, scope: step, of: [approve], target: {elapsed: 12h}, pauses: [{reason: supplier}]"
TASK = "name: approval, scope: task, of: [approve], target: {business_time: 4h}, pauses: [{reason: supplier}]"
ALL = (PROCESS, STAGES, STEP, TASK)
APPROVE = Answer(decision="approve")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def breaches(engine: Engine, case_id: str) -> int:
    return (await engine.trail_of(case_id)).count("deadline.breached")


async def timers(engine: Engine, case_id: str) -> int:
    """Timers of clocks that are set."""
    query = text("SELECT count(*) FROM timers WHERE case_id = :id AND subject = 'clock' AND status = 'set'")
    async with engine.database.unit_of_work("acme") as unit:
        return int((await unit.session.execute(query, {"id": case_id})).scalar_one())


async def test_a_process_without_service_levels_has_no_clocks_and_keeps_its_deadlines(engine: Engine) -> None:
    case = await engine.asking()
    assert await clocks(engine, case.id) == {}
    assert (await engine.task_of(case.id)).deadline_at - engine.clock() > timedelta(days=2, hours=23)


async def test_clocks_start_and_stop_with_the_visits_of_the_steps(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, *ALL)
    case = await engine.asking()
    waiting = await clocks(engine, case.id)
    states = {key: one.state for key, one in waiting.items()}
    assert states == {
        ("process", "toy"): "running",
        ("stage", "intake"): "stopped",
        ("stage", "check"): "stopped",
        ("stage", "write"): "running",
        ("step", "approve"): "running",
        ("task", "approve"): "running",
    }
    assert waiting["process", "toy"].due_at == case.created_at + timedelta(hours=48)
    assert waiting["stage", "intake"].started_at == case.created_at
    task = await engine.task_of(case.id)
    assert task.deadline_at == waiting["task", "approve"].due_at
    assert waiting["task", "approve"].task_id == task.id
    assert await timers(engine, case.id) == 4
    await engine.answer(case.id, "berta", APPROVE)
    assert (await engine.advance(case.id)).status == "done"
    assert {one.state for one in (await clocks(engine, case.id)).values()} == {"stopped"}
    assert await timers(engine, case.id) == 0
    assert (await engine.verification()).sound


async def test_a_breach_is_marked_and_recorded_once_and_approves_nothing(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, STEP)
    case = await engine.asking()
    due_at = (await clock(engine, case.id, "step", "approve")).due_at
    until(engine, due_at, after=-timedelta(seconds=20))
    assert await engine.sweep.fire_due() == 0
    until(engine, due_at, after=SECOND)
    first, second = engine.sweep, engine.sweep
    await asyncio.gather(first.fire_due(), second.fire_due())
    await first.fire_due()
    assert (await clock(engine, case.id, "step", "approve")).state == "breached"
    assert await breaches(engine, case.id) == 1
    assert (await engine.advance(case.id)).status == "waiting"
    assert engine.notebook.calls == 0


async def test_an_answer_given_in_time_counts_although_no_worker_took_it_before_the_deadline(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, TASK, STEP)
    case = await engine.asking()
    await engine.answer(case.id, "berta", APPROVE)
    until(engine, (await clock(engine, case.id, "task", "approve")).due_at, after=SECOND)
    await engine.sweep.fire_due()
    await engine.advance(case.id)
    await engine.sweep.fire_due()
    assert (await clock(engine, case.id, "task", "approve")).state == "stopped"
    assert await breaches(engine, case.id) == 0


async def test_what_is_stopped_too_late_is_breached_although_no_timer_had_fired(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK, STEP, PROCESS)
    case = await engine.asking()
    until(engine, (await clock(engine, case.id, "task", "approve")).due_at, after=SECOND)
    await engine.answer(case.id, "berta", APPROVE)
    assert (await engine.advance(case.id)).status == "done"
    assert (await clock(engine, case.id, "task", "approve")).state == "missed"
    await engine.sweep.fire_due()
    await engine.sweep.fire_due()
    assert await breaches(engine, case.id) == 1
    assert (await clock(engine, case.id, "step", "approve")).state == "stopped"
    assert await timers(engine, case.id) == 0


async def test_the_clock_of_a_case_whose_first_step_fails_runs_all_the_same(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, PROCESS, STAGES)
    engine.reader.faults = [Permanent("no", tool="toy.read", code="no")]
    case = await engine.advance((await engine.start()).case.id)
    assert case.status == "incident"
    assert (await clock(engine, case.id, "process", "toy")).state == "running"
    until(engine, (await clock(engine, case.id, "stage", "intake")).due_at)
    await engine.sweep.fire_due()
    assert await breaches(engine, case.id) == 1


async def test_levels_are_chosen_by_the_data_of_the_case(engine: Engine, sven: Actor) -> None:
    large = "name: large, scope: task, when: [{fact: facts.amount, at_least: 60000}], target: {elapsed: 1h}"
    await set_levels(engine, sven, large, TASK)
    first, second = await engine.asking(60_000), await engine.asking(59_999)
    names = [(await clock(engine, case.id, "task", "approve")).level for case in (first, second)]
    assert [level.name for level in names if level] == ["large", "approval"]


async def test_a_clock_that_cannot_be_computed_says_so_and_the_task_keeps_its_own_deadline(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, "name: odd, scope: task, target: {business_days: 3, after: input.first_day}")
    case = await engine.asking()
    found = await clock(engine, case.id, "task", "approve")
    assert (found.state, found.due_at, found.why) == ("unknown", None, "input.first_day is not known")
    assert (await engine.task_of(case.id)).deadline_at - engine.clock() > timedelta(days=2, hours=23)
    assert (await engine.trail_of(case.id)).count("deadline.unknown") == 1
    [shown] = await DeadlineDesk(services=engine.services).show(sven, case.id)
    assert (shown.explanation, shown.note) == (None, "input.first_day is not known")


async def test_a_person_pauses_resumes_restarts_and_stops_with_reasons(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK)
    case = await engine.asking()
    before = await clock(engine, case.id, "task", "approve")
    assert before.due_at is not None
    await desk(engine).pause(sven, before.id, reason="supplier", note="asked for the delivery note")
    assert await timers(engine, case.id) == 0
    until(engine, before.due_at, after=HOUR)
    await engine.sweep.fire_due()
    assert not (await engine.task_of(case.id)).overdue
    resumed = await desk(engine).resume(sven, before.id, note="it came")
    assert resumed.due_at is not None
    assert timedelta(hours=4, minutes=59) < resumed.due_at - before.due_at < timedelta(hours=5, minutes=1)
    assert (await engine.task_of(case.id)).deadline_at == resumed.due_at
    until(engine, resumed.due_at, after=SECOND)
    await engine.sweep.fire_due()
    assert (await engine.task_of(case.id)).overdue
    restarted = await desk(engine).restart(sven, before.id, note="the supplier sent another invoice")
    assert restarted.state == "running"
    assert not (await engine.task_of(case.id)).overdue
    stopped = await desk(engine).stop(sven, before.id, note="agreed with the supplier")
    assert (stopped.state, await timers(engine, case.id)) == ("stopped", 0)
    told = [kind for kind in await engine.trail_of(case.id) if kind.startswith("deadline.")]
    assert told == [
        "deadline.paused",
        "deadline.resumed",
        "deadline.breached",
        "deadline.restarted",
        "deadline.stopped",
    ]
    assert (await engine.verification()).sound


async def test_what_does_not_fit_a_clock_is_refused(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK)
    case = await engine.asking()
    found = await clock(engine, case.id, "task", "approve")
    clerk = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await desk(engine).stop(clerk, found.id, note="why not")
    with pytest.raises(Invalid, match=r"no reason to pause this clock .*supplier"):
        await desk(engine).pause(sven, found.id, reason="lunch", note="hungry")
    with pytest.raises(Invalid, match="say why"):
        await desk(engine).stop(sven, found.id, note=" ")
    with pytest.raises(ClockNotMovable, match="running"):
        await desk(engine).resume(sven, found.id, note="go on")
    with pytest.raises(NotFound):
        await desk(engine).stop(sven, "no-clock", note="stop")
    await engine.take_lease(case.id, owner="somebody")
    with pytest.raises(ClockBusy):
        await desk(engine).stop(sven, found.id, note="stop")
    assert await clock(engine, case.id, "task", "approve") == found


async def test_clocks_stand_still_while_a_case_is_suspended(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK, STEP)
    case = await engine.asking()
    before = await clocks(engine, case.id)
    await CaseDesk(services=engine.services).suspend(sven, case.id, "an audit")
    held = await clock(engine, case.id, "task", "approve")
    assert (held.state, await timers(engine, case.id)) == ("paused", 0)
    with pytest.raises(ClockNotMovable, match="suspended"):
        await desk(engine).resume(sven, held.id, note="go on")
    engine.clock.ahead = timedelta(days=10)
    await CaseDesk(services=engine.services).resume(sven, case.id)
    after = await clocks(engine, case.id)
    for key, one in before.items():
        moved = after[key].due_at
        assert moved is not None
        assert one.due_at is not None
        assert timedelta(days=10) <= moved - one.due_at < timedelta(days=10, minutes=1)
    assert (await engine.task_of(case.id)).deadline_at == after["task", "approve"].due_at
    assert await timers(engine, case.id) == 2


async def test_steering_stops_the_clocks_of_step_and_task_and_the_others_go_on(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, *ALL)
    case = await engine.asking()
    await CaseDesk(services=engine.services).retry(sven, case.id, "check", "look again")
    steered = await clocks(engine, case.id)
    assert (steered["task", "approve"].state, steered["step", "approve"].state) == ("stopped", "stopped")
    assert (steered["process", "toy"].state, await timers(engine, case.id)) == ("running", 2)
    await engine.advance(case.id, times=2)
    again = await clocks(engine, case.id)
    assert again["process", "toy"].due_at == steered["process", "toy"].due_at
    assert (again["task", "approve"].state, again["stage", "write"].state) == ("running", "running")


async def test_a_cancelled_case_has_no_clock_that_runs(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, *ALL)
    case = await engine.asking()
    assert (await CaseDesk(services=engine.services).cancel(sven, case.id, "not wanted")).status == "cancelled"
    assert {one.status for one in (await clocks(engine, case.id)).values()} == {"stopped"}
    assert await timers(engine, case.id) == 0


async def test_a_changed_calendar_moves_running_clocks_once(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK)
    case = await engine.asking()
    before = await clock(engine, case.id, "task", "approve")
    today = engine.clock().date()
    closed = f"[{{from: {today}, to: {today + timedelta(days=6)}, name: Flood}}]"
    await DeadlineDesk(services=engine.services).set_calendar(sven, always(days=closed), reason="flood")
    moved = [await follow_calendars(engine.services, "acme") for _ in range(2)]
    after = await clock(engine, case.id, "task", "approve")
    assert moved == [1, 0]
    assert (after.calendar_version, before.calendar_version) == (2, 1)
    assert after.due_at is not None
    assert f"{after.due_at:%Y-%m-%dT%H:%M}" == f"{today + timedelta(days=7)}T04:00"
    assert (await engine.task_of(case.id)).deadline_at == after.due_at
    until(engine, before.due_at, after=SECOND)
    await engine.sweep.fire_due()
    assert (await clock(engine, case.id, "task", "approve")).state == "running"
    until(engine, after.due_at, after=SECOND)
    await engine.sweep.fire_due()
    assert (await clock(engine, case.id, "task", "approve")).state == "breached"
    [shown] = await DeadlineDesk(services=engine.services).show(sven, (await engine.task_of(case.id)).id)
    assert shown.explanation is not None
    assert any("Flood" in sentence for sentence in shown.explanation["sentences"])


async def test_what_a_worker_still_computes_by_the_older_calendar_is_computed_again(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, TASK)
    old = engine.services
    await old.level_shelf.active("acme", "toy")
    await DeadlineDesk(services=engine.services).set_calendar(sven, always(hours="00:00-01:00"), reason="short days")
    await follow_calendars(engine.services, "acme")
    case = await engine.start()
    engine.reader.amount = 60_000
    slow = Advancer(services=old, owner="slow", execution=engine.execution)
    await asyncio.create_task(slow.advance("acme", case.case.id))
    await slow.close()
    stale = await clock(engine, case.case.id, "task", "approve")
    moved = await follow_calendars(engine.services, "acme")
    now = await clock(engine, case.case.id, "task", "approve")
    assert (now.calendar_version, moved) == (2, 2 - stale.calendar_version)


async def test_a_level_pauses_by_itself_where_it_says_so(engine: Engine, sven: Actor) -> None:
    waits = "name: whole, scope: process, target: {elapsed: 24h}, pauses: [{reason: approval, at_steps: [approve]}]"
    await set_levels(engine, sven, waits)
    case = await engine.asking()
    held = await clock(engine, case.id, "process", "toy")
    assert (held.state, await timers(engine, case.id)) == ("paused", 0)
    engine.clock.ahead = timedelta(days=3)
    await engine.answer(case.id, "berta", APPROVE)
    await engine.advance(case.id)
    ended = await clock(engine, case.id, "process", "toy")
    assert (ended.state, ended.pauses[0].reason) == ("stopped", "approval")
    assert ended.due_at is not None
    assert ended.due_at > engine.clock()
    told = [kind for kind in await engine.trail_of(case.id) if kind.startswith("deadline.")]
    assert told == ["deadline.paused", "deadline.resumed"]


@pytest.mark.parametrize(
    ("text_", "told"),
    [
        (levels("name: a, scope: step, of: [aprove], target: {elapsed: 2h}"), "toy@1 has no aprove"),
        (levels("name: a, scope: stage, of: [approve], target: {elapsed: 2h}"), "toy@1 has no approve"),
        (levels(TASK, calendar="vienna"), "no calendar vienna"),
        (levels("name: a, scope: task, target: {business_time: P1D}"), "write 4h"),
        ("process: other\ncalendar: always", "no process"),
    ],
)
async def test_levels_that_could_never_count_are_refused(engine: Engine, sven: Actor, text_: str, told: str) -> None:
    texts = DeadlineDesk(services=engine.services)
    await texts.set_calendar(sven, always(), reason="test")
    with pytest.raises(Invalid, match=told):
        await texts.set_levels(sven, text_, reason="test")
    with pytest.raises(NotFound):
        await texts.levels(sven, "toy")


async def test_a_clock_that_was_unknown_is_computed_once_the_case_says_what_was_missing(
    engine: Engine, sven: Actor
) -> None:
    needs = "name: a, scope: process, when: [{fact: facts.amount, known: true}], target: {elapsed: 5h}"
    odd = "name: b, scope: stage, when: [{fact: input.subject, at_least: 5}], target: {elapsed: 5h}"
    await set_levels(engine, sven, needs, odd)
    case = await engine.asking()
    assert (await clock(engine, case.id, "process", "toy")).due_at == case.created_at + timedelta(hours=5)
    unknown = await clock(engine, case.id, "stage", "write")
    assert (unknown.state, unknown.why) == ("unknown", "input.subject cannot be compared with 5")
    await DeadlineDesk(services=engine.services).set_levels(sven, levels(STAGES), reason="mended")
    restarted = await desk(engine).restart(sven, unknown.id, note="mended")
    assert (restarted.state, await timers(engine, case.id)) == ("running", 2)


async def test_whoever_comes_first_each_clock_has_one_end_and_one_timer(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, *ALL)
    cases = [(await engine.asking()).id for _ in range(6)]
    due_at = (await clock(engine, cases[0], "task", "approve")).due_at
    until(engine, due_at, after=timedelta(minutes=1))
    texts = DeadlineDesk(services=engine.services)

    async def finish(case_id: str) -> None:
        await engine.answer(case_id, "berta", APPROVE)
        await engine.advance(case_id)

    async def hold(case_id: str) -> None:
        found = await clock(engine, case_id, "step", "approve")
        await desk(engine).pause(sven, found.id, reason="supplier", note="asked")
        await desk(engine).resume(sven, found.id, note="came")

    async def turn(hours: str) -> None:
        await texts.set_calendar(sven, always(hours=hours), reason="turned")
        await follow_calendars(engine.services, "acme")

    await asyncio.gather(
        *(finish(case_id) for case_id in cases[:3]),
        *(hold(case_id) for case_id in cases[3:]),
        *(engine.sweep.fire_due() for _ in range(4)),
        turn("00:00-23:00"),
    )
    await engine.sweep.fire_due()
    for case_id in cases[:3]:
        assert {one.status for one in (await clocks(engine, case_id)).values()} == {"stopped"}
        assert await timers(engine, case_id) == 0
    for case_id in cases[3:]:
        running = [one for one in (await clocks(engine, case_id)).values() if one.state == "running"]
        assert await timers(engine, case_id) == len(running)
    for case_id in cases:
        late = [one for one in (await clocks(engine, case_id)).values() if one.breached_at is not None]
        assert await breaches(engine, case_id) == len(late)
    assert (await engine.verification()).sound


async def test_nobody_sees_another_tenants_clocks(engine: Engine, sven: Actor) -> None:
    await set_levels(engine, sven, TASK)
    case = await engine.asking()
    query = text("SELECT count(*) FROM deadline_clocks")
    async with engine.database.unit_of_work("globex") as unit:
        assert (await unit.session.execute(query)).scalar_one() == 0
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.session.execute(query)).scalar_one() == 1
    assert await clocks(engine, case.id)


async def test_a_case_that_waits_in_the_queue_has_its_clocks_and_its_worker_finds_them(
    engine: Engine, sven: Actor
) -> None:
    await set_levels(engine, sven, *ALL)
    services, clerk = engine.services, await actor(engine.database, "clara")
    await services.level_shelf.active("acme", "toy")
    engine.reader.amount = LARGE
    case = (await Intake(services=services).start(clerk, "toy", {"subject": "a note"}, key="k")).case
    waiting = await clocks(engine, case.id)
    assert set(waiting) == {("process", "toy"), ("stage", "intake")}
    assert {one.started_at for one in waiting.values()} == {case.created_at}
    until(engine, waiting["stage", "intake"].due_at, after=SECOND)
    await engine.sweep.fire_due()
    assert await breaches(engine, case.id) == 1
    await engine.advance(case.id)
    later = await clocks(engine, case.id)
    assert later["process", "toy"].id == waiting["process", "toy"].id
    assert (later["stage", "intake"].id, later["stage", "intake"].state) == (waiting["stage", "intake"].id, "missed")
    assert await Intake(services=services).start(clerk, "toy", {"subject": "a note"}, key="k")
    assert len(await clocks(engine, case.id)) == len(later)

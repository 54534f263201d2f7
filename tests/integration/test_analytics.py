"""Analytics on the engine: the trail is counted once, whoever counts and whatever crashes, and is shown in words."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from graphs.analytics.counting import Counting
from graphs.analytics.desk import AnalyticsDesk
from graphs.analytics.fold import Measure
from graphs.errors import PermissionMissing
from graphs.store.analytics import Analytics
from graphs.tasks import Answer
from tests.support.analytics import count_of, counted, stored
from tests.support.api import caller, grant
from tests.support.case_desk import cancel, failed, retry, skip
from tests.support.engine import LARGE, Engine
from tests.support.people import actor, populate
from tools.errors import Permanent

RIGHTS = ("case.cancel", "case.steer", "incident.retry")
APPROVE = Answer(decision="approve")
REJECT = Answer(decision="reject", reason="no")


async def answered(engine: Engine, answer: Answer, *, hours: float = 0) -> None:
    """A case whose question was answered after so long."""
    case = await engine.asking()
    engine.clock.ahead += timedelta(hours=hours)
    await engine.answer(case.id, "emil", answer)
    await engine.advance(case.id)


async def test_a_case_without_a_person_went_straight_through(engine: Engine) -> None:
    await engine.advance((await engine.start()).case.id)
    assert await counted(engine) > 0
    assert await counted(engine) == 0
    assert (await count_of(engine, Measure.STARTED))[0] == 1
    assert (await count_of(engine, Measure.ENDED, "done"))[0] == 1
    assert (await count_of(engine, Measure.STRAIGHT))[0] == 1
    assert (await count_of(engine, Measure.WAY, "look_up>check"))[0] == 1
    rows = await stored(engine)
    assert (rows["analytics_places"], rows["analytics_live"]) == ([], [])


async def test_the_time_until_a_person_answers_is_waiting_and_an_approval_overrides_the_rule(engine: Engine) -> None:
    await answered(engine, APPROVE, hours=3)
    await counted(engine)
    visits, took = await count_of(engine, Measure.STEP, "approve")
    _, waited = await count_of(engine, Measure.WAITED, "approve")
    assert (visits, took // 3_600_000) == (1, 3)
    assert took - waited < 60_000
    assert await count_of(engine, Measure.RULE, "TOY-LIMIT") == (1, 1)
    assert (await count_of(engine, Measure.STRAIGHT))[0] == 0
    assert (await count_of(engine, Measure.REWORKED))[0] == 0


async def test_a_correction_and_a_retry_are_work_done_again(engine: Engine) -> None:
    await answered(engine, Answer(decision="correct", set={"amount": "10"}, reason="a typo"))
    case = await engine.asking()
    await grant(engine.database, "sven", *RIGHTS)
    await retry(engine, case.id, "look_up")
    await engine.advance(case.id, times=2)
    await counted(engine)
    assert (await count_of(engine, Measure.REWORK, "check"))[0] == 1
    assert (await count_of(engine, Measure.REWORK, "look_up"))[0] == 1
    assert await count_of(engine, Measure.RULE, "TOY-LIMIT") == (1, 0)


async def test_two_that_count_at_once_count_every_entry_once(engine: Engine) -> None:
    for _ in range(3):
        await answered(engine, APPROVE)
    counting = Counting(services=engine.services, batch=4)
    await asyncio.gather(counting.of_tenant("acme"), counting.of_tenant("acme"), counting.run())
    await counted(engine)
    assert (await count_of(engine, Measure.ENDED, "done"))[0] == 3
    assert (await count_of(engine, Measure.RULE, "TOY-LIMIT")) == (3, 3)


async def test_a_batch_that_was_not_committed_is_counted_by_the_next_round(engine: Engine) -> None:
    await engine.asking()
    counting = Counting(services=engine.services, batch=3)

    async def broken_off() -> None:
        async with engine.database.unit_of_work("acme") as unit:
            assert await counting.count_batch(unit, "acme") == 3
            raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        await broken_off()
    assert await stored(engine) == {"analytics_places": [], "analytics_live": [], "analytics_cells": []}
    await counted(engine)
    assert (await count_of(engine, Measure.STARTED))[0] == 1


async def happen(engine: Engine, draw: random.Random) -> None:
    """Something that happens to a case in an office."""
    engine.clock.ahead += timedelta(minutes=draw.choice((1, 90, 1500)))
    engine.reader.amount = draw.choice((500, LARGE, 0))
    match draw.choice(("run", "approve", "reject", "correct", "cancel", "fail", "retry", "skip")):
        case "run":
            await engine.advance((await engine.start()).case.id)
        case "approve":
            await answered(engine, APPROVE)
        case "reject":
            await answered(engine, REJECT)
        case "correct":
            await answered(engine, Answer(decision="correct", set={"amount": "10"}, reason="a typo"))
        case "cancel":
            await cancel(engine, (await engine.asking()).id)
        case "fail":
            case = await failed(engine)
            (incident,) = await engine.incidents_of(case.id)
            if draw.random() < 0.5:
                await engine.retry(incident.id)
                await engine.advance(case.id)
        case "retry":
            case = await engine.asking()
            await retry(engine, case.id, "check")
            await engine.advance(case.id, times=2)
        case _:
            engine.reader.faults = [Permanent("gone")]
            case = await engine.advance((await engine.start()).case.id)
            await skip(engine, case.id, "look_up", amount=700)
            await engine.advance(case.id, times=2)


@pytest.mark.parametrize("seed", [1, 2])
async def test_counted_bit_by_bit_is_what_is_counted_anew(engine: Engine, seed: int) -> None:
    draw = random.Random(seed)
    await grant(engine.database, "sven", *RIGHTS)
    for _ in range(10):
        await happen(engine, draw)
        if draw.random() < 0.7:
            await counted(engine, batch=draw.randint(1, 7))
    await counted(engine)
    bit_by_bit = await stored(engine)
    assert len(bit_by_bit["analytics_cells"]) > 20
    async with engine.database.unit_of_work("acme") as unit:
        await Analytics(unit.session, "acme").reset()
    await counted(engine)
    assert await stored(engine) == bit_by_bit


async def test_the_map_says_who_stands_where_and_ranks_what_they_wait_at(engine: Engine) -> None:
    await grant(engine.database, "dora", "analytics.read")
    await answered(engine, APPROVE, hours=2)
    await engine.asking()
    await failed(engine)
    engine.clock.ahead += timedelta(hours=5)
    await counted(engine)
    async with caller(engine, "dora") as client:
        answer = await client.get("/processes/toy@1/map", params={"days": 7})
    assert answer.status_code == 200
    shown = answer.json()
    figures = {one["step"]: one for one in shown["figures"]}
    assert (figures["approve"]["live"], figures["look_up"]["live"], figures["look_up"]["incidents"]) == (1, 1, 1)
    assert 4.9 < figures["approve"]["mean_age_seconds"] / 3600 < 5.1
    assert 1.8 < figures["approve"]["median_seconds"] / 3600 < 2.3
    assert shown["bottlenecks"][:2] == ["approve", "look_up"]
    taken = {(edge["source"], edge["target"]): edge for edge in shown["edges"]}
    assert (taken["propose", "approve"]["taken"], taken["propose", "write"]["taken"]) == (2, 1)
    assert taken["propose", "approve"]["share"] == pytest.approx(2 / 3)
    assert (taken["propose", "rejected"]["share"], taken["resolve", "check"]["share"]) == (0, None)
    assert shown["behind"] == 0


async def test_the_figures_of_a_process_add_up(engine: Engine) -> None:
    await grant(engine.database, "dora", "analytics.read")
    await engine.advance((await engine.start()).case.id)
    await answered(engine, APPROVE)
    await answered(engine, REJECT)
    await counted(engine)
    async with caller(engine, "dora") as client:
        shown = (await client.get("/analytics/processes/toy", params={"days": 3})).json()
        lines = (await client.get("/analytics/processes")).json()["processes"]
        gone = await client.get("/analytics/processes/nothing")
        other = await client.get("/analytics/processes/toy", params={"version": 9})
    assert shown["outcomes"] == {"done": 2, "rejected": 1}
    assert shown["straight_share"] == pytest.approx(1 / 3)
    assert [(rule["rule"], rule["asked"], rule["overridden"]) for rule in shown["rules"]] == [("TOY-LIMIT", 2, 1)]
    assert shown["answers"] == {"approve": 1, "reject": 1}
    assert len(shown["days"]) == 3
    assert sum(day["ended"] for day in shown["days"]) == 3
    assert [(line["process"], line["started"], line["ended"]) for line in lines] == [("toy", 3, 3)]
    assert (gone.status_code, other.status_code) == (404, 404)


async def test_only_who_may_read_analytics_sees_them_and_only_an_administrator_has_them_counted_anew(
    engine: Engine,
) -> None:
    desk, clara = AnalyticsDesk(services=engine.services), await actor(engine.database, "clara")
    for asked in (desk.map(clara, "toy@1", days=1), desk.show(clara, "toy", days=1), desk.overview(clara, days=1)):
        with pytest.raises(PermissionMissing, match=r"analytics\.read"):
            await asked
    with pytest.raises(PermissionMissing, match="admin"):
        await desk.rebuild(clara)


async def test_counting_anew_is_recorded_and_says_how_far_it_is(engine: Engine) -> None:
    await grant(engine.database, "dora", "analytics.read", "admin")
    await answered(engine, APPROVE)
    await counted(engine)
    before = await stored(engine)
    async with caller(engine, "dora") as client:
        answer = await client.post("/analytics/rebuild")
        shown = (await client.get("/analytics/processes/toy")).json()
        assert (answer.status_code, shown["outcomes"]) == (202, {})
        assert shown["behind"] == answer.json()["behind"] + 1
        trail = (await client.get("/analytics/processes/toy", params={"days": 0})).status_code
    assert trail == 422
    await counted(engine)
    assert await stored(engine) == before


async def test_another_tenant_sees_none_of_it(engine: Engine) -> None:
    await populate(engine.database, "globex")
    await answered(engine, APPROVE)
    await engine.asking()
    await counted(engine)
    assert all((await stored(engine)).values())
    assert not any((await stored(engine, tenant="globex")).values())

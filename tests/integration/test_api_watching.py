"""What screens for watching over the work ask: late clocks, escalations, options of incidents, approvals, home."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from graphs.incidents.move import MoveKind
from graphs.store.day_counts import OF_DAY
from graphs.store.people import Actor
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.deadlines import clock, early_in_the_day, empowered, set_levels, until
from tests.support.engine import LARGE, Engine
from tests.support.failing import stopped, supervise
from tests.support.people import populate

TASK = "name: approval, scope: task, of: [approve], target: {business_time: 4h}, pauses: [{reason: supplier}]"
LADDER = "name: early, at: 50 %, action: remind\nname: late, after: 1h, action: 'role:supervisor'"
HOUR = timedelta(hours=1)
REASON = {"reason": "as told"}


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await empowered(engine)


async def get(engine: Engine, path: str, *, login: str = "sven", tenant: str = "acme", **query: Any) -> dict[str, Any]:
    async with caller(engine, login, tenant=tenant) as client:
        answer = await client.get(path, params=query)
    return {**answer.json(), "status_code": answer.status_code}


async def waiting(engine: Engine, sven: Actor) -> str:
    """A case that waits for Berta, with a ladder: its id."""
    await set_levels(engine, sven, TASK, ladder=LADDER)
    return (await engine.asking()).id


async def passed(engine: Engine, case_id: str, by: timedelta) -> None:
    """So much time after the task was due has passed, and everything that was due by then has fired."""
    until(engine, (await clock(engine, case_id, "task", "approve")).due_at, after=by)
    while await engine.sweep.fire_due():
        pass


async def test_clocks_are_listed_by_what_becomes_of_them(engine: Engine, sven: Actor) -> None:
    case = await waiting(engine, sven)
    due = await get(engine, "/clocks", counts=True)
    [found] = due["clocks"]
    assert (found["clock"]["case"], found["clock"]["state"], found["assignee"]["id"]) == (case, "running", "acme-berta")
    assert due["counts"] == {"breached": 0, "at_risk": 0, "due": 1, "counted_up_to": 1000}
    before = found["clock"]["started_at"]
    assert (await get(engine, "/clocks", until=before))["clocks"] == []
    await passed(engine, case, timedelta(minutes=-10))
    assert [one["clock"]["case"] for one in (await get(engine, "/clocks", which="at_risk"))["clocks"]] == [case]
    await passed(engine, case, HOUR)
    late = await get(engine, "/clocks", which="breached", counts=True)
    assert [one["clock"]["state"] for one in late["clocks"]] == ["breached"]
    assert [late["counts"][name] for name in ("breached", "at_risk", "due")] == [1, 0, 0]
    for which in ("due", "at_risk"):
        assert (await get(engine, "/clocks", which=which))["clocks"] == []


async def test_a_page_of_clocks_begins_behind_the_one_before(engine: Engine, sven: Actor) -> None:
    first = await waiting(engine, sven)
    second = (await engine.asking()).id
    page = await get(engine, "/clocks", limit=1)
    following = await get(engine, "/clocks", limit=1, cursor=page["next"])
    assert [page["clocks"][0]["clock"]["case"], following["clocks"][0]["clock"]["case"]] == [first, second]
    assert following["next"] is None
    assert (await get(engine, "/clocks", cursor="bm90IG9uZQ=="))["status_code"] == 422


async def test_forecasts_are_listed_only_for_who_may_see_them(engine: Engine, sven: Actor) -> None:
    await waiting(engine, sven)
    assert (await get(engine, "/clocks", which="forecast"))["status_code"] == 403
    await grant(engine.database, "dora", "forecast.read")
    assert (await get(engine, "/clocks", which="forecast", login="dora"))["clocks"] == []


async def test_an_escalation_waits_for_who_was_told_until_it_is_acknowledged(engine: Engine, sven: Actor) -> None:
    case = await waiting(engine, sven)
    await passed(engine, case, -HOUR)
    [early] = (await get(engine, "/escalations", login="berta", mine=True))["escalations"]
    assert (early["escalation"]["rung"], early["escalation"]["may_acknowledge"]) == ("early", False)
    assert [one["name"] for one in early["escalation"]["told"]] == ["Berta"]
    assert (await get(engine, "/escalations", mine=True))["escalations"] == []
    assert (await get(engine, "/escalations"))["escalations"] == []
    await passed(engine, case, HOUR)
    [late] = (await get(engine, "/escalations", mine=True))["escalations"]
    assert (late["escalation"]["rung"], late["escalation"]["may_acknowledge"], late["title"]) == (
        "late",
        True,
        late["title"],
    )
    assert len((await get(engine, "/escalations"))["escalations"]) == 2
    async with caller(engine, "sven") as client:
        done = await client.post(f"/escalations/{late['escalation']['id']}/acknowledge", json={"note": "mine"})
    assert done.status_code == 200
    assert (await get(engine, "/escalations", mine=True))["escalations"] == []


async def test_a_clock_says_what_may_be_done_with_it(engine: Engine, sven: Actor) -> None:
    case = await waiting(engine, sven)
    [mine] = (await get(engine, f"/deadlines/{case}"))["clocks"]
    assert (mine["moves"], mine["pause_reasons"]) == (["pause", "restart", "stop"], ["supplier"])
    [theirs] = (await get(engine, f"/deadlines/{case}", login="berta"))["clocks"]
    assert (theirs["moves"], theirs["pause_reasons"]) == ([], [])
    async with caller(engine, "sven") as client:
        await client.post(f"/clocks/{mine['clock']['id']}/pause", json={"reason": "supplier", "note": "asked"})
    [paused] = (await get(engine, f"/deadlines/{case}"))["clocks"]
    assert (paused["moves"], paused["pause_reasons"]) == (["resume", "restart", "stop"], [])


@pytest.mark.parametrize("login", ["sven", "clara", "berta"])
@pytest.mark.parametrize("move", sorted(MoveKind))
async def test_an_option_says_what_the_move_then_answers(engine: Engine, login: str, move: MoveKind) -> None:
    await supervise(engine)
    await supervise(engine, "clara")
    [incident] = await stopped(engine, 1)
    path = f"/incidents/{incident.id}"
    told = await get(engine, f"{path}/options", login=login)
    option = next(one for one in told["options"] if one["move"] == move)
    body: dict[str, Any] = {} if move in (MoveKind.RETRY, MoveKind.APPLY) else dict(REASON)
    if move is MoveKind.REROUTE:
        body["from_step"] = told["steps"][0]
    if move is MoveKind.CORRECT:
        body["values"] = {"note": "x"}
    async with caller(engine, login) as client:
        done = await client.post(f"{path}/{move}", json=body or None)
    assert (done.status_code == 200) is option["allowed"], (option, done.text)
    if not option["allowed"] and move is not MoveKind.CORRECT:
        assert done.json()["code"] == option["code"]


async def test_asking_what_may_be_done_changes_nothing(engine: Engine) -> None:
    await supervise(engine)
    [incident] = await stopped(engine, 1)
    before = await engine.case(incident.case_id), await engine.trail_of(incident.case_id)
    told = await get(engine, f"/incidents/{incident.id}/options")
    assert (told["standing"], told["steps"]) == ("look_up", ["look_up"])
    assert (await engine.case(incident.case_id), await engine.trail_of(incident.case_id)) == before
    await engine.retry(incident.id)
    closed = await get(engine, f"/incidents/{incident.id}/options")
    assert [one["move"] for one in closed["options"] if one["allowed"]] == []


async def test_an_approval_says_who_may_give_it_and_why_not(engine: Engine) -> None:
    task = await engine.task_of((await engine.asking(LARGE)).id)
    [mine] = (await get(engine, "/approvals", login="berta"))["approvals"]
    assert (mine["task"]["id"], mine["approve"]["allowed"], mine["needed_minor"] is not None) == (task.id, True, True)
    assert mine["limit_minor"] >= mine["needed_minor"]
    assert [one["name"] for one in mine["excluded"]] == ["Clara"]
    [theirs] = (await get(engine, "/approvals", login="anton", whose="team"))["approvals"]
    assert (theirs["approve"]["allowed"], theirs["approve"]["code"]) == (False, "authority_exceeded")
    assert (await get(engine, "/approvals", login="anton"))["approvals"] == []
    async with caller(engine, "berta") as client:
        answered = await client.post(f"/tasks/{task.id}/answer", json={"decision": "approve"})
    assert answered.status_code == 200, answered.text
    assert (await get(engine, "/approvals", login="berta"))["approvals"] == []


async def test_who_could_stand_in_is_named_and_nobody_else(engine: Engine) -> None:
    everybody = [one["name"] for one in (await get(engine, "/delegations/receivers", login="berta"))["people"]]
    assert everybody == ["Anton", "Clara", "Dora", "Emil", "Sven"]
    assert [
        one["id"] for one in (await get(engine, "/delegations/receivers", login="berta", words="do"))["people"]
    ] == ["acme-dora"]
    assert (await get(engine, "/delegations/receivers", login="intake"))["status_code"] == 403


async def test_home_has_each_part_only_for_who_may_see_it(engine: Engine, sven: Actor) -> None:
    early_in_the_day(engine)
    await supervise(engine)
    case = await waiting(engine, sven)
    [incident] = await stopped(engine, 1)
    await passed(engine, case, HOUR)
    found = await get(engine, "/home", login="sven")
    assert found["tasks"]["due"] == []
    assert [one["clock"]["case"] for one in found["deadlines"]["clocks"]] == [case]
    assert [one["escalation"]["rung"] for one in found["deadlines"]["escalations"]["escalations"]] == ["late"]
    assert [one["fingerprint"] for one in found["incidents"]["groups"]] == [incident.fingerprint]
    [day] = [one for one in found["today"]["processes"] if one["process"] == "toy"]
    assert (day["started"], day["done"]) == (2, 0)
    assert found["news"]["kinds"] is None
    berta = await get(engine, "/home", login="berta")
    assert [one["case"] for one in berta["tasks"]["due"]] == [case]
    intake = await get(engine, "/home", login="intake")
    assert (intake["tasks"], intake["deadlines"], intake["incidents"] is None) == (None, None, False)
    await populate(engine.database, "other")
    other = await get(engine, "/home", login="sven", tenant="other")
    assert (other["deadlines"]["clocks"], other["incidents"]["groups"], other["today"]["processes"]) == ([], [], [])


async def test_home_tells_what_happened_since_it_was_last_seen(engine: Engine) -> None:
    await supervise(engine)
    seen = (await get(engine, "/home"))["news"]["seq"]
    assert (await get(engine, "/home", seen=seen))["news"]["kinds"] == {}
    await stopped(engine, 2)
    told = (await get(engine, "/home", seen=seen))["news"]
    assert (told["kinds"]["case.started"], told["kinds"]["incident.opened"]) == (2, 2)
    await grant(engine.database, "dora", "account.manage")
    assert (await get(engine, "/home", seen=told["seq"], login="dora"))["news"]["kinds"] == {}


MANY = """
INSERT INTO cases SELECT (jsonb_populate_record(one.c, jsonb_build_object(
  'id', 'copy-' || g, 'trigger_key', 'copy-' || g, 'status', 'done',
  'created_at', now() - g * interval '1 hour', 'ended_at', now() - g * interval '1 hour'))).*
FROM (SELECT c FROM cases c LIMIT 1) one, generate_series(1, 4000) g
"""


async def test_the_day_is_counted_from_indexes_however_many_cases_there_are(
    engine: Engine, own_database: TestDatabase
) -> None:
    await engine.start()
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute(MANY)
        owner.execute("ANALYZE cases")
    statement = str(OF_DAY.text).replace(":counted", "10000").replace(":most", "6").replace(":tenant", "'acme'")
    async with engine.database.unit_of_work("acme") as unit:
        explained = text(f"EXPLAIN {statement.replace(':since', repr(str(engine.clock() - HOUR)))}")
        plan = "\n".join((await unit.session.execute(explained)).scalars())
    assert "Seq Scan" not in plan
    assert ("cases_by_age" in plan, "cases_to_erase" in plan) == (True, True)

"""One order about many cases: each ordered once, with its own entry in the trail, and refused alone."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from graphs.case_operation import MOST_CASES
from graphs.incidents.carrying import Carrying
from graphs.store.people_tables import UserRole
from graphs.store.tables import Case
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.failing import stopped
from tests.support.many_cases import fill_cases

RIGHTS = ("case.suspend", "case.cancel", "incident.retry", "task.assign")
REASON = "the plant is closed"


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await grant(engine.database, "sven", *RIGHTS)
    return engine


async def order(engine: Engine, kind: str, login: str = "sven", **body: Any) -> tuple[int, dict[str, Any]]:
    async with caller(engine, login) as client:
        answer = await client.post("/cases/operations", json={"kind": kind, "reason": REASON, **body})
    return answer.status_code, answer.json()


async def carried(engine: Engine, operation: str, *, turns: int = 2) -> dict[str, Any]:
    for _ in range(turns):
        await Carrying(services=engine.services, owner="one").run()
    async with caller(engine, "sven") as sven:
        answer = await sven.get(f"/operations/{operation}")
    found: dict[str, Any] = answer.json()
    return found


async def statuses(engine: Engine, cases: list[Case]) -> list[str]:
    return [(await engine.case(case.id)).status for case in cases]


async def test_many_are_suspended_and_resumed_and_who_is_refused_says_why(engine: Engine) -> None:
    waiting = [await engine.asking() for _ in range(3)]
    engine.reader.amount = 500
    done = await engine.advance((await engine.start()).case.id)
    cases = [*waiting, done]
    status, begun = await order(engine, "suspend", cases=[case.id for case in cases])
    assert (status, begun["about"], begun["total"], begun["waiting"]) == (201, "cases", 4, 4)
    found = await carried(engine, begun["id"])
    assert (found["status"], found["done"], found["failed"]) == ("done", 3, 1)
    [refused] = [item for item in found["items"] if item["status"] == "failed"]
    assert (refused["case"], refused["code"], refused["incident"]) == (done.id, "case_not_steerable", None)
    assert await statuses(engine, cases) == ["suspended"] * 3 + ["done"]
    for case in waiting:
        assert (await engine.trail_of(case.id)).count("steering.ordered") == 1
    _, back = await order(engine, "resume", filter={"status": ["suspended"]})
    assert (await carried(engine, back["id"]))["done"] == 3
    assert await statuses(engine, waiting) == ["waiting"] * 3


async def test_stopped_cases_are_tried_again_a_few_first(engine: Engine) -> None:
    incidents = await stopped(engine, 5)
    _, begun = await order(engine, "retry", filter={"status": ["incident"]})
    await Carrying(services=engine.services, owner="one").run()
    running = [one.case_id for one in incidents if (await engine.case(one.case_id)).status == "running"]
    assert len(running) == begun["canary"] == 3
    for case_id in running:
        await engine.advance(case_id)
    await carried(engine, begun["id"], turns=1)
    for one in incidents:
        await engine.advance(one.case_id)
    found = await carried(engine, begun["id"])
    assert (found["status"], found["done"], found["failed"]) == ("done", 5, 0)


async def test_cancelled_ones_are_done_once_they_are_cancelled(engine: Engine) -> None:
    cases = [await engine.asking() for _ in range(2)]
    _, begun = await order(engine, "cancel", cases=[case.id for case in cases])
    found = await carried(engine, begun["id"])
    assert (found["done"], await statuses(engine, cases)) == (2, ["cancelled", "cancelled"])


async def test_tasks_are_given_to_somebody_who_may_answer_them(engine: Engine) -> None:
    case, other = await engine.asking(), await engine.advance((await engine.start()).case.id)
    assert (await engine.task_of(case.id)).assignee_id == "acme-berta"
    _, begun = await order(engine, "reassign", cases=[case.id], to="dora")
    assert (await carried(engine, begun["id"]))["done"] == 1
    assert (await engine.task_of(case.id)).assignee_id == "acme-dora"
    _, again = await order(engine, "reassign", cases=[case.id, other.id], to="clara")
    codes = {item["case"]: item["code"] for item in (await carried(engine, again["id"]))["items"]}
    assert codes[case.id] in {"authority_exceeded", "segregation_of_duties", "task_not_yours", "permission_missing"}
    assert (await engine.task_of(case.id)).assignee_id == "acme-dora"
    assert (await order(engine, "reassign", cases=[case.id], to="nobody"))[0] == 404


async def test_the_same_order_twice_is_one_and_workers_at_once_order_each_case_once(engine: Engine) -> None:
    cases = [(await engine.asking()).id for _ in range(4)]
    first, again = await order(engine, "suspend", cases=cases), await order(engine, "suspend", cases=cases[::-1])
    assert (first[0], again[0], again[1]["id"]) == (201, 200, first[1]["id"])
    await asyncio.gather(*(Carrying(services=engine.services, owner=name).run() for name in ("one", "two", "three")))
    await carried(engine, first[1]["id"])
    for case_id in cases:
        assert (await engine.trail_of(case_id)).count("steering.ordered") == 1


async def test_who_loses_the_right_stops_what_is_left(engine: Engine) -> None:
    case = await engine.asking()
    _, begun = await order(engine, "suspend", cases=[case.id])
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(delete(UserRole).where(col(UserRole.role) == "extra-sven"))
    found = await carried(engine, begun["id"])
    assert (found["status"], found["left"]) == ("stopped", 1)
    assert (await engine.case(case.id)).status == "waiting"


async def test_what_nobody_may_order_is_refused(engine: Engine, own_database: TestDatabase) -> None:
    case = (await engine.asking()).id
    assert (await order(engine, "suspend", "clara", cases=[case]))[1]["code"] == "permission_missing"
    assert (await order(engine, "suspend", cases=[str(uuid.uuid4())]))[1]["code"] == "nothing_to_do"
    for wrong in ({}, {"cases": [case], "filter": {}}, {"cases": [case, case]}, {"cases": [case], "to": "dora"}):
        assert (await order(engine, "suspend", **wrong))[0] == 422, wrong
    assert (await order(engine, "reassign", cases=[case]))[1]["code"] == "invalid"
    assert (await order(engine, "suspend", cases=[case], reason=" "))[1]["code"] == "invalid"
    fill_cases(own_database.owner_url, MOST_CASES + 1, assignee="acme-berta")
    status, refused = await order(engine, "suspend", filter={})
    assert (status, refused["code"]) == (422, "invalid")
    assert "more than 1000" in refused["detail"]

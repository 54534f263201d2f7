"""Calendars, service levels and clocks over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import caller
from tests.support.deadlines import always, clock, empowered, levels, until
from tests.support.engine import Engine

TASK = "name: approval, scope: task, of: [approve], target: {business_time: 4h}, pauses: [{reason: supplier}]"
BY_DATA = (
    "name: large, scope: task, when: [{fact: facts.amount, at_least: 100}], target: {elapsed: 2h}",
    "name: hired, scope: task, target: {business_days: 3, until: midnight, after: facts.first_day}",
)


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may set and move deadlines."""
    await empowered(engine)
    return engine


async def test_what_is_set_counts_is_shown_explained_and_moved(engine: Engine) -> None:
    async with caller(engine, "sven") as sven:
        calendar = await sven.put("/calendars", json={"yaml": always(), "reason": "first"})
        again = await sven.put("/calendars", json={"yaml": always(), "reason": "second"})
        set_ = await sven.put("/service-levels", json={"yaml": levels(TASK), "reason": "agreed"})
        assert [calendar.json()["version"], again.json()["version"], set_.json()["version"]] == [1, 2, 1]
        assert (await sven.get("/calendars/always")).json()["yaml"] == always()
        assert [one["version"] for one in (await sven.get("/calendars")).json()["calendars"]] == [2]
        assert (await sven.get("/service-levels/toy")).json() == set_.json()
        case = await engine.asking()
        [shown] = (await sven.get(f"/deadlines/{case.id}")).json()["clocks"]
        assert (shown["clock"]["state"], shown["clock"]["level"]) == ("running", "approval")
        assert shown["explanation"]["due_at"] == shown["clock"]["due_at"].replace("Z", "+00:00")
        assert shown["explanation"]["sentences"][0] == "Target: 4 h of working time."
        of_task = await sven.get(f"/deadlines/{shown['clock']['task']}")
        assert of_task.json()["clocks"] == [shown]
        path = f"/clocks/{shown['clock']['id']}"
        paused = await sven.post(f"{path}/pause", json={"reason": "supplier", "note": "asked"})
        assert (paused.status_code, paused.json()["state"]) == (200, "paused")
        twice = await sven.post(f"{path}/pause", json={"reason": "supplier", "note": "asked"})
        assert (twice.status_code, twice.json()["code"]) == (409, "clock_not_movable")
        assert (await sven.post(f"{path}/resume", json={"note": "came"})).json()["state"] == "running"
        assert (await sven.post(f"{path}/restart", json={"note": "anew"})).json()["pauses"] == []
        assert (await sven.post(f"{path}/stop", json={"note": "agreed"})).json()["state"] == "stopped"
    assert (await clock(engine, case.id, "task", "approve")).why == "agreed"
    assert (await engine.verification()).sound


async def test_a_ladder_is_set_tried_shown_and_acknowledged(engine: Engine) -> None:
    rungs = "name: r, at: 50 %, action: remind"
    body = {"yaml": levels(TASK, ladder=rungs), "reason": "agreed"}
    async with caller(engine, "sven") as sven:
        await sven.put("/calendars", json={"yaml": always(), "reason": "first"})
        set_ = await sven.put("/service-levels", json=body)
        assert set_.json()["warnings"] == (await sven.get("/service-levels/toy")).json()["warnings"]
        assert ["no rung after" in one for one in set_.json()["warnings"]] == [True]
        tried = {"yaml": body["yaml"], "started_at": "2026-06-01T09:00:00+00:00"}
        simulated = (await sven.post("/service-levels/simulate", json=tried)).json()
        [step] = simulated["levels"][0]["ladder"]["steps"]
        assert (step["planned_at"], step["state"]) == ("2026-06-01T11:00:00Z", "ahead")
        assert simulated["warnings"] == set_.json()["warnings"]
        case = await engine.asking()
        until(engine, (await clock(engine, case.id, "task", "approve")).due_at, after=timedelta(minutes=-30))
        assert (await sven.get("/deadlines")).json() == {"clocks": []}
        await engine.sweep.fire_due()
        [risk] = (await sven.get("/deadlines", params={"limit": 5})).json()["clocks"]
        assert (risk["clock"]["case"], risk["clock"]["at_risk_since"] is not None) == (case.id, True)
        [shown] = (await sven.get(f"/deadlines/{case.id}")).json()["clocks"]
        [step] = shown["ladder"]["steps"]
        assert (step["state"], step["escalation"]["told"]) == (
            "reached",
            [{"user": "acme-berta", "why": "has the task", "name": "Berta"}],
        )
        path = f"/escalations/{step['escalation']['id']}/acknowledge"
        done = await sven.post(path, json={"note": "I look after it"})
        assert (done.status_code, done.json()["acknowledged_by"]) == (200, "acme-sven")
        [shown] = (await sven.get(f"/deadlines/{case.id}")).json()["clocks"]
        assert shown["ladder"]["steps"][0]["state"] == "acknowledged"
        missing = await sven.post("/escalations/00000000-0000-4000-8000-000000000000/acknowledge", json={})
        assert (missing.status_code, (await sven.get("/deadlines", params={"limit": 0})).status_code) == (404, 422)
    async with caller(engine, "clara") as clara:
        assert (await clara.post(path, json={})).json()["code"] == "permission_missing"


async def test_levels_are_tried_without_changing_anything(engine: Engine) -> None:
    body: dict[str, Any] = {"yaml": levels(*BY_DATA), "started_at": "2026-06-01T09:00:00+02:00"}
    async with caller(engine, "sven") as sven:
        await sven.put("/calendars", json={"yaml": always(), "reason": "first"})
        bare = (await sven.post("/service-levels/simulate", json=body)).json()["levels"]
        data = {"facts": {"amount": "100", "first_day": "2026-06-05"}}
        told = (await sven.post("/service-levels/simulate", json={**body, "data": data})).json()["levels"]
        assert (await sven.get("/service-levels/toy")).status_code == 404
    assert [one["applies"] for one in bare] == [False, True]
    assert bare[1]["unknown"] == "facts.first_day is not known"
    assert [one["explanation"]["due_at"] for one in told] == ["2026-06-01T09:00:00+00:00", "2026-06-09T00:00:00+00:00"]


@pytest.mark.parametrize(
    ("login", "path", "body", "status", "told"),
    [
        ("clara", "/calendars", {"yaml": always(), "reason": "x"}, 403, "deadline.set"),
        ("sven", "/calendars", {"yaml": always(), "reason": " "}, 422, "reason"),
        ("sven", "/calendars", {"yaml": "calendar: a", "reason": "x"}, 422, "zone"),
        ("sven", "/calendars", {"yaml": always().replace("UTC", "Mars/Base"), "reason": "x"}, 422, "time zone"),
        ("sven", "/calendars", {"yaml": "a\0b", "reason": "x"}, 422, "NUL"),
        ("clara", "/service-levels", {"yaml": levels(TASK), "reason": "x"}, 403, "deadline.set"),
        ("sven", "/service-levels", {"yaml": levels(TASK), "reason": "x"}, 422, "no calendar always"),
        ("sven", "/service-levels", {"yaml": levels("name: 1"), "reason": "x"}, 422, "levels"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    engine: Engine, login: str, path: str, body: dict[str, Any], status: int, told: str
) -> None:
    async with caller(engine, login) as client:
        answer = await client.put(path, json=body)
        assert (answer.status_code, told in answer.text) == (status, True), answer.text
        assert (await client.get("/calendars")).json() == {"calendars": []}


@pytest.mark.parametrize("instant", ["2026-06-01", "2026-06-01T09:00:00", "soon", 1780000000])
async def test_an_instant_without_its_offset_is_refused(engine: Engine, instant: Any) -> None:
    async with caller(engine, "sven") as sven:
        answer = await sven.post("/service-levels/simulate", json={"yaml": levels(TASK), "started_at": instant})
    assert (answer.status_code, "started_at" in answer.text) == (422, True)


async def test_what_is_not_there_is_not_found(engine: Engine) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    async with caller(engine, "sven") as sven:
        answers = [
            await sven.get(f"/deadlines/{missing}"),
            await sven.get("/calendars/moon"),
            await sven.post(f"/clocks/{missing}/stop", json={"note": "x"}),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]

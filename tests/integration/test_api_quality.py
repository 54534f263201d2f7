"""Review quality over HTTP: looks are recorded, figures are for the lead, nobody is asked who may not be."""

from __future__ import annotations

import pytest

from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.people import populate
from tests.support.quality import answered, leading


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await leading(engine)
    return engine


async def test_looks_are_one_row_a_visit_and_end_with_the_answer(engine: Engine) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    async with caller(engine, "dora") as dora:
        path = f"/tasks/{task.id}/seen"
        first = (await dora.post(path, json={})).json()
        again = (await dora.post(path, json={"evidence": {}})).json()
        assert (first["recorded"], first["visit"], again["visit"]) == (True, 1, 1)
        wrong = await dora.post(path, json={"evidence": {"salary": 3}})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
        assert (await dora.post(f"/tasks/{case.id}/seen", json={})).status_code == 404
        await dora.post(f"/tasks/{task.id}/answer", json={"decision": "approve"})
        assert (await dora.post(path, json={})).json()["recorded"] is False
        own = (await dora.get("/quality/mine")).json()
    figure = own["figures"]["answered_without_a_look"]
    assert (figure["of"], figure["withheld"]) == (1, "too few")
    assert not [kind for kind in await engine.trail_of(case.id) if kind.startswith("quality")]


async def test_a_lead_sees_figures_sets_shares_and_seeds(engine: Engine) -> None:
    task = await answered(engine, "dora")
    async with caller(engine, "sven") as sven:
        shown = (await sven.get("/quality", params={"role": "approver"})).json()
        assert (shown["at_least"], shown["within_seconds"], shown["reviewers"]) == (4, 10, None)
        body = {"task": task.id, "right": "reject", "reason": "no such supplier"}
        seed = await sven.post("/quality/seeds", json=body)
        assert (seed.status_code, seed.json()["status"]) == (200, "waiting")
        assert (await sven.post("/quality/seeds", json=body)).json()["code"] == "not_seedable"
        shares = {"second_bps": 500, "known_bps": 250, "reason": "we begin"}
        rate = (await sven.put("/quality/rates/approver", json=shares)).json()
        assert (rate["seeds"], rate["must_refuse"], rate["flags_within_tasks"]) == (1, 1, 188)
        assert (await sven.put("/quality/rates/nobody", json=shares)).status_code == 404
        listed = (await sven.get("/quality/rates")).json()
        assert listed["rates"] == [rate]
        assert listed["checks"] == [{"kind": "known", "status": "waiting", "count": 1}]
        period = {"role": "approver", "since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
        assert (await sven.get("/quality", params=period)).status_code == 422
        assert (await sven.get("/quality", params={"role": "approver", "since": "yesterday"})).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/quality?role=approver"), ("GET", "/quality/rates"), ("PUT", "/quality/rates/approver")],
)
async def test_a_reviewer_sees_no_groups_figures(engine: Engine, method: str, path: str) -> None:
    body = {"second_bps": 1, "known_bps": 1, "reason": "x"} if method == "PUT" else None
    async with caller(engine, "dora") as dora:
        assert (await dora.request(method, path, json=body)).status_code == 403


async def test_another_tenant_sees_nothing_of_a_task(engine: Engine) -> None:
    task = await engine.task_of((await engine.asking()).id)
    await populate(engine.database, "globex")
    async with caller(engine, "dora", tenant="globex") as stranger:
        assert (await stranger.post(f"/tasks/{task.id}/seen", json={})).status_code == 404

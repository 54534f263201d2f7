"""Saved views: one's own, or shared with the organisation; they give nobody a right."""

from __future__ import annotations

from typing import Any

import httpx

from graphs.saved_views import MOST_VIEWS
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.people import populate

VIEW = {"screen": "cases", "name": "Stuck", "search": "status=incident&process=toy", "shared": False}


async def names(client: httpx.AsyncClient, screen: str = "cases") -> list[tuple[str, bool]]:
    views: list[dict[str, Any]] = (await client.get("/views", params={"screen": screen})).json()["views"]
    return [(view["name"], view["mine"]) for view in views]


async def test_a_view_is_ones_own_until_it_is_shared(engine: Engine) -> None:
    async with caller(engine, "clara") as clara, caller(engine, "berta") as berta:
        saved = await clara.post("/views", json=VIEW)
        assert (saved.status_code, saved.json()["owner"]["name"]) == (201, "Clara")
        assert (await names(clara), await names(berta), await names(clara, "tasks")) == ([("Stuck", True)], [], [])
        changed = await clara.post("/views", json={**VIEW, "search": "status=incident", "shared": True})
        assert changed.json()["id"] == saved.json()["id"]
        assert await names(berta) == [("Stuck", False)]
        assert (await berta.post("/views", json={**VIEW, "name": "Ähnlich"})).status_code == 201
        assert await names(berta) == [("Stuck", False), ("Ähnlich", True)]
        assert (await clara.delete(f"/views/{saved.json()['id']}")).status_code == 204
        assert await names(clara) == []


async def test_only_an_administrator_removes_somebody_elses(engine: Engine) -> None:
    async with caller(engine, "clara") as clara, caller(engine, "sven") as sven:
        own = (await clara.post("/views", json=VIEW)).json()["id"]
        shared = (await clara.post("/views", json={**VIEW, "name": "All", "shared": True})).json()["id"]
        assert (await sven.delete(f"/views/{own}")).status_code == 404
        assert (await sven.delete(f"/views/{shared}")).json()["code"] == "permission_missing"
        await grant(engine.database, "sven", "admin")
        assert (await sven.delete(f"/views/{shared}")).status_code == 204
        assert (await sven.delete(f"/views/{own}")).status_code == 404


async def test_another_tenant_sees_none_and_odd_ones_are_refused(engine: Engine) -> None:
    await populate(engine.database, "other")
    async with caller(engine, "clara") as clara, caller(engine, "clara", tenant="other") as other:
        view = (await clara.post("/views", json={**VIEW, "shared": True})).json()["id"]
        assert await names(other) == []
        assert (await other.delete(f"/views/{view}")).status_code == 404
        for wrong in (
            {"name": " "},
            {"name": "x" * 81},
            {"search": "a b"},
            {"search": "?x=1"},
            {"search": "x=1#y"},
            {"screen": "../x"},
            {"owner": "berta"},
        ):
            assert (await clara.post("/views", json={**VIEW, **wrong})).status_code == 422, wrong
        for number in range(MOST_VIEWS - 1):
            assert (await clara.post("/views", json={**VIEW, "name": f"view {number}"})).status_code == 201
        assert (await clara.post("/views", json={**VIEW, "name": "one more"})).json()["code"] == "too_many_views"

"""People over HTTP."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.workforce import in_charge, task_asked

MISSING = "00000000-0000-4000-8000-000000000000"
REFUSED: list[tuple[str, str, str, Any, int, str]] = [
    ("clara", "GET", "/people", None, 403, "people.read"),
    ("clara", "GET", "/people/berta", None, 403, "people.read"),
    ("clara", "PUT", "/people/berta/profile", {"seen": 0, "reason": "x"}, 403, "people.manage"),
    ("clara", "POST", "/people/berta/offboard", {"reason": "x"}, 403, "people.manage"),
    ("clara", "GET", f"/people/who/{MISSING}", None, 403, "people.read"),
    ("sven", "GET", f"/people/who/{MISSING}", None, 404, MISSING),
    ("sven", "GET", "/people/ghost", None, 404, "ghost"),
    ("sven", "POST", f"/absences/{MISSING}/end", None, 404, MISSING),
    ("sven", "PUT", "/people/berta/profile", {"seen": 0, "reason": " "}, 422, "reason"),
    ("sven", "PUT", "/people/berta/profile", {"seen": 0, "reason": "x", "zone": "Mars"}, 422, "zone"),
    ("sven", "PUT", "/people/berta/profile", {"seen": 0, "reason": "x", "calendar": "moon"}, 422, "calendar"),
    ("sven", "PUT", "/people/berta/profile", {"seen": 0, "reason": "x", "skills": {"a\0b": 1}}, 422, "NUL"),
    ("sven", "PUT", "/people/berta/profile", {"seen": 0, "reason": "x", "open_limit": "9"}, 422, "open_limit"),
    ("sven", "PUT", "/teams/A", {"roles": [], "members": [], "reason": "x"}, 422, "lower case"),
    ("sven", "PUT", "/teams/a", {"roles": [], "members": [], "reason": "x", "strategy": "sticky"}, 422, "strategy"),
    ("sven", "POST", "/people/berta/reassign", None, 409, "person_not_absent"),
]


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who looks after the people."""
    await in_charge(engine)
    return engine


async def test_people_are_set_shown_and_offboarded(engine: Engine) -> None:
    task = await task_asked(engine)
    today = engine.clock().astimezone(ZoneInfo("Europe/Vienna")).date().isoformat()  # as where berta is
    async with caller(engine, "sven") as sven:
        body = {"seen": 0, "reason": "new", "zone": "Europe/Vienna", "skills": {"tax": 3}, "manager": "emil"}
        set_ = await sven.put("/people/berta/profile", json=body)
        assert (set_.status_code, set_.json()["profile"]["skills"]) == (200, {"tax": 3}), set_.text
        again = await sven.put("/people/berta/profile", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "profile_changed")
        form = {"roles": ["approver"], "members": ["berta", "dora"], "strategy": "round_robin", "reason": "new"}
        assert (await sven.put("/teams/invoices", json=form)).json()["members"] == ["acme-berta", "acme-dora"]
        assert [one["name"] for one in (await sven.get("/teams")).json()["teams"]] == ["invoices"]
        away = {"first_day": today, "last_day": today, "reason": "holiday", "substitute": "dora", "reassign": True}
        noted = await sven.post("/people/berta/absences", json=away)
        assert noted.status_code == 201, noted.text
        [handed] = noted.json()["tasks"]["handed"]
        assert handed["assignment"]["text"] == "Dora, who stands in for Berta."
        shown = (await sven.get(f"/tasks/{task.id}")).json()["assignment"]
        assert shown == handed["assignment"]
        assert {one["name"]: one["reason"] for one in shown["left_out"]}["Berta"] == "absent"
        would = (await sven.get(f"/people/who/{task.id}")).json()
        assert (would["assignee"], would["assignment"]["to"]) == ("acme-dora", "acme-dora")
        ended = await sven.post(f"/absences/{noted.json()['absence']['id']}/end")
        assert ended.json()["ended_at"] is not None
        report = await sven.post("/people/dora/offboard", json={"reason": "end of contract"})
        assert (report.status_code, report.json()["revoked"]) == (200, {"keys": 1, "sessions": 0}), report.text
        assert [one["assignment"]["to"] for one in report.json()["tasks"]["handed"]] == ["acme-berta"]
        people = {one["login"]: one for one in (await sven.get("/people")).json()["people"]}
    assert (people["dora"]["active"], people["berta"]["open_tasks"]) == (False, 1)
    async with caller(engine, "dora") as dora:
        assert (await dora.get("/tasks")).status_code == 401


async def test_what_cannot_be_meant_is_refused(engine: Engine) -> None:
    answers = [await answered(engine, *row) for row in REFUSED]
    assert [found for found in answers if not found[1]] == []


async def answered(
    engine: Engine, login: str, method: str, path: str, body: Any, status: int, told: str
) -> tuple[str, bool]:
    """The answer, and whether it is that status and tells that."""
    async with caller(engine, login) as client:
        answer = await client.request(method, path, json=body)
    return f"{method} {path}: {answer.text}", answer.status_code == status and told in answer.text


async def test_everybody_sees_and_may_note_away_themselves(engine: Engine) -> None:
    today = engine.clock().date().isoformat()
    async with caller(engine, "berta") as berta:
        away = {"first_day": today, "last_day": today, "reason": "holiday"}
        noted = await berta.post("/people/berta/absences", json=away)
        assert (noted.status_code, noted.json()["tasks"]) == (201, None)
        assert (await berta.get("/people/berta")).json()["absent"] is True
        other = await berta.post("/people/dora/absences", json=away)
    assert (other.status_code, other.json()["code"]) == (403, "permission_missing")

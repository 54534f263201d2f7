"""Versions over HTTP: which there are, rehearsal, and moving cases."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from graphs.versions import VersionDesk
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.toy import toy_definition
from tests.support.versions import second

ORDER = {"source": "toy@1", "target": "toy@2", "reason": "the limit rose"}


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """toy@1 and toy@2, and a supervisor who may move cases."""
    await grant(engine.database, "sven", "process.migrate")
    return engine


async def test_versions_are_listed_with_the_cases_that_need_them(engine: Engine) -> None:
    await engine.asking()
    engine.definitions = (toy_definition(), second())
    async with caller(engine, "clara") as clara:
        first, new = (await clara.get("/processes/versions")).json()["versions"]
    assert (first["name"], first["version"], first["live"], first["drained"]) == ("toy", 1, {"waiting": 1}, False)
    assert (new["version"], new["digest"], new["live"], new["drained"]) == (2, second().digest, {}, True)
    assert first["registered"]
    assert new["registered"]


async def test_a_version_that_cases_need_and_nobody_registered_is_named(engine: Engine) -> None:
    await engine.asking()
    engine.definitions = (second(),)
    with capture_logs() as logs:
        missing = await VersionDesk(services=engine.services).report_missing()
    assert [state.reference for state in missing] == ["toy@1"]
    [entry] = [log for log in logs if log["event"] == "process.missing"]
    assert (entry["process"], entry["live"], entry["why"]) == ("toy@1", 1, "not registered")
    async with caller(engine, "clara") as clara:
        versions = (await clara.get("/processes/versions")).json()["versions"]
    assert [(v["version"], v["registered"]) for v in versions] == [(1, False), (2, True)]


async def test_a_version_changed_without_a_new_number_is_named_as_such(engine: Engine) -> None:
    await engine.asking()
    engine.definitions = (toy_definition(write_name="write_down"),)
    with capture_logs() as logs:
        await VersionDesk(services=engine.services).report_missing()
    [why] = [log["why"] for log in logs if log["event"] == "process.missing"]
    assert why == "changed without a new version"


async def test_a_rehearsal_is_told_by_case(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    engine.definitions = (toy_definition(), second(approve={"editable": ()}))
    async with caller(engine, "clara") as clara:
        answered = (await clara.post("/processes/toy@2/rehearsal", json={})).json()
    assert answered["process"] == "toy@2"
    assert answered["counts"] == {"fits": 0, "diverges": 0, "stuck": 1, "unreadable": 0}
    [case] = answered["cases"]
    assert (case["case"], case["fit"], case["stands_at"]) == (case_id, "stuck", "approve")
    assert answered["next"] is None


async def test_cases_are_moved_and_a_dry_run_moves_none(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    engine.definitions = (toy_definition(), second())
    body = {**ORDER, "cases": [case_id]}
    async with caller(engine, "sven") as sven:
        dry = await sven.post("/processes/migrations", json={**body, "dry_run": True})
        assert (await engine.case(case_id)).version == 1
        moved = await sven.post("/processes/migrations", json=body)
    assert (dry.json()["dry_run"], dry.json()["cases"][0]["moved"]) == (True, True)
    assert moved.json()["cases"][0]["lapsed"] != []
    assert (await engine.case(case_id)).version == 2


@pytest.mark.parametrize(
    ("login", "changes", "status", "code"),
    [
        ("clara", {}, 403, "permission_missing"),
        ("sven", {"target": "toy@9"}, 404, "not_found"),
        ("sven", {"reason": " "}, 422, "invalid"),
        ("sven", {"mapping": {"approve": "nowhere"}}, 422, "invalid"),
        ("sven", {"cases": []}, 422, "invalid_request"),
    ],
)
async def test_an_order_that_cannot_be_followed_is_refused(
    engine: Engine, login: str, changes: dict[str, object], status: int, code: str
) -> None:
    engine.definitions = (toy_definition(), second())
    async with caller(engine, login) as who:
        refused = await who.post("/processes/migrations", json={**ORDER, "cases": ["x"], **changes})
    assert (refused.status_code, refused.json()["code"]) == (status, code)

"""Evaluation runs over HTTP: those that `interlock evals run` made in the data folder of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col

from api import evaluation
from api.app import create_app
from api.cli.evals import run as run_command
from api.data_folder import DataFolder
from evals.run_shelf import RunShelf
from graphs.store.people_tables import Role
from tests.support.api import BASE_URL, caller, grant, key_of
from tests.support.engine import Engine
from tests.unit.test_evaluation_runs import kept, result


@pytest.fixture
async def sven(engine: Engine, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    await grant(engine.database, "sven", "evaluation.read")
    app = create_app(engine.services, runs=RunShelf(folder=tmp_path / "runs"))
    headers = {"Authorization": f"Bearer {key_of('sven')}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=headers) as client:
        yield client


async def test_runs_are_listed_page_by_page_and_one_is_shown_beside_the_run_before(
    sven: httpx.AsyncClient, tmp_path: Path
) -> None:
    shelf = RunShelf(folder=tmp_path / "runs")
    assert (await sven.get("/evaluations/runs")).json() == {"runs": [], "next": None}
    first, second = kept(shelf, result("one")), kept(shelf, result("one", "two"), minutes=1)
    page = (await sven.get("/evaluations/runs", params={"limit": 1})).json()
    rest = (await sven.get("/evaluations/runs", params={"limit": 1, "cursor": page["next"]})).json()
    shown = (await sven.get(f"/evaluations/runs/{second.brief.id}")).json()
    assert [run["id"] for run in page["runs"] + rest["runs"]] == [second.brief.id, first.brief.id]
    assert rest["next"] is None
    assert [(case["name"], case["newly"]) for case in shown["failing"]] == [("two", True), ("one", False)]
    assert shown["before"]["id"] == first.brief.id
    [figure] = shown["figures"]
    assert (figure["shown"], figure["before_shown"], figure["baseline_shown"]) == ("33.3 %", "66.7 %", "100.0 %")


def made_of(task_id: str, tmp_path: Path) -> str:
    """A run whose failing example was made of the task; the run's id."""
    found, changed = result("one"), {"name": f"task_{task_id.replace('-', '')}", "input": '{"fields": {"total": 12}}'}
    cases = tuple(case.model_copy(update=changed) if case.name == "one" else case for case in found.cases)
    return kept(RunShelf(folder=tmp_path / "runs"), found.model_copy(update={"cases": cases})).brief.id


async def test_an_example_that_was_made_of_a_task_leads_to_its_case(
    engine: Engine, sven: httpx.AsyncClient, tmp_path: Path
) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    shown = (await sven.get(f"/evaluations/runs/{made_of(task.id, tmp_path)}")).json()["failing"][0]
    assert (shown["task"], shown["case"]) == (task.id, {"id": case.id, "title": case.title})
    assert (shown["input"], shown["withheld"]) == ('{"fields": {"total": 12}}', False)


async def test_what_was_made_of_a_case_is_withheld_from_whoever_may_not_read_it(
    engine: Engine, sven: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Also where the task is of another installation, and so of nobody here."""
    task = await engine.task_of((await engine.asking()).id)
    elsewhere = (await sven.get(f"/evaluations/runs/{made_of(str(uuid4()), tmp_path)}")).json()["failing"][0]
    await forbid(engine, "supervisor", "case.read")
    refused = (await sven.get(f"/evaluations/runs/{made_of(task.id, tmp_path)}")).json()["failing"][0]
    for shown in (elsewhere, refused):
        assert (shown["task"], shown["case"], shown["input"], shown["withheld"]) == (None, None, "", True)


async def forbid(engine: Engine, role: str, permission: str) -> None:
    """The role does not allow it any more."""
    async with engine.database.unit_of_work("acme") as unit:
        row = (await unit.session.execute(select(Role).where(col(Role.name) == role))).scalar_one()
        row.permissions = [one for one in row.permissions if one != permission]
        unit.session.add(row)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/evaluations/runs/20261129T120000000000-rules-00000000", 404, "not_found"),
        ("/evaluations/runs/..%2Fx", 404, "not_found"),
        ("/evaluations/runs/x", 422, "invalid_request"),
        ("/evaluations/runs?cursor=x", 422, "invalid_request"),
        ("/evaluations/runs?suite=../x", 422, "invalid_request"),
    ],
)
async def test_what_is_not_there_is_refused_by_name(sven: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await sven.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_may_not_see_them_and_a_server_without_runs_say_so(engine: Engine) -> None:
    async with caller(engine, "clara") as clara:
        unseen = await clara.get("/evaluations/runs")
    await grant(engine.database, "sven", "evaluation.read")
    async with caller(engine, "sven") as sven:
        without = await sven.get("/evaluations/runs")
    app = create_app(engine.services, runs=RunShelf(folder=Path("absent")))
    headers = {"Authorization": f"Bearer {key_of('clara')}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=headers) as client:
        refused = await client.get("/evaluations/runs")
    assert (unseen.status_code, unseen.json()["code"]) == (403, "permission_missing")
    assert (without.status_code, without.json()["code"]) == (404, "no_evaluation_runs")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


def test_the_command_keeps_what_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_DATA_DIR", str(tmp_path))
    run_command("cost.supplier_mail", None, 1, "baseline", False, None, None, False, None, None, True)
    [brief] = RunShelf(folder=DataFolder(path=tmp_path).evaluation_runs).listed(limit=5)
    assert (brief.suite, brief.against, brief.passed) == ("cost.supplier_mail", "baseline", True)
    assert brief.seconds > 0
    assert brief.suite in evaluation.suites()

"""The list of cases: what it finds, page by page, and that no question reads all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from graphs.store import case_list
from graphs.store.case_list import CaseList, case_query
from graphs.store.case_search import EVERY_CASE, CaseOrder, CaseSearch, WaitingFor
from graphs.store.inbox_tabs import Place
from tests.conftest import TestDatabase
from tests.support.api import caller, grant
from tests.support.case_desk import suspend
from tests.support.engine import Engine
from tests.support.many_cases import fill_cases
from tests.support.plans import plan_of

BULK = 3000


async def ids(engine: Engine, search: CaseSearch = EVERY_CASE, order: CaseOrder = CaseOrder.NEWEST) -> list[str]:
    """What is found, through all pages."""
    found: list[str] = []
    after: Place | None = None
    while True:
        async with engine.database.unit_of_work("acme") as unit:
            page = await CaseList(unit.session, "acme").page(search, order, after=after, limit=200, now=engine.clock())
        found += [case.id for case in page.cases]
        if page.ended is None:
            return found
        after = page.ended


@pytest.fixture
async def crowded(engine: Engine, own_database: TestDatabase) -> Engine:
    """Three thousand cases."""
    fill_cases(own_database.owner_url, BULK, assignee="acme-berta")
    return engine


SEARCHES: dict[str, tuple[CaseSearch, str]] = {
    "status": (CaseSearch(status=("incident",)), "status = 'incident'"),
    "statuses": (CaseSearch(status=("incident", "suspended")), "status IN ('incident', 'suspended')"),
    "ended": (CaseSearch(status=("done",)), "status = 'done'"),
    "process": (CaseSearch(process="rare"), "process = 'rare'"),
    "stage": (CaseSearch(stage="intake"), "stage = 'intake'"),
    "step": (CaseSearch(step="approve"), "status = 'waiting' AND right(id, 1) <> '6'"),
    "words": (CaseSearch(words=("supplier 9", "R-29")), "title LIKE 'R-29%' AND title ILIKE '%supplier 9%'"),
    "id": (CaseSearch(words=("C0000012",)), "id = 'c0000012'"),
    "wild": (CaseSearch(words=("%",)), "false"),
    "person": (CaseSearch(waiting=WaitingFor.PERSON), "status = 'waiting' AND right(id, 1) NOT IN ('3', '6')"),
    "task": (CaseSearch(waiting=WaitingFor.TASK), "status = 'waiting' AND right(id, 1) = '3'"),
    "message": (CaseSearch(waiting=WaitingFor.MESSAGE), "status = 'waiting' AND right(id, 1) = '6'"),
    "timer": (CaseSearch(waiting=WaitingFor.TIMER), "false"),
    "owner": (CaseSearch(owner="acme-berta"), "status = 'waiting' AND right(id, 1) NOT IN ('3', '6')"),
    "nobody": (CaseSearch(owner="acme-emil"), "false"),
}


async def expected(engine: Engine, condition: str) -> list[str]:
    query = f"SELECT id FROM cases WHERE tenant = 'acme' AND {condition} ORDER BY created_at DESC, id DESC"
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(text(query.replace("%", "%")))).scalars())


async def test_every_question_finds_what_a_scan_would_find_in_order(
    crowded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A small window, so that pages end in the middle of what is looked through.
    monkeypatch.setattr(case_list, "LOOKED_THROUGH", 271)
    for name, (search, condition) in SEARCHES.items():
        wanted = await expected(crowded, condition)
        assert await ids(crowded, search) == wanted, name
        assert sorted(await ids(crowded, search, CaseOrder.OLDEST)) == sorted(wanted), name
    oldest = await ids(crowded, order=CaseOrder.OLDEST)
    assert oldest == list(reversed(await ids(crowded)))
    assert len(oldest) == BULK


async def test_by_deadline_each_case_stands_once_where_its_nearest_deadline_is(
    crowded: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_list, "LOOKED_THROUGH", 271)
    due = "SELECT case_id FROM tasks WHERE status = 'open' ORDER BY deadline_at, case_id"
    async with crowded.database.unit_of_work("acme") as unit:
        wanted = list((await unit.session.execute(text(due))).scalars())
    assert await ids(crowded, order=CaseOrder.DEADLINE) == wanted
    soon = crowded.clock() + timedelta(days=3, minutes=1)
    before = await ids(crowded, CaseSearch(due_before=soon), CaseOrder.DEADLINE)
    assert before == wanted[: len(before)]
    assert 0 < len(before) < len(wanted)
    assert set(await ids(crowded, CaseSearch(due_before=soon))) == set(before)


async def plan(engine: Engine, search: CaseSearch, order: CaseOrder, after: Place | None) -> str:
    query, values = case_query("acme", search, order, after=after, limit=51, now=engine.clock())
    return await plan_of(engine.database, query.text, values, without=())


async def test_no_question_scans_the_cases(crowded: Engine) -> None:
    place = Place(at=crowded.clock() - timedelta(days=1), id="c0001440")
    for name, (search, _) in SEARCHES.items():
        for order in CaseOrder:
            for after in (None, place):
                found = await plan(crowded, search, order, after)
                assert "Seq Scan on cases" not in found, (name, order, found)
    for order, index in ((CaseOrder.NEWEST, "Backward using cases_by_age"), (CaseOrder.OLDEST, "using cases_by_age")):
        for after in (None, place):
            found = await plan(crowded, EVERY_CASE, order, after)
            assert f"Scan {index}" in found.replace("Only ", ""), found
            assert "rows=3000" not in found, found
    assert "using cases_by_status" in (await plan(crowded, CaseSearch(status=("incident",)), CaseOrder.NEWEST, None))


async def test_what_comes_in_while_somebody_turns_pages_moves_nothing(crowded: Engine) -> None:
    wanted = await ids(crowded)
    first = await page(crowded, limit=100)
    await crowded.start()
    second = await page(crowded, limit=100, cursor=first["next"])
    assert [case["id"] for case in [*first["cases"], *second["cases"]]] == wanted[:200]


async def page(engine: Engine, login: str = "clara", **query: Any) -> dict[str, Any]:
    async with caller(engine, login) as client:
        answer = await client.get("/cases", params=query)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_row_says_what_the_case_waits_for_who_has_it_and_when_it_is_due(engine: Engine) -> None:
    case = await engine.asking()
    task = await engine.task_of(case.id)
    [row] = (await page(engine, status=["waiting", "incident"]))["cases"]
    assert (row["stands_at"], row["waits"][0]["kind"], row["waits"][0]["who"]["name"]) == (task.step, "task", "Berta")
    assert row["due_at"] == row["waits"][0]["until"] == task.deadline_at.isoformat().replace("+00:00", "Z")
    assert row["started_by"] == {"id": "acme-clara", "name": "Clara"}
    mine = await page(engine, "berta", owner="me")
    assert [one["id"] for one in mine["cases"]] == [case.id]
    assert (await page(engine, "clara", owner="me"))["cases"] == []
    await grant(engine.database, "sven", "case.suspend")
    await suspend(engine, case.id)
    [halted] = (await page(engine, status="suspended"))["cases"]
    assert halted["due_at"] is None
    assert (await page(engine, order="deadline"))["cases"] == []


async def test_counts_stop_at_a_thousand(crowded: Engine) -> None:
    async with caller(crowded) as clara:
        every = (await clara.get("/cases/counts")).json()
        few = (await clara.get("/cases/counts", params={"status": "suspended", "words": "supplier"})).json()
    assert (every["found"], every["more"], every["by_status"]["done"]) == (1000, True, 1000)
    assert (few["found"], few["more"], few["by_status"]["suspended"]) == (30, False, 30)


async def test_another_tenants_cases_and_odd_input_find_nothing(crowded: Engine) -> None:
    async with caller(crowded) as clara:
        for query in ({"words": "%_\\!' OR 1=1"}, {"owner": "other-clara"}, {"process": "x' --"}, {"step": "a/b%"}):
            answer = await clara.get("/cases", params=query)
            assert (answer.status_code, answer.json()["cases"]) == (200, []), query
        refused = [{"status": "gone"}, {"order": "random"}, {"cursor": "x"}, {"limit": 0}, {"due_before": "tomorrow"}]
        for query in refused:
            assert (await clara.get("/cases", params=query)).status_code == 422, query

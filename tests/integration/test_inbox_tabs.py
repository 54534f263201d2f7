"""The tabs of an inbox: what is in them, page by page, without a scan of ten thousand tasks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

from graphs.store.inbox_tabs import EVERYTHING, InboxTabs, Place, Tab, TaskSearch, Viewer, tab_query
from graphs.store.tables import Task
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.full_inbox import fill
from tests.support.people import actor
from tests.support.plans import plan_of
from tests.support.working import hands

BERTA = Viewer(tenant="acme", user_id="acme-berta", roles=("approver",))
DORA = Viewer(tenant="acme", user_id="acme-dora", roles=("ap_clerk", "approver"))
SVEN = Viewer(tenant="acme", user_id="acme-sven", roles=None)


async def page(
    engine: Engine,
    viewer: Viewer,
    tab: Tab,
    search: TaskSearch = EVERYTHING,
    *,
    after: Place | None = None,
    limit: int = 50,
) -> list[Task]:
    async with engine.database.unit_of_work("acme") as unit:
        found = await InboxTabs(unit.session).page(viewer, tab, search, after=after, limit=limit, now=engine.clock())
        return list(found)


async def through(engine: Engine, viewer: Viewer, tab: Tab, *, limit: int) -> AsyncIterator[list[Task]]:
    """Page after page."""
    after: Place | None = None
    while found := await page(engine, viewer, tab, after=after, limit=limit):
        yield found
        last = found[-1]
        at = last.decided_at if tab is Tab.DONE else last.deadline_at
        assert at is not None
        after = Place(at=at, id=last.id)


async def test_a_task_stands_in_the_tab_of_each_who_has_to_do_with_it(engine: Engine) -> None:
    task = await engine.task_of((await engine.asking()).id)
    berta, dora = await actor(engine.database, "berta"), await actor(engine.database, "dora")

    async def seen(viewer: Viewer) -> list[str]:
        async with engine.database.unit_of_work("acme") as unit:
            counts = await InboxTabs(unit.session).counts(viewer, now=engine.clock())
        shown = {tab.value for tab in Tab if [one.id for one in await page(engine, viewer, tab)] == [task.id]}
        assert shown == {tab.value for tab, number in counts.items() if number == 1}
        return sorted(shown)

    assert [await seen(viewer) for viewer in (BERTA, DORA, SVEN)] == [["mine"], ["team"], ["team"]]
    await engine.desk.claim(berta, task.id)
    await hands(engine).release(berta, task.id)
    assert [await seen(viewer) for viewer in (BERTA, DORA, SVEN)] == [["unassigned"]] * 3
    await engine.desk.claim(berta, task.id)
    await hands(engine).delegate(berta, task.id, "dora")
    assert [await seen(viewer) for viewer in (BERTA, DORA, SVEN)] == [["delegated", "team"], ["mine"], ["team"]]
    await engine.desk.answer(dora, task.id, Answer(decision="approve"))
    assert [await seen(viewer) for viewer in (BERTA, DORA, SVEN)] == [[], ["done"], []]
    assert await seen(Viewer(tenant="acme", user_id="acme-clara", roles=("clerk",))) == []


async def test_what_comes_in_or_goes_while_somebody_turns_pages_moves_nothing(
    engine: Engine, own_database: TestDatabase
) -> None:
    case = await engine.asking()
    fill(own_database.owner_url, case.id)
    expected = [task.id for task in await page(engine, BERTA, Tab.MINE, limit=200)]
    pages = []
    async for found in through(engine, BERTA, Tab.MINE, limit=60):
        pages.append([task.id for task in found])
        await engine.asking()  # comes in between
        async with engine.database.unit_of_work("acme") as unit:
            await unit.inbox.withdraw((await engine.asking()).id, now=engine.clock())
    turned = [task_id for one in pages for task_id in one]
    assert [task_id for task_id in turned if task_id in set(expected)] == expected
    assert len(turned) == len(set(turned))
    done = [task.decided_at async for one in through(engine, BERTA, Tab.DONE, limit=200) for task in one[:200]][:400]
    assert done == sorted(done, key=lambda at: at.timestamp() if at else 0, reverse=True)


SEARCHES = {
    "overdue": TaskSearch(overdue=True),
    "role": TaskSearch(role="approver"),
    "words": TaskSearch(words=("supplier", "R-4")),
}
INDEXES = {
    Tab.MINE: "inbox_of_person",
    Tab.TEAM: "inbox_of_role",
    Tab.UNASSIGNED: "inbox_unassigned",
    Tab.DELEGATED: "inbox_delegated",
    Tab.DONE: "tasks_done",
}


async def test_no_tab_scans_or_sorts_ten_thousand_tasks(engine: Engine, own_database: TestDatabase) -> None:
    fill(own_database.owner_url, (await engine.asking()).id)
    now = engine.clock()
    place = Place(at=now + timedelta(hours=3), id="000400")
    for tab, index in INDEXES.items():
        for after in (None, place):
            query = tab_query(BERTA, tab, EVERYTHING, after=after, limit=50, now=now)
            assert query is not None
            plan = await plan_of(engine.database, query, without=())
            assert re.search(rf"Index Scan (Backward )?using {index} on tasks", plan), (tab, plan)
            assert "Sort" not in plan, plan
    for name in ("overdue", "words", "role"):
        for viewer in (BERTA, DORA, SVEN):
            for tab in INDEXES:
                query = tab_query(viewer, tab, SEARCHES[name], after=None, limit=50, now=now)
                assert query is not None
                if name == "words" and viewer is SVEN:
                    continue  # all that is open has to be read: whether by an index is for PostgreSQL to say
                assert "Seq Scan on tasks" not in await plan_of(engine.database, query, without=())
    for viewer in (DORA, SVEN):
        for tab in INDEXES:
            query = tab_query(viewer, tab, EVERYTHING, after=place, limit=50, now=now)
            assert query is not None
            assert "Seq Scan on tasks" not in await plan_of(engine.database, query, without=())


async def test_a_page_never_reads_how_its_tasks_were_given_to_somebody(engine: Engine) -> None:
    await engine.asking()
    for viewer, tab in ((BERTA, Tab.MINE), (DORA, Tab.TEAM), (SVEN, Tab.TEAM)):
        query = tab_query(viewer, tab, EVERYTHING, after=None, limit=50, now=engine.clock())
        assert query is not None
        assert "tasks.assignment" not in str(query.compile())
        assert len(await page(engine, viewer, tab)) == 1


FOUND: list[tuple[TaskSearch, list[str]]] = [
    (TaskSearch(words=("R-41,", "supplier")), ["000041"]),
    (TaskSearch(words=("r-41",), role="approver"), ["000041", "004121", "004161"]),
    (TaskSearch(words=("100%",)), []),
    (TaskSearch(words=("R_41",)), []),
    (TaskSearch(overdue=True), ["000001", "000041", "000081", "000121", "000161"]),
    (TaskSearch(role="ap_clerk"), []),
    (TaskSearch(case_id="00000000-0000-4000-8000-000000000000"), []),
]


async def test_a_search_finds_what_it_names(engine: Engine, own_database: TestDatabase) -> None:
    fill(own_database.owner_url, (await engine.asking()).id)
    for search, found in FOUND:
        assert [task.id for task in await page(engine, BERTA, Tab.MINE, search)] == found, search
    soon = TaskSearch(due_before=engine.clock() - timedelta(hours=3))
    assert [task.id for task in await page(engine, BERTA, Tab.MINE, soon)] == ["000001", "000041", "000081"]

"""An approval is bound to what was seen: whatever of it changes before the effect, nothing happens; it is asked anew.

Against the real engine, with its database, for any set of changes at any of two moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphs.compaction import kept_case
from graphs.migration import MigrationDesk, Order
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.store.database import Database
from graphs.store.retention_tables import CompactedRows
from graphs.store.tables import Task
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.engine import LARGE, Engine
from tests.support.mutable import MUTATIONS, OtherNotebook, Proposal
from tests.support.people import actor, populate
from tests.support.retention import compacted
from tests.support.toy import AmountReader, Notebook, toy_rulebook
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.errors import Transient

APPROVE = Answer(decision="approve")
LAWFUL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Office(Engine):
    """The engine with a second tool, and a proposal that can be changed."""

    proposal: Proposal
    other: OtherNotebook

    @property
    def services(self) -> Services:
        catalog = Catalog([self.reader, self.notebook, self.other])
        return replace(super().services, catalogs=lambda tenant: catalog)

    @property
    def written(self) -> int:
        """How many lines both targets have."""
        return len(self.notebook.written) + len(self.other.written)


def office(database: Database, urls: TestDatabase) -> Office:
    """A fresh office on the test's database."""
    proposal = Proposal()
    made = Office(
        database=database,
        url=urls.app_url,
        reader=AmountReader(LARGE),
        notebook=Notebook(),
        definitions=(proposal.definition(),),
    )
    made.proposal, made.other = proposal, OtherNotebook()
    return made


async def change(engine: Office, case_id: str, mutations: Iterable[str]) -> None:
    """Change what the mutations name; a new version by moving the case to it."""
    for name in mutations:
        for attribute, value in MUTATIONS[name][0].items():
            setattr(engine.proposal, attribute, value)
    engine.rulebook = toy_rulebook(engine.proposal.pack)
    if engine.proposal.version == 2:
        old: tuple[ProcessDefinition, ...] = engine.definitions
        engine.definitions = (*old, engine.proposal.definition())
        order = Order(source="toy@1", target="toy@2", names={}, reason="a test", only_fitting=False)
        [moved] = await MigrationDesk(services=engine.services).migrate(
            await actor(engine.database, "sven"), order, [case_id]
        )
        assert moved.moved, moved.why


async def approved_then_changed(engine: Office, mutations: Iterable[str], *, late: bool) -> str:
    """A case that was approved and then changed: before it is judged again, or `late`, after a call that failed."""
    case_id = (await engine.asking()).id
    await engine.answer(case_id, "berta", APPROVE)
    if late:
        engine.notebook.faults = [Transient("busy", tool="toy.write")]
        assert (await engine.advance(case_id)).status == "running"
    await change(engine, case_id, mutations)
    await engine.advance(case_id)
    return case_id


def shown(task: Task) -> set[str]:
    return {str(item["field"]) for item in task.changes or ()}


def run(urls: TestDatabase, law: Any) -> None:
    """Run the law with a database of its own loop."""

    async def opened() -> None:
        database = Database(urls.app_url, clock=utc_now, pool=3)
        try:
            await law(office(database, urls))
        finally:
            await database.close()

    asyncio.run(opened())


@pytest.fixture
def peopled(own_database: TestDatabase) -> TestDatabase:
    """A database with people, made outside the test's own loop."""

    async def fill() -> None:
        database = Database(own_database.app_url, clock=utc_now)
        await populate(database)
        await grant(database, "sven", "process.migrate")
        await database.close()

    with ThreadPoolExecutor(1) as outside:
        outside.submit(asyncio.run, fill()).result()
    return own_database


@LAWFUL
@given(mutations=st.sets(st.sampled_from(sorted(MUTATIONS)), min_size=1), late=st.booleans())
@example(mutations={"version"}, late=True)
@example(mutations=set(MUTATIONS), late=True)
@example(mutations=set(MUTATIONS) - {"version"}, late=False)
def test_whatever_changes_after_the_approval_nothing_happens_and_the_change_is_shown(
    peopled: TestDatabase, mutations: set[str], late: bool
) -> None:
    # A case with an answer that is not applied yet cannot be moved to another version: only a late one can.
    changed = mutations if late else mutations - {"version"}

    async def law(engine: Office) -> None:
        case_id = await approved_then_changed(engine, changed, late=late)
        if not changed:
            assert engine.written == 1
            return
        case, task = await engine.case(case_id), await engine.task_of(case_id)
        assert (case.status, engine.written, task.visit) == ("waiting", 0, 2)
        assert shown(task) == set[str]().union(*(MUTATIONS[name][1] for name in changed))
        await engine.answer(case_id, "emil", APPROVE)
        assert (await engine.advance(case_id)).status == "done"
        assert engine.written == 1

    run(peopled, law)


@pytest.mark.parametrize("late", [False, True])
def test_what_nobody_changed_is_done_once(peopled: TestDatabase, late: bool) -> None:
    async def law(engine: Office) -> None:
        case_id = await approved_then_changed(engine, (), late=late)
        assert ((await engine.case(case_id)).status, engine.written) == ("done", 1)
        assert "action.lapsed" not in await engine.trail_of(case_id)

    run(peopled, law)


@pytest.mark.parametrize("late", [False, True])
def test_the_difference_is_in_the_task_and_in_the_trail(peopled: TestDatabase, late: bool) -> None:
    async def law(engine: Office) -> None:
        case_id = await approved_then_changed(engine, ("argument", "fact"), late=late)
        expected = [
            {"field": "action.arguments.amount", "old": LARGE, "new": LARGE + 1},
            {"field": "facts.note.amount", "old": LARGE, "new": LARGE + 1},
        ]
        assert (await engine.task_of(case_id)).changes == expected
        async with engine.database.unit_of_work("acme") as unit:
            entries = await unit.audit_log.of_case(case_id)
        kinds = {entry.kind: values["changes"] for entry, values in entries if "changes" in values}
        assert kinds == {"action.judged": expected} | ({"action.lapsed": expected} if late else {})
        assert (await engine.verification()).sound

    run(peopled, law)


def test_what_is_approved_again_and_changed_again_differs_from_the_last_approval(peopled: TestDatabase) -> None:
    async def law(engine: Office) -> None:
        case_id = await approved_then_changed(engine, ("fact",), late=False)
        await engine.answer(case_id, "emil", APPROVE)
        engine.proposal.extra = 7
        await engine.advance(case_id)
        assert shown(await engine.task_of(case_id)) == {"action.arguments.amount"}

    run(peopled, law)


def test_a_compacted_case_still_shows_the_difference(peopled: TestDatabase) -> None:
    async def law(engine: Office) -> None:
        case_id = await approved_then_changed(engine, ("argument",), late=True)
        await engine.answer(case_id, "emil", APPROVE)
        assert (await engine.advance(case_id)).status == "done"
        async with engine.database.unit_of_work("acme") as unit:
            before = [task.changes for task in (await kept_case(unit, case_id)).tasks]
        assert await compacted(engine, case_id) == 1
        async with engine.database.unit_of_work("acme") as unit:
            kept = await unit.session.get(CompactedRows, case_id)
            assert kept is not None
            assert [task for task in kept.tasks if "changes" in task] == []
            assert [task.changes for task in (await kept_case(unit, case_id)).tasks] == before

    run(peopled, law)


def test_a_first_question_shows_no_difference(peopled: TestDatabase) -> None:
    async def law(engine: Office) -> None:
        case_id = (await engine.asking()).id
        assert (await engine.task_of(case_id)).changes is None

    run(peopled, law)

"""Two at once on one task, in both orders and in none: one outcome, and the other is refused with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from graphs.errors import AlreadyAnswered, DutiesConflict
from graphs.store.database import Database
from graphs.store.holding import Holding
from graphs.tasks import Answer
from graphs.tasks.errors import TaskHeld, TaskMoved, TaskWithdrawn
from tests.conftest import TestDatabase
from tests.support.api import grant
from tests.support.case_desk import cancel
from tests.support.dutiful import let
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.queued import one_after_the_other
from tests.support.working import hands, held, row

Act = Callable[[Engine, str], Awaitable[Any]]
Seen = tuple[str, str | None, str | None]
REPEATS, FREE = 2, 4


def claim(by: str) -> Act:
    async def act(engine: Engine, task_id: str) -> object:
        return await engine.desk.claim(await actor(engine.database, by), task_id)

    return act


def approve(by: str = "berta", *, in_place_of: str | None = None) -> Act:
    async def act(engine: Engine, task_id: str) -> object:
        answer = Answer(decision="approve", in_place_of=in_place_of)
        return await engine.desk.answer(await actor(engine.database, by), task_id, answer)

    return act


def delegate(by: str, to: str) -> Act:
    async def act(engine: Engine, task_id: str) -> object:
        return await hands(engine).delegate(await actor(engine.database, by), task_id, to)

    return act


def reassign(by: str, to: str) -> Act:
    async def act(engine: Engine, task_id: str) -> object:
        return await hands(engine).reassign(await actor(engine.database, by), task_id, to, "needed")

    return act


async def release(engine: Engine, task_id: str) -> object:
    return await hands(engine).release(await actor(engine.database, "berta"), task_id)


async def withdraw(engine: Engine, task_id: str) -> object:
    return await cancel(engine, (await row(engine, task_id)).case_id)


async def expire(engine: Engine, task_id: str) -> object:
    """The deadline's timer fires."""
    return await engine.sweep.fire_due()


@dataclass(frozen=True, kw_only=True)
class Race:
    """Two acts on a task. By which came first: how the second ends (None: it is done, too), and how the task stands."""

    one: Act
    other: Act
    taken: bool = True
    one_first: tuple[type[Exception] | None, Seen]
    other_first: tuple[type[Exception] | None, Seen]


ANSWERED: Seen = ("answered", "berta", None)
RACES = {
    "two claims": Race(
        one=claim("berta"),
        other=claim("dora"),
        taken=False,
        one_first=(TaskHeld, ("claimed", "berta", None)),
        other_first=(TaskHeld, ("claimed", "dora", None)),
    ),
    "two approvals": Race(
        one=approve("dora"),
        other=approve("emil"),
        taken=False,
        one_first=(AlreadyAnswered, ANSWERED),
        other_first=(AlreadyAnswered, ANSWERED),
    ),
    "claim against approval": Race(
        one=claim("dora"),
        other=approve("emil"),
        taken=False,
        one_first=(TaskHeld, ("claimed", "dora", None)),
        other_first=(AlreadyAnswered, ANSWERED),
    ),
    "approval against cancellation": Race(
        one=approve(),
        other=withdraw,
        one_first=(None, ANSWERED),
        other_first=(TaskWithdrawn, ("withdrawn", "berta", None)),
    ),
    "approval against delegation": Race(
        one=approve(),
        other=delegate("berta", "dora"),
        one_first=(AlreadyAnswered, ANSWERED),
        other_first=(TaskHeld, ("claimed", "dora", "berta")),
    ),
    "approval against release": Race(
        one=approve(),
        other=release,
        one_first=(AlreadyAnswered, ANSWERED),
        other_first=(TaskMoved, ("open", None, None)),
    ),
    "reassignment against claim": Race(
        one=reassign("sven", "emil"),
        other=claim("dora"),
        taken=False,
        one_first=(TaskHeld, ("claimed", "emil", None)),
        other_first=(TaskHeld, ("claimed", "dora", None)),
    ),
    "reassignment against delegation": Race(
        one=reassign("sven", "emil"),
        other=delegate("berta", "dora"),
        one_first=(TaskHeld, ("claimed", "emil", None)),
        other_first=(TaskHeld, ("claimed", "dora", "berta")),
    ),
}


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    """With a supervisor who may reassign and cancel; the least loaded of those who may approve is Berta."""
    await grant(engine.database, "sven", "task.assign", "case.cancel")
    return engine


@pytest.fixture
async def elsewhere(engine: Engine, own_database: TestDatabase) -> AsyncIterator[Engine]:
    """The same in another process: with connections of its own."""
    database = Database(own_database.app_url, clock=engine.clock)
    yield replace(engine, database=database)
    await database.close()


async def ready(engine: Engine, *, taken: bool) -> str:
    """A task for Berta, who has taken it or not."""
    task = await engine.task_of((await engine.asking()).id)
    if task.assignee_id != "acme-berta":
        async with engine.database.unit_of_work("acme") as unit:
            to = Holding(status="open", assignee_id="acme-berta")
            assert await unit.inbox.hand(task.id, seen=Holding.of(task), to=to, now=engine.clock())
    if taken:
        await engine.desk.claim(await actor(engine.database, "berta"), task.id)
    return task.id


def ended(outcome: Any) -> type[Exception] | None:
    return type(outcome) if isinstance(outcome, Exception) else None


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
async def test_of_two_at_once_one_is_done_and_the_other_is_told_why(
    engine: Engine, elsewhere: Engine, own_database: TestDatabase, race: Race
) -> None:
    for _ in range(REPEATS):
        for acts, (refusal, seen) in (
            ((race.one, race.other), race.one_first),
            ((race.other, race.one), race.other_first),
        ):
            task_id = await ready(engine, taken=race.taken)
            attempts = [acts[0](engine, task_id), acts[1](elsewhere, task_id)]
            first, second = await one_after_the_other(own_database.owner_url, task_id, attempts)
            assert (ended(first), ended(second)) == (None, refusal), second
            assert await held(engine, task_id) == seen
    for _ in range(FREE):
        task_id = await ready(engine, taken=race.taken)
        attempts = [race.one(engine, task_id), race.other(elsewhere, task_id)]
        one, other = await asyncio.gather(*attempts, return_exceptions=True)
        came = (ended(one), ended(other), await held(engine, task_id))
        assert came in {(None, *race.one_first), (race.other_first[0], None, race.other_first[1])}
    assert (await engine.verification()).sound


async def test_what_was_approved_as_its_case_was_cancelled_is_not_carried_out(
    engine: Engine, own_database: TestDatabase
) -> None:
    for acts in ((approve(), withdraw), (withdraw, approve())):
        task_id = await ready(engine, taken=True)
        await one_after_the_other(own_database.owner_url, task_id, [act(engine, task_id) for act in acts])
        case = await engine.advance((await row(engine, task_id)).case_id, times=2)
        assert case.status == "cancelled"
    assert engine.notebook.written == []


@pytest.mark.parametrize("acts", [(approve(), expire), (expire, approve())], ids=["approval first", "expiry first"])
async def test_a_deadline_that_passes_neither_approves_nor_refuses(
    engine: Engine, own_database: TestDatabase, acts: tuple[Act, Act]
) -> None:
    for _ in range(REPEATS):
        engine.clock.ahead = timedelta(0)
        task_id = await ready(engine, taken=True)
        engine.clock.ahead = timedelta(days=4)
        attempts = [act(engine, task_id) for act in acts]
        came = await one_after_the_other(own_database.owner_url, task_id, attempts)
        assert [ended(one) for one in came] == [None, None], came
        task = await row(engine, task_id)
        # A timer waits for nobody: what somebody has at the moment is left to the next look, and answered by then.
        assert (task.status, task.overdue) == ("answered", False)


async def test_a_task_whose_deadline_has_passed_is_overdue_and_can_still_be_answered(engine: Engine) -> None:
    task_id = await ready(engine, taken=True)
    engine.clock.ahead = timedelta(days=4)
    for act in (expire, approve()):
        await act(engine, task_id)
    task = await row(engine, task_id)
    assert (task.status, task.overdue) == ("answered", True)


async def test_who_asked_never_approves_not_in_anothers_place_and_not_at_once_with_another(engine: Engine) -> None:
    await let(engine.database, "emil", "clara", on=engine.clock().date())
    for _ in range(FREE):
        task_id = await ready(engine, taken=False)
        acts = (approve("clara", in_place_of="emil"), approve("dora"))
        came = await asyncio.gather(*(act(engine, task_id) for act in acts), return_exceptions=True)
        assert [ended(one) for one in came] == [DutiesConflict, None]
        assert (await row(engine, task_id)).decided_by == "acme-dora"

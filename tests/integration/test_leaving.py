"""Somebody leaves, or is away: what they have goes to others by the same choice, and what they could do ends."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text

from graphs.errors import AlreadyAnswered, Invalid, NotFound, PermissionMissing
from graphs.routing.people.leaving import NotAbsent
from graphs.store.duty_tables import DelegationRow
from graphs.store.people import Actor
from graphs.store.workforce_tables import AbsenceRow
from graphs.tasks import Answer
from tests.support.dutiful import PAYMENT, SIGNED_CHANGE, asked, let
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.workforce import absent, in_charge, leaving, notices, set_profile, set_team, task_asked, tasks_of


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    """A supervisor who looks after the people."""
    return await in_charge(engine)


async def test_offboarding_hands_everything_over_and_ends_what_they_could_do(engine: Engine, sven: Actor) -> None:
    tasks = [await task_asked(engine) for _ in range(4)]
    await engine.desk.claim(await actor(engine.database, "berta"), tasks[0].id)
    today = engine.clock().date()
    await let(engine.database, "berta", "emil", on=today)
    await let(engine.database, "dora", "berta", on=today)
    flagged = await absent(engine, sven, "dora", substitute="berta", days=(1, 2))
    await set_team(engine, sven, "berta", "dora", "emil", lead="berta")
    await set_profile(engine, sven, "emil", manager="berta")
    found = await leaving(engine).offboard(sven, "berta", reason="end of contract")
    assert [one.assignment["to"] for one in found.handed] == ["acme-dora", "acme-emil"]
    assert found.handed[0].assignment["why"] == {"from": "acme-berta", "because": "who had it has left"}
    assert (found.revoked, len(found.delegations), found.flagged) == ({"keys": 1, "sessions": 0}, 2, [flagged])
    assert (found.leads, found.manages, found.sponsors) == (["invoices"], ["emil"], [])
    assert await tasks_of(engine, "berta") == []
    moved = await engine.task_of(tasks[0].case_id)
    assert (moved.assignee_id, moved.status, moved.claimed_at) == ("acme-dora", "open", None)
    assert await notices(engine) == [("dora", "task.reassigned"), ("emil", "task.reassigned")]
    trail = await engine.trail_of(tasks[0].case_id)
    assert trail[-1] == "task.reassigned"
    async with engine.database.unit_of_work("acme") as unit:
        with pytest.raises(NotFound):
            await unit.people.actor("acme-berta")
        assert await unit.people.user_of_key("key-acme-berta") is None
        ended = (await unit.session.execute(select(DelegationRow.ended_at))).scalars().all()
        [absence] = (await unit.session.execute(select(AbsenceRow))).scalars()
    assert None not in ended
    assert absence.substitute_left_at is not None
    assert (await engine.verification()).sound


async def test_done_again_it_goes_on_where_it_ended(engine: Engine, sven: Actor) -> None:
    task = await task_asked(engine)
    async with engine.database.unit_of_work("acme") as unit:
        # As a worker that died after the first transaction leaves it.
        await unit.session.execute(text("UPDATE users SET active = false WHERE login = 'berta'"))
    again = await leaving(engine).offboard(sven, "berta", reason="end of contract")
    assert [one.task.id for one in again.handed] == [task.id]
    third = await leaving(engine).offboard(sven, "berta", reason="end of contract")
    assert (third.handed, third.revoked) == ([], {"keys": 0, "sessions": 0})


async def test_a_task_that_a_worker_still_gave_to_a_leaver_is_swept_to_others(engine: Engine, sven: Actor) -> None:
    await leaving(engine).offboard(sven, "berta", reason="end of contract")
    task = await task_asked(engine)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE tasks SET assignee_id = 'acme-berta'"))
    assert await engine.sweep.run() >= 1
    assert (await engine.task_of(task.case_id)).assignee_id in {"acme-dora", "acme-emil"}


async def test_what_nobody_could_take_is_open_reported_and_told(engine: Engine, sven: Actor) -> None:
    task = await task_asked(engine)
    for login in ("dora", "emil"):
        await absent(engine, sven, login)
    found = await leaving(engine).offboard(sven, "berta", reason="end of contract")
    assert [one.is_with_nobody for one in found.handed] == [True]
    left = await engine.task_of(task.case_id)
    assert (left.assignee_id, left.status) == (None, "open")
    assert await notices(engine) == [("sven", "task.unassigned")]


async def test_duties_hold_when_a_task_is_handed_over(engine: Engine, sven: Actor) -> None:
    change = await asked(engine, SIGNED_CHANGE)
    await engine.answer(change, "emil", Answer(decision="approve"))
    payment = await asked(engine, PAYMENT)
    task = await engine.task_of(payment)
    assert task.assignee_id in {"acme-berta", "acme-dora"}
    first, second = ("berta", "dora") if task.assignee_id == "acme-berta" else ("dora", "berta")
    await leaving(engine).offboard(sven, first, reason="end of contract")
    assert (await engine.task_of(payment)).assignee_id == f"acme-{second}"
    last = await leaving(engine).offboard(sven, second, reason="end of contract")
    assert [one.is_with_nobody for one in last.handed] == [True]
    assert last.handed[0].assignment["left_out"]["duty"] == ["acme-emil"]


async def test_an_answer_and_a_handover_at_once_have_one_outcome(engine: Engine, sven: Actor) -> None:
    task = await task_asked(engine)
    berta = await actor(engine.database, "berta")
    answer, found = await asyncio.gather(
        engine.desk.answer(berta, task.id, Answer(decision="approve")),
        leaving(engine).offboard(sven, "berta", reason="end of contract"),
        return_exceptions=True,
    )
    assert not isinstance(found, BaseException)
    assert not isinstance(answer, BaseException) or isinstance(answer, AlreadyAnswered)
    async with engine.database.unit_of_work("acme") as unit:
        row = await unit.inbox.get(task.id)
    assert row.status == ("open" if isinstance(answer, BaseException) else "answered")
    assert (await engine.verification()).sound


async def test_who_is_away_hands_over_to_their_substitute_first(engine: Engine, sven: Actor) -> None:
    for _ in range(2):
        await task_asked(engine)
    await task_asked(engine)
    berta = await actor(engine.database, "berta")
    with pytest.raises(NotAbsent):
        await leaving(engine).hand_over_absent(berta, "berta")
    await absent(engine, berta, "berta", substitute="dora")
    [handed] = await leaving(engine).hand_over_absent(berta, "berta")
    assert (handed.assignment["to"], handed.assignment["strategy"]) == ("acme-dora", "substitute")
    assert handed.assignment["in_place_of"] == "acme-berta"
    assert await notices(engine) == [("dora", "task.reassigned")]


async def test_what_nobody_else_may_take_stays_with_who_is_away(engine: Engine, sven: Actor) -> None:
    task = await task_asked(engine)
    for login in ("berta", "dora", "emil"):
        await absent(engine, sven, login)
    [kept] = await leaving(engine).hand_over_absent(sven, "berta")
    assert kept.is_with_nobody
    assert (await engine.task_of(task.case_id)).assignee_id == "acme-berta"


async def test_who_may_not_be_offboarded(engine: Engine, sven: Actor) -> None:
    clara = await actor(engine.database, "clara")
    for by, login, error in (
        (clara, "berta", PermissionMissing),
        (sven, "sven", Invalid),
        (sven, "intake", Invalid),
        (sven, "ghost", NotFound),
    ):
        with pytest.raises(error):
            await leaving(engine).offboard(by, login, reason="no")

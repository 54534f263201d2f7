"""Review quality: answered questions are asked again, look like any other, have no effect, and are scored."""

from __future__ import annotations

import asyncio

import pytest

from graphs.errors import DutiesConflict, Invalid, LeaseLost, NotFound, PermissionMissing
from graphs.quality.answered import end_probe
from graphs.quality.desk import Group, NotSeedable, Seed
from graphs.runtime.execution import Execution
from graphs.store.claims import LeasedCase
from graphs.store.people import Actor
from graphs.store.people_tables import User
from graphs.store.tables import Task
from graphs.tasks import Answer
from policies.rubber_stamp import wrong_approvals_to_flag
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.quality import (
    APPROVE,
    REJECT,
    answered,
    asked,
    check_every,
    desk,
    drawn,
    leading,
    notices,
    probes,
    seeded,
)

ALL = 10_000


def shown(task: Task) -> tuple[str, object]:
    """What is proposed; the key of the effect is the case's own."""
    assert task.action is not None
    return task.action["tool"], task.action["arguments"]


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    return await leading(engine)


async def test_a_second_review_is_asked_of_somebody_else_without_the_first_answer(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    first = await answered(engine, "dora")
    original = await engine.case(first.case_id)
    assert (original.status, len(engine.notebook.written)) == ("done", 1)
    assert await drawn(engine) == 1
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    task = await engine.task_of(copy.id)
    assert (task.title, task.question, shown(task)) == (first.title, first.question, shown(first))
    assert (copy.title, copy.process, copy.created_by) == (original.title, original.process, original.created_by)
    assert task.assignee_id not in (None, "acme-dora", original.created_by)
    assert "acme-dora" in task.excluded
    assert task.decision is None
    with pytest.raises(DutiesConflict):
        await engine.answer(copy.id, "dora", APPROVE)
    await engine.answer(copy.id, "emil", APPROVE)
    ended = await engine.advance(copy.id)
    assert (ended.status, ended.outcome) == ("done", "answered")
    assert len(engine.notebook.written) == 1, "a copy never reaches a tool"
    [probe] = await probes(engine)
    assert (probe.status, probe.right, probe.answered_by) == ("scored", True, "acme-emil")
    assert await notices(engine) == []
    assert (await engine.verification()).sound


@pytest.mark.parametrize("execution", list(Execution))
async def test_a_disagreement_is_told_to_the_lead_in_every_form_of_execution(
    engine: Engine, sven: Actor, execution: Execution
) -> None:
    engine.execution = execution
    await check_every(engine, sven, second=ALL)
    await answered(engine, "dora")
    await drawn(engine)
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    await engine.answer(copy.id, "emil", REJECT)
    assert (await engine.advance(copy.id)).status == "done"
    assert await notices(engine) == [("acme-sven", "quality.disagreement")]


async def test_an_answer_is_drawn_once_however_often_it_is_looked_at(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    await answered(engine, "dora")
    found = await asyncio.gather(drawn(engine), drawn(engine))
    assert sum(found) == 1
    assert await drawn(engine) == 0
    assert len(await probes(engine)) == 1


async def test_the_answer_to_a_copy_is_never_drawn(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    await answered(engine, "dora")
    await drawn(engine)
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    await engine.answer(copy.id, "emil", APPROVE)
    assert await drawn(engine) == 0


async def test_nobody_else_with_the_limit_means_no_second_review(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    case = await engine.asking(90_000)
    await engine.answer(case.id, "berta", APPROVE)
    async with engine.database.unit_of_work("acme") as unit:
        for login in ("dora", "emil"):
            (await unit.session.get_one(User, f"acme-{login}")).active = False
    assert await drawn(engine) == 0


async def test_a_known_case_is_put_beside_a_drawn_answer_and_its_reviewer_is_told(engine: Engine, sven: Actor) -> None:
    probe = await seeded(engine, sven, "dora")
    assert await drawn(engine) == 0, "without a rate nothing is put"
    await check_every(engine, sven, known=ALL)
    await answered(engine, "emil")
    assert await drawn(engine) == 1
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    task = await engine.task_of(copy.id)
    assert {"acme-dora", "acme-sven"} <= set(task.excluded)
    await engine.answer(copy.id, "emil", APPROVE)
    await engine.advance(copy.id)
    [probe] = await probes(engine)
    assert (probe.status, probe.right) == ("scored", False)
    assert await notices(engine) == [("acme-emil", "quality.known_answer")]
    assert len(engine.notebook.written) == 2, "the two real cases"


async def test_who_approves_what_must_be_refused_is_told_and_with_enough_reviewers_the_lead_hears_of_somebody(
    engine: Engine, sven: Actor
) -> None:
    needed = wrong_approvals_to_flag()
    for _ in range(needed):
        await seeded(engine, sven, "dora")
    await check_every(engine, sven, known=ALL)
    for _ in range(needed):
        await answered(engine, "dora")
    assert await drawn(engine) == needed
    for probe in await probes(engine):
        copy = await asked(engine, probe)
        await engine.answer(copy.id, "emil", APPROVE)
        await engine.advance(copy.id)
    told = await notices(engine)
    assert told.count(("acme-emil", "quality.rubber_stamp")) == 1
    assert told.count(("acme-sven", "quality.rubber_stamp_in_role")) == 1
    own = await desk(engine).own(await actor(engine.database, "emil"))
    assert (own.stamping.answers, own.stamping.flagged_at) == (needed, needed)


async def test_a_copy_that_was_cancelled_measures_nothing(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    await answered(engine, "dora")
    await drawn(engine)
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    async with engine.database.unit_of_work("acme") as unit:
        now = engine.clock()
        await unit.cases.change(copy.id, epoch=copy.epoch, status="cancelled", ended_at=now, updated_at=now)
    await drawn(engine)
    assert [probe.status for probe in await probes(engine)] == ["void"]


async def test_what_is_right_is_not_said_by_whoever_answered(engine: Engine, sven: Actor) -> None:
    task = await answered(engine, "dora")
    seed = Seed(task_id=task.id, right="reject", reason="known")
    with pytest.raises(PermissionMissing):
        await desk(engine).seed(await actor(engine.database, "emil"), seed)
    case = await engine.asking()
    own = await engine.answer(case.id, "sven", REJECT)
    with pytest.raises(DutiesConflict):
        await desk(engine).seed(sven, Seed(task_id=own.id, right="approve", reason="known"))
    with pytest.raises(Invalid):
        await desk(engine).seed(sven, Seed(task_id=task.id, right="reject", reason=" "))
    await desk(engine).seed(sven, seed)
    with pytest.raises(NotSeedable):
        await desk(engine).seed(sven, seed)
    open_ = await engine.task_of((await engine.asking()).id)
    with pytest.raises(NotSeedable):
        await desk(engine).seed(sven, Seed(task_id=open_.id, right="reject", reason="known"))


async def test_a_corrected_question_is_asked_again_as_it_was_then(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    case = await engine.asking()
    first = await engine.answer(case.id, "emil", Answer(decision="correct", set={"amount": "70000"}))
    await engine.advance(case.id)
    await drawn(engine)
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    again = await engine.task_of(copy.id)
    assert shown(again) == shown(first) == ("toy.write", {"amount": 60_000})


async def test_a_small_group_has_no_figures_and_nobody_sees_anothers(engine: Engine, sven: Actor) -> None:
    await answered(engine, "dora")
    shown = await desk(engine).show(sven, Group(role="approver"))
    assert shown.signals.figures["overrides"].withheld == "suppressed"
    assert (shown.signals.reviewers, shown.flagged) == (None, None)
    own = await desk(engine).own(await actor(engine.database, "dora"))
    assert (own.signals.figures["overrides"].of, own.signals.figures["overrides"].withheld) == (1, "too few")
    with pytest.raises(PermissionMissing):
        await desk(engine).show(await actor(engine.database, "dora"), Group(role="approver"))
    for wrong in (Group(), Group(team="a", role="approver")):
        with pytest.raises(Invalid):
            await desk(engine).show(sven, wrong)
    for unknown in (Group(team="nobody"), Group(role="nobody")):
        with pytest.raises(NotFound):
            await desk(engine).show(sven, unknown)


async def test_a_worker_that_has_lost_the_copy_scores_nothing(engine: Engine, sven: Actor) -> None:
    await check_every(engine, sven, second=ALL)
    await answered(engine, "dora")
    await drawn(engine)
    [probe] = await probes(engine)
    copy = await asked(engine, probe)
    await engine.answer(copy.id, "emil", REJECT)
    before = await engine.case(copy.id)
    await engine.take_lease(copy.id, owner="another")
    kept = {name: getattr(before, name) for name in LeasedCase.__slots__ if hasattr(before, name)}
    lost = LeasedCase(**kept, ordered=False, takeovers=0, answers={}, fired=frozenset(), messages={}, effects={})
    with pytest.raises(LeaseLost):
        await end_probe(engine.services, lost)
    assert [probe.status for probe in await probes(engine)] == ["asked"]
    assert await notices(engine) == []

"""Analysis: a copy of a case, marked as such, that begins with the state the case has or had."""

from __future__ import annotations

import pytest

from graphs.analysis import AnalysisDesk, is_analysis, would_do
from graphs.errors import Invalid, PermissionMissing, TriggerMismatch
from graphs.intake import Accepted
from graphs.steering import CaseNotSteerable, StepNotRetryable, StepNotVisited, fold, steer
from graphs.steps import EffectStep
from graphs.store.steerings import Steerings
from policies.action import Action, EffectKind
from tests.support.api import grant
from tests.support.engine import Engine
from tests.support.people import actor


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await grant(engine.database, "sven", "case.steer")
    return engine


async def fork(
    engine: Engine, case_id: str, *, from_step: str | None = None, key: str | None = None, login: str = "sven"
) -> Accepted:
    desk, who = AnalysisDesk(services=engine.services), await actor(engine.database, login)
    return await desk.fork(who, case_id, "what if", from_step=from_step, key=key)


async def done(engine: Engine) -> str:
    return (await engine.advance((await engine.start()).case.id)).id


async def test_a_copy_is_a_new_case_that_says_what_it_is(engine: Engine) -> None:
    origin = await engine.asking()
    copy = (await fork(engine, origin.id)).case
    assert is_analysis(copy)
    assert not is_analysis(origin)
    assert (copy.title, copy.process, copy.definition_digest) == (
        "Analysis: a note",
        origin.process,
        origin.definition_digest,
    )
    assert (copy.created_by, copy.input) == (origin.created_by, origin.input)


async def test_both_trails_name_the_other_case(engine: Engine) -> None:
    origin = (await engine.asking()).id
    copy = (await fork(engine, origin)).case
    async with engine.database.unit_of_work("acme") as unit:
        [*_, (forked, values)] = await unit.audit_log.of_case(origin)
        entries = await unit.audit_log.of_case(copy.id)
    assert (forked.kind, values["copy"], forked.actor) == ("case.forked", copy.id, "acme-sven")
    assert [entry.kind for entry, _ in entries] == ["steering.ordered", "case.started"]
    assert entries[1][1]["analysis_of"] == origin


async def test_the_copied_case_does_not_notice(engine: Engine) -> None:
    before = await engine.asking()
    await fork(engine, before.id)
    after = await engine.case(before.id)
    assert (after.status, after.epoch, after.updated_at) == (before.status, before.epoch, before.updated_at)


async def test_a_copy_begins_where_the_case_stands(engine: Engine) -> None:
    origin = (await engine.asking()).id
    copy = (await fork(engine, origin)).case
    async with engine.database.unit_of_work("acme") as unit:
        [order] = await Steerings(unit.session).open(copy.id, "fork")
        visits = await unit.journal.of_case(origin)
    steered = steer(engine.definitions[0], fold([]), order, now=engine.clock())
    assert steered.enters == "propose"
    assert steered.update["data"] == fold(visit.update for visit in visits)["data"]


async def test_a_copy_from_an_earlier_step_has_the_state_of_then(engine: Engine) -> None:
    copy = (await fork(engine, await done(engine), from_step="check")).case
    async with engine.database.unit_of_work("acme") as unit:
        [order] = await Steerings(unit.session).open(copy.id, "fork")
    steered = steer(engine.definitions[0], fold([]), order, now=engine.clock())
    assert (steered.enters, steered.update["visits"]) == ("check", {"look_up": 1})
    assert set(steered.update["data"]) == {"facts"}


async def test_an_ended_case_is_analysed_from_a_named_step(engine: Engine) -> None:
    with pytest.raises(CaseNotSteerable, match="say from which step"):
        await fork(engine, await done(engine))


@pytest.mark.parametrize(
    ("step", "refusal"), [("resolve", StepNotRetryable), ("write", StepNotRetryable), ("nowhere", Invalid)]
)
async def test_a_copy_cannot_begin_anywhere(engine: Engine, step: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await fork(engine, await done(engine), from_step=step)


async def test_a_copy_cannot_begin_where_the_case_has_not_been(engine: Engine) -> None:
    waiting = await engine.asking(0)
    with pytest.raises(StepNotVisited):
        await fork(engine, waiting.id, from_step="propose")


async def test_the_same_key_makes_the_same_copy(engine: Engine) -> None:
    origin = (await engine.asking()).id
    first, again = await fork(engine, origin, key="k"), await fork(engine, origin, key="k")
    assert (again.case.id, first.created, again.created) == (first.case.id, True, False)
    with pytest.raises(TriggerMismatch):
        await fork(engine, origin, key="k", from_step="check")


async def test_who_may_not_steer_may_not_copy(engine: Engine) -> None:
    with pytest.raises(PermissionMissing):
        await fork(engine, (await engine.asking()).id, login="clara")


def test_an_effect_of_an_analysis_says_what_it_would_do() -> None:
    action = Action(tool="toy.write", arguments={"amount": 5}, effect_kind=EffectKind.WRITE, idempotency_key="k")
    step = EffectStep(name="write", stage="write", of="propose", next="done")
    answer = would_do(step, action, "c-1")
    assert answer.data == {"results": {"write": {"would_do": action.model_dump(mode="json")}}}
    assert (answer.record.kind, answer.record.case_id) == ("effect.simulated", "c-1")

"""A recalled answer of a model is asked for again, when a person wants it, under what was put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from graphs.agents.decision_class import DecisionClass
from graphs.agents.spending import Ceiling, ModelTerms
from graphs.recall.desk import RecallDesk
from graphs.recall.progress import RecallProgress
from graphs.recall.target import RecallTarget
from graphs.store.audit_tables import AuditEntry
from graphs.store.model_spend import ModelSpend
from graphs.store.people import Actor
from graphs.switches import SwitchDesk, SwitchScope
from tests.support.advised import FIELDS, NO_ANSWER, OPEN, SCOUT, ScriptedModel, advised_definition, opinion
from tests.support.api import grant
from tests.support.asked_model import FixedGates
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import toy_rulebook
from tools.llm.errors import ModelTimedOut
from tools.llm.question import Prompt, Usage

BAD_PROMPT = RecallTarget.read("prompt", "scout@1")
BAD_MODEL = RecallTarget.read("model", "scripted-1")
FIXED = replace(SCOUT, prompt=Prompt(name="scout", version=2, text="Say whether the note is right. Quote the amount."))
WRONG = tuple(opinion("wrong") for _ in range(5))


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def advised(engine: Engine, model: ScriptedModel) -> Engine:
    """The toy with an agent whose answers count."""
    engine.rulebook, engine.more_tools = toy_rulebook(FIELDS), (model,)
    engine.model_terms = ModelTerms(gates=FixedGates(OPEN), blind_bps=0)
    return asking_by(engine, SCOUT)


def asking_by(engine: Engine, asks: DecisionClass) -> Engine:
    engine.definitions = (advised_definition(asks),)
    return engine


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    await grant(engine.database, "sven", "decision.recall", "switch.set")
    return await actor(engine.database, "sven")


async def decided_case(engine: Engine) -> str:
    case = await engine.advance((await engine.start(login="intake")).case.id)
    assert case.status == "done"
    return case.id


async def asked_again(engine: Engine, who: Actor, target: RecallTarget = BAD_PROMPT) -> RecallProgress:
    desk = RecallDesk(services=engine.services)
    progress = await desk.open(who, target, reason="it was wrong")
    while progress.to_judge:
        progress = await desk.redecide(who, progress.recall.id, ask=True)
    return progress


async def outcome(engine: Engine, who: Actor, progress: RecallProgress) -> tuple[str, str]:
    page = await RecallDesk(services=engine.services).show(who, progress.recall.id)
    [row] = page.decisions
    return row["status"], row["again"]


async def entries(engine: Engine, case_id: str, kind: str) -> list[tuple[AuditEntry, Mapping[str, Any]]]:
    async with engine.database.unit_of_work("acme") as unit:
        return [(entry, values) for entry, values in await unit.audit_log.of_case(case_id) if entry.kind == kind]


async def test_the_same_answer_under_the_fixed_prompt_confirms(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    case_id = await decided_case(advised)
    progress = await asked_again(asking_by(advised, FIXED), sven)
    assert progress.decisions == {"confirmed": 1}
    first, again = model.asked
    assert (first.fields, first.passages) == (again.fields, again.passages), "the material of then"
    assert (first.prompt, again.prompt, again.prompt_digest) == ("scout@1", "scout@2", FIXED.prompt.digest)
    assert await advised.incidents_of(case_id) == []


async def test_another_answer_is_queued_once_and_nothing_follows_from_it(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    case_id = await decided_case(advised)
    model.samples = WRONG
    progress = await asked_again(asking_by(advised, FIXED), sven)
    assert await outcome(advised, sven, progress) == ("changed", "asked again: another answer")
    [incident] = await advised.incidents_of(case_id)
    assert (incident.code, (await advised.case(case_id)).status) == ("decision_recalled", "done")
    assert "wrong" not in incident.message.replace("it was wrong", "")


async def test_what_was_asked_again_is_on_record_and_can_be_recalled_itself(advised: Engine, sven: Actor) -> None:
    case_id = await decided_case(advised)
    progress = await asked_again(asking_by(advised, FIXED), sven)
    [(entry, values)] = await entries(advised, case_id, "recall.asked")
    assert (entry.actor, entry.step, values["recall"]) == ("acme-sven", "advise", progress.recall.id)
    assert (values["decision"]["choice"], values["calls"][0]["verdict"]["kind"]) == ("fine", "allow")
    desk = RecallDesk(services=advised.services)
    found = await desk.find(sven, RecallTarget.read("prompt", "scout@2"))
    assert [decision.seq for decision in found.decisions] == [entry.seq]
    assert (await advised.verification()).sound


async def test_nothing_is_asked_unless_a_person_wants_it(advised: Engine, model: ScriptedModel, sven: Actor) -> None:
    await decided_case(advised)
    desk = RecallDesk(services=asking_by(advised, FIXED).services)
    opened = await desk.open(sven, BAD_PROMPT, reason="wrong")
    progress = await desk.redecide(sven, opened.recall.id)
    assert (progress.decisions, len(model.asked)) == ({"unknown": 1}, 1)


async def test_the_recalled_prompt_confirms_nothing(advised: Engine, model: ScriptedModel, sven: Actor) -> None:
    await decided_case(advised)
    progress = await asked_again(advised, sven)
    assert await outcome(advised, sven, progress) == ("unknown", "scout@1 is still the prompt that was recalled")
    assert len(model.asked) == 1


async def test_the_recalled_model_confirms_nothing_and_is_asked_once_a_call(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    for _ in range(3):
        await decided_case(advised)
    progress = await asked_again(advised, sven, BAD_MODEL)
    assert progress.decisions == {"unknown": 3}
    assert len(model.asked) == 3 + 1


async def test_another_model_is_asked_with_the_prompt_as_it_is(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    await decided_case(advised)
    model.model = "scripted-2"
    assert (await asked_again(advised, sven, BAD_MODEL)).decisions == {"confirmed": 1}


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ((opinion("fine"), opinion("fine"), opinion("wrong"), opinion("wrong"), NO_ANSWER), "no_majority"),
        (tuple(opinion(quote="999") for _ in range(5)), "evidence_missing"),
    ],
)
async def test_a_doubtful_answer_confirms_nothing(
    advised: Engine, model: ScriptedModel, sven: Actor, samples: tuple[Any, ...], why: str
) -> None:
    await decided_case(advised)
    model.samples = samples
    status, again = await outcome(advised, sven, await asked_again(asking_by(advised, FIXED), sven))
    assert (status, why in again) == ("unknown", True)


async def test_a_model_that_fails_leaves_it_to_a_person_and_the_call_on_record(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    case_id = await decided_case(advised)
    model.fault = ModelTimedOut("no answer in time", usage=Usage(calls=1))
    status, again = await outcome(advised, sven, await asked_again(asking_by(advised, FIXED), sven))
    assert (status, "no answer in time" in again) == ("unknown", True)
    [(_, values)] = await entries(advised, case_id, "recall.asked")
    assert (values["calls"][0]["failure"]["message"], "decision" in values) == ("no answer in time", False)


async def test_a_question_over_the_tenants_day_is_withheld(advised: Engine, model: ScriptedModel, sven: Actor) -> None:
    await decided_case(advised)
    spending = ModelSpend(advised.database, Ceiling(calls=0))
    advised.model_terms = replace(advised.model_terms, spending=spending)
    progress = await asked_again(asking_by(advised, FIXED), sven)
    assert (progress.decisions, len(model.asked)) == ({"unknown": 1}, 1)


async def test_a_switched_off_agent_is_not_asked(advised: Engine, model: ScriptedModel, sven: Actor) -> None:
    await decided_case(advised)
    desk = SwitchDesk(services=advised.services)
    await desk.set(sven, SwitchScope.AGENT, "scout", off=True, reason="the model is being changed")
    progress = await asked_again(asking_by(advised, FIXED), sven)
    assert (progress.decisions, len(model.asked)) == ({"unknown": 1}, 1)


async def test_a_class_of_another_version_is_another_question(
    advised: Engine, model: ScriptedModel, sven: Actor
) -> None:
    await decided_case(advised)
    changed = replace(FIXED, version=2)
    advised.definitions = (advised_definition(), advised_definition(changed, version=2))
    status, again = await outcome(advised, sven, await asked_again(advised, sven))
    assert (status, again) == ("unknown", "no process asks this in the same form any more")
    assert len(model.asked) == 1


async def test_without_a_model_a_person_decides(advised: Engine, sven: Actor) -> None:
    await decided_case(advised)
    advised.more_tools = ()
    status, again = await outcome(advised, sven, await asked_again(asking_by(advised, FIXED), sven))
    assert (status, "could not be asked again" in again) == ("unknown", True)

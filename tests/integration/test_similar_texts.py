"""Similar texts: an embedding model adds to precedents by facts; it sees what is listed, and may fail or be gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from graphs.agents.spending import Ceiling, ModelTerms
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.intake import Intake
from graphs.precedents.desk import PrecedentDesk, PrecedentsOfTask
from graphs.store.model_spend import ModelSpend
from graphs.store.people import Actor
from graphs.switches import SwitchDesk, SwitchScope
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.advised import FIELDS, SCOUT, ScriptedModel, advised_definition, opinion
from tests.support.api import grant
from tests.support.canary import CANARY, places_in_tables
from tests.support.embedding import LetterModel
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import PACK, toy_definition, toy_rulebook
from tools.llm.fault import Broken, Garbled, Late
from tools.llm.question import AskArguments, Sample

SPENT = text("SELECT calls, tokens FROM model_spend")
VECTORS = text("SELECT case_id FROM precedent_vectors")
OTHER_DIGEST = text("UPDATE precedent_vectors SET digest = 'of another text'")
APPROVE = Answer(decision="approve", reason="known")
CRANE = "Rental of a mobile crane for two days"
CRANE_AGAIN = "Rent for a mobile crane, three days"
PAPER = "Copy paper A4, 80 g, five boxes"
COFFEE = "Coffee beans and oat milk for the kitchen"


def by_amount(asked: AskArguments) -> tuple[Sample, ...]:
    """The agent finds only an amount of 9 wrong: that is a fact that differs."""
    return tuple(opinion("wrong" if asked.fields["amount"] == 9 else "fine") for _ in range(5))


@pytest.fixture
def letters(engine: Engine) -> LetterModel:
    """The toy with an agent whose question is about a note's text, and an embedding model beside it."""
    model = LetterModel()
    engine.rulebook, engine.more_tools = toy_rulebook(FIELDS), (ScriptedModel(samples=by_amount), model.tool)
    engine.definitions = (advised_definition(),)
    return model


@pytest.fixture
async def dora(engine: Engine) -> Actor:
    return await actor(engine.database, "dora")


async def asking(engine: Engine, note: str, *, amount: int = 500, **more: str) -> str:
    """A case that asks somebody about the text; its id."""
    engine.reader.amount = amount
    who = await actor(engine.database, "intake")
    body = {"subject": "a note", "text": note, **more}
    started = await Intake(services=engine.services).start(who, "toy", body, key=None)
    case = await engine.advance(started.case.id)
    assert case.status == "waiting"
    return case.id


async def answered(engine: Engine, note: str, *, amount: int = 500, **more: str) -> str:
    case_id = await asking(engine, note, amount=amount, **more)
    await engine.answer(case_id, "clara", APPROVE)
    return (await engine.advance(case_id)).id


async def looked(engine: Engine, who: Actor, case_id: str, *, limit: int = 5) -> PrecedentsOfTask:
    task = await engine.task_of(case_id)
    return await PrecedentDesk(services=engine.services).of_task(who, task.id, limit=limit)


async def embedded(engine: Engine, case_id: str) -> list[Mapping[str, Any]]:
    """What the trail has of texts of the case that were to be sent."""
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case_id)
    return [values for entry, values in entries if entry.kind == "precedent.embedded"]


async def erase(engine: Engine, request: ErasureRequest) -> None:
    await grant(engine.database, "sven", "retention.erase")
    sven, desk = await actor(engine.database, "sven"), ErasureDesk(services=engine.services)
    plan = await desk.plan(sven, request)
    await desk.erase(sven, request, reason="Art. 17", confirmed=plan.digest)


async def test_without_an_embedding_model_nothing_is_sent_and_nothing_recorded(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    engine.more_tools = engine.more_tools[:1]
    await answered(engine, CRANE)
    case_id = await asking(engine, CRANE_AGAIN)
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, found.compared, [one.text_bps for one in found.nearest]) == ("off", 1, [None])
    assert (letters.batches, await embedded(engine, case_id)) == ([], [])


async def test_of_precedents_with_equal_facts_the_one_with_the_nearest_text_comes_first(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    crane, *_ = [await answered(engine, note) for note in (CRANE, PAPER, COFFEE)]
    case_id = await asking(engine, CRANE_AGAIN)
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, found.texts.model, found.texts.waiting) == ("compared", "letters-1", 0)
    assert {one.similarity_bps for one in found.nearest} == {10_000}
    assert found.nearest[0].precedent.case_id == crane
    texts = [one.text_bps or 0 for one in found.nearest]
    assert texts == sorted(texts, reverse=True)
    assert texts[0] > 5_000 > texts[1]


async def test_facts_stay_the_first_order_and_a_similar_text_is_added_behind_it(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    crane = await answered(engine, CRANE, amount=9)
    paper = await answered(engine, PAPER)
    found = await looked(engine, dora, await asking(engine, CRANE_AGAIN), limit=1)
    shown = [(one.precedent.case_id, one.for_text) for one in found.nearest]
    assert shown == [(paper, False), (crane, True)]
    assert found.compared == 2
    assert found.nearest[0].similarity_bps > found.nearest[1].similarity_bps


async def test_each_text_is_judged_and_recorded_in_its_own_case_without_its_vector(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    crane = await answered(engine, CRANE)
    case_id = await asking(engine, CRANE_AGAIN)
    await looked(engine, dora, case_id)
    [theirs], [ours] = await embedded(engine, crane), await embedded(engine, case_id)
    [call] = ours["calls"]
    assert call["action"]["arguments"]["texts"] == [f"{CRANE_AGAIN}\namount: 500"]
    assert (call["action"]["tool"], call["verdict"]["point"], call["verdict"]["kind"]) == (
        "model.embed",
        "ask",
        "allow",
    )
    assert (call["result"]["model"], call["result"]["dimensions"], call["result"]["texts"]) == ("letters-1", 256, 2)
    assert call["result"]["usage"]["tokens_in"] == 14
    assert "vectors" not in call["result"]
    assert CRANE_AGAIN not in str(theirs)
    assert (await engine.verification()).sound


async def test_a_text_is_sent_once_and_an_open_question_keeps_its_vector_when_it_is_answered(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    await answered(engine, CRANE)
    case_id = await asking(engine, PAPER)
    await looked(engine, dora, case_id)
    await looked(engine, dora, case_id)
    assert len(letters.told) == 2
    await engine.answer(case_id, "clara", APPROVE)
    await engine.advance(case_id)
    found = await looked(engine, dora, await asking(engine, COFFEE))
    assert (len(letters.told), len(found.texts.bps)) == (3, 2)


async def test_another_model_never_compares_with_the_vectors_of_the_former(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    await answered(engine, CRANE)
    case_id = await asking(engine, CRANE_AGAIN)
    await looked(engine, dora, case_id)
    other = LetterModel(model="letters-2")
    engine.more_tools = (engine.more_tools[0], other.tool)
    found = await looked(engine, dora, case_id)
    assert sorted(other.told) == sorted(letters.told)
    assert found.texts.model == "letters-2"


async def test_one_look_sends_no_more_than_it_may_and_the_next_goes_on(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    for note in (CRANE, PAPER, COFFEE):
        await answered(engine, note)
    case_id = await asking(engine, CRANE_AGAIN)
    task = await engine.task_of(case_id)
    desk = PrecedentDesk(services=engine.services, most_sent=2)
    first, second = [await desk.of_task(dora, task.id) for _ in range(2)]
    assert (first.texts.waiting, len(first.texts.bps)) == (2, 1)
    assert (second.texts.waiting, len(second.texts.bps)) == (0, 3)


async def test_a_prompt_of_the_embedding_model_holds_nothing_but_what_its_view_lists(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    await answered(engine, CRANE, sender=CANARY)
    await looked(engine, dora, await asking(engine, PAPER, sender=CANARY))
    assert sorted(letters.told) == sorted([f"{CRANE}\namount: 500", f"{PAPER}\namount: 500"])


async def test_a_field_beyond_the_list_withholds_the_text_and_the_trail_does_not_repeat_it(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    case_id = await asking(engine, CRANE)
    engine.definitions = (advised_definition(replace(SCOUT, fields=frozenset({"subject"})), version=2),)
    engine.definitions = (advised_definition(), *engine.definitions)
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, letters.batches) == ("withheld", [])
    assert found.texts.note == "This question may not be sent."
    [values] = await embedded(engine, case_id)
    assert values["calls"][0]["action"]["arguments"]["texts"] == []


async def test_a_question_without_an_agent_is_told_by_the_facts_that_its_process_names(
    engine: Engine, dora: Actor
) -> None:
    letters = LetterModel()
    engine.rulebook, engine.more_tools = toy_rulebook(FIELDS), (letters.tool,)
    engine.definitions = (replace(toy_definition(), told={"approve": frozenset({"note.amount"})}),)
    before = await engine.asking(60_100)
    await engine.answer(before.id, "dora", APPROVE)
    await engine.advance(before.id)
    found = await looked(engine, dora, (await engine.asking(60_000)).id)
    assert (sorted(letters.told), found.texts.status) == (["amount: 60000", "amount: 60100"], "compared")


async def test_a_question_of_which_nothing_may_be_told_is_compared_by_its_facts_alone(
    engine: Engine, dora: Actor
) -> None:
    letters = LetterModel()
    engine.rulebook, engine.more_tools = toy_rulebook(FIELDS), (letters.tool,)
    found = await looked(engine, dora, (await engine.asking(60_000)).id)
    assert (found.texts.status, letters.batches) == ("nothing", [])


@pytest.mark.parametrize("reason", ["no rules", "no budget"])
async def test_what_the_rules_do_not_let_out_stays_and_the_facts_are_compared(
    engine: Engine, letters: LetterModel, dora: Actor, reason: str
) -> None:
    await answered(engine, CRANE)
    case_id = await asking(engine, CRANE_AGAIN)
    if reason == "no rules":
        engine.rulebook = toy_rulebook(PACK)
    else:
        engine.model_terms = ModelTerms(spending=ModelSpend(engine.database, Ceiling(tokens=10)))
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, found.compared, letters.batches) == ("withheld", 1, [])
    assert len(await embedded(engine, case_id)) == 1


@pytest.mark.parametrize("fault", [Late("late"), Broken("it failed"), Garbled("what came are no embeddings")])
async def test_a_model_that_fails_is_noted_and_the_facts_are_compared(
    engine: Engine, letters: LetterModel, dora: Actor, fault: Late | Broken | Garbled
) -> None:
    await answered(engine, CRANE)
    case_id = await asking(engine, CRANE_AGAIN)
    letters.fault = fault
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, found.texts.waiting, len(found.nearest)) == ("failed", 1, 1)
    assert fault.message in found.texts.note
    [values] = await embedded(engine, case_id)
    assert values["calls"][0]["failure"]["code"] == fault.failure.code
    letters.fault = None
    assert (await looked(engine, dora, case_id)).texts.status == "compared"


async def test_what_is_used_counts_on_the_tenants_day(engine: Engine, letters: LetterModel, dora: Actor) -> None:
    case_id = await asking(engine, CRANE)
    engine.model_terms = ModelTerms(spending=ModelSpend(engine.database, Ceiling()))
    await looked(engine, dora, case_id)
    async with engine.database.unit_of_work("acme") as unit:
        row = (await unit.session.execute(SPENT)).one()
    assert (row.calls, row.tokens) == (1, 7)


async def test_it_can_be_switched_off(engine: Engine, letters: LetterModel, dora: Actor) -> None:
    case_id = await asking(engine, CRANE)
    await grant(engine.database, "sven", "switch.set")
    sven = await actor(engine.database, "sven")
    await SwitchDesk(services=engine.services).set(sven, SwitchScope.TOOL, "model.embed", off=True, reason="wait")
    found = await looked(engine, dora, case_id)
    assert (found.texts.status, letters.batches) == ("failed", [])
    assert "switched off: wait" in found.texts.note


@pytest.mark.parametrize("what", ["case", "value"])
async def test_a_vector_is_erased_with_the_values_that_it_derives_from(
    engine: Engine, letters: LetterModel, dora: Actor, own_database: TestDatabase, what: str
) -> None:
    crane = await answered(engine, f"{CRANE} for {CANARY}")
    case_id = await asking(engine, PAPER)
    await looked(engine, dora, case_id)
    assert "precedent_vectors" in places_in_tables(own_database, CANARY)
    await erase(engine, ErasureRequest(case_id=crane) if what == "case" else ErasureRequest(value=CANARY))
    assert places_in_tables(own_database, CANARY) == []
    async with engine.database.unit_of_work("acme") as unit:
        left = (await unit.session.execute(VECTORS)).scalars().all()
    assert left == [case_id]
    assert (await engine.verification()).sound


async def test_what_is_erased_while_it_is_sent_leaves_neither_a_vector_nor_its_text(
    engine: Engine, letters: LetterModel, dora: Actor, own_database: TestDatabase
) -> None:
    crane = await answered(engine, f"{CRANE} for {CANARY}")
    case_id = await asking(engine, PAPER)

    async def erased() -> None:
        await erase(engine, ErasureRequest(case_id=crane))

    letters.meanwhile = erased
    found = await looked(engine, dora, case_id)
    assert any(CANARY in told for told in letters.told)
    assert places_in_tables(own_database, CANARY) == []
    assert (found.texts.status, found.texts.bps) == ("compared", {})
    [values] = await embedded(engine, crane)
    assert values["calls"][0]["erased"]


async def test_a_vector_older_than_the_answer_is_looked_at_again(
    engine: Engine, letters: LetterModel, dora: Actor
) -> None:
    """A question may have been asked anew with other facts before it was answered."""
    case_id = await asking(engine, CRANE)
    await looked(engine, dora, case_id)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(OTHER_DIGEST)
    await engine.answer(case_id, "clara", APPROVE)
    await engine.advance(case_id)
    engine.clock.ahead += timedelta(minutes=1)
    await looked(engine, dora, await asking(engine, PAPER))
    assert letters.told.count(f"{CRANE}\namount: 500") == 2

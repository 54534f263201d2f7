"""Approvals count for exactly what was shown, from as many people as the rules want."""

from __future__ import annotations

import pytest

from graphs.errors import AnswerOutdated, DutiesConflict, Invalid, ProtectedField
from graphs.store.people_tables import AuthorityLimit
from graphs.tasks import Answer
from policies.pack_file import read_pack
from tests.support.engine import Engine
from tests.support.packs import CALL_BACK, FOUR_EYES, STRICTER
from tests.support.people import actor
from tests.support.toy import toy_rulebook
from tools.errors import Transient

APPROVE = Answer(decision="approve")


@pytest.fixture
def large(engine: Engine) -> Engine:
    """The amount needs a person with a limit."""
    engine.reader.amount = 60_000
    return engine


async def waiting_case(engine: Engine) -> str:
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    return accepted.case.id


async def test_rules_changed_after_the_approval_make_it_lapse(large: Engine) -> None:
    case_id = await waiting_case(large)
    first = await large.answer(case_id, "berta", APPROVE)
    large.rulebook = toy_rulebook(STRICTER)
    case = await large.advance(case_id)
    second = await large.task_of(case_id)
    assert (case.status, second.visit) == ("waiting", 2)
    assert second.digest != first.digest
    assert large.notebook.calls == 0


async def test_rules_changed_between_approval_and_effect_make_it_lapse(large: Engine) -> None:
    case_id = await waiting_case(large)
    first = await large.answer(case_id, "berta", APPROVE)
    large.notebook.faults = [Transient("busy")]
    await large.advance(case_id)
    large.rulebook = toy_rulebook(STRICTER)
    case = await large.advance(case_id)
    second = await large.task_of(case_id)
    assert (case.status, large.notebook.written) == ("waiting", [])
    assert second.digest != first.digest
    assert "action.lapsed" in await large.trail_of(case_id)


async def test_stricter_rules_stop_an_effect_that_nobody_had_to_approve(engine: Engine) -> None:
    engine.notebook.faults = [Transient("busy")]
    case_id = await waiting_case(engine)
    engine.rulebook = toy_rulebook(STRICTER)
    case = await engine.advance(case_id)
    assert (case.status, engine.notebook.written) == ("waiting", [])


async def test_the_new_task_can_be_approved_and_the_effect_happens_once(large: Engine) -> None:
    case_id = await waiting_case(large)
    await large.answer(case_id, "berta", APPROVE)
    large.rulebook = toy_rulebook(STRICTER)
    await large.advance(case_id)
    await large.answer(case_id, "berta", APPROVE)
    case = await large.advance(case_id)
    assert (case.status, large.notebook.calls) == ("done", 1)


async def test_an_answer_to_something_else_than_was_shown_is_refused(large: Engine) -> None:
    case_id = await waiting_case(large)
    with pytest.raises(AnswerOutdated):
        await large.answer(case_id, "berta", Answer(decision="approve", digest="0" * 64))
    assert (await large.task_of(case_id)).status == "open"


async def test_four_eyes_need_two_different_people(large: Engine) -> None:
    large.rulebook = toy_rulebook(FOUR_EYES)
    case_id = await waiting_case(large)
    await large.answer(case_id, "berta", APPROVE)
    waiting = await large.advance(case_id)
    second = await large.task_of(case_id)
    assert (waiting.status, large.notebook.calls, second.visit) == ("waiting", 0, 2)
    assert set(second.excluded) == {"acme-berta", "acme-clara"}
    with pytest.raises(DutiesConflict):
        await large.answer(case_id, "berta", APPROVE)
    await large.answer(case_id, "anton", APPROVE)
    case = await large.advance(case_id)
    assert (case.status, large.notebook.calls) == ("done", 1)


async def test_an_approval_without_the_evidence_that_a_rule_asks_for_is_refused(large: Engine) -> None:
    large.rulebook = toy_rulebook(CALL_BACK)
    case_id = await waiting_case(large)
    assert (await large.task_of(case_id)).form["evidence_required"] == ["call_back"]
    for given in ({}, {"call_back": "  "}, {"something_else": "4711"}):
        with pytest.raises(Invalid, match="evidence is required for call_back"):
            await large.answer(case_id, "berta", Answer(decision="approve", evidence=given))
    await large.answer(case_id, "berta", Answer(decision="approve", evidence={"call_back": "call 4711"}))
    case = await large.advance(case_id)
    assert (case.status, large.notebook.calls) == ("done", 1)


async def test_a_limit_that_ended_before_the_answer_does_not_count(large: Engine) -> None:
    case_id = await waiting_case(large)
    today = large.clock().date()
    async with large.database.unit_of_work("acme") as unit:
        limit = await unit.session.get(AuthorityLimit, "acme-berta-limit")
        assert limit is not None
        limit.effective_to = today.replace(year=today.year - 1)
    with pytest.raises(Exception, match=r"may approve up to 0\.00 EUR; this needs 600\.00 EUR"):
        await large.answer(case_id, "berta", APPROVE)


@pytest.mark.parametrize(("name", "error"), [("iban", ProtectedField), ("colour", Invalid)])
async def test_a_field_that_is_not_on_the_form_cannot_be_corrected(
    large: Engine, name: str, error: type[Invalid]
) -> None:
    case_id = await waiting_case(large)
    with pytest.raises(error):
        await large.answer(case_id, "berta", Answer(decision="correct", set={name: "x"}))


async def test_the_requester_is_nobodys_approver_even_as_a_supervisor(large: Engine) -> None:
    case_id = await waiting_case(large)
    task = await large.task_of(case_id)
    with pytest.raises(DutiesConflict):
        await large.desk.claim(await actor(large.database, "clara"), task.id)


def test_the_packs_of_these_tests_prove_their_own_examples() -> None:
    assert {read_pack(text, name="toy").pack for text in (FOUR_EYES, CALL_BACK, STRICTER)} == {"toy"}

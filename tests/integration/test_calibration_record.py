"""What the engine records of decisions and reviews is what is read; a worker reads it; erasure finds what it keeps."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from graphs.agents.decision import Decision
from graphs.agents.facts import DECISIONS
from graphs.agents.facts import outcome as outcome_for
from graphs.agents.spending import ModelTerms
from graphs.calibration.gates import MeasuredGates
from graphs.calibration.recorded import RecordedDecision, RecordedOutcome, tallies_of
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.state import CaseView
from graphs.store.outcomes import DecisionEntry, Outcomes
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.advised import FIELDS, SCOUT, ScriptedModel, advised_definition
from tests.support.api import grant
from tests.support.calibrated import MODEL, PROMPT, TARGET, Reviewed, calibrated_engine, colour, identity, outcome
from tests.support.canary import places_in_tables
from tests.support.engine import Engine
from tests.support.patience import eventually
from tests.support.retention import NAME, officer
from tests.support.toy import toy_rulebook
from tools.clock import utc_now


@pytest.fixture
def reviewed(engine: Engine) -> Reviewed:
    return Reviewed(engine=calibrated_engine(engine))


def decided(**change: Any) -> dict[str, Any]:
    """An answered decision as an agent step records it."""
    answered = {
        "decision_class": "colour",
        "class_version": 1,
        "status": "answered",
        "choice": "red",
        "raw_bps": 8_000,
        "confidence_bps": 9_300,
        "model": MODEL,
        "prompt": PROMPT.reference,
        "prompt_digest": PROMPT.digest,
        "calibration": "c",
    }
    return Decision(**{**answered, **change}).recorded()


def test_the_outcome_that_a_review_records_can_be_read() -> None:
    asks = colour(reviewed=lambda answer, decision: str(answer["value"]))
    view = CaseView(case_id="c", tenant="acme", requester="r", input={}, data={DECISIONS: {"colour": decided()}})
    recorded = outcome_for(asks, "colour", view, {"value": "blue"})["outcome"]
    found = RecordedOutcome.model_validate(recorded)
    assert set(recorded) == set(outcome())
    assert (found.choice, found.person, found.right, found.raw_bps) == ("red", "blue", False, 8_000)


@pytest.mark.parametrize(("change", "counted"), [({}, 1), ({"calibration": None}, 1), ({"status": "not_asked"}, 0)])
def test_the_decision_that_an_agent_step_records_can_be_read(change: dict[str, Any], counted: int) -> None:
    recorded = decided(autonomous=True, **change)
    entry = DecisionEntry(
        seq=1,
        at=utc_now(),
        kind="agent.decided",
        case_id="c",
        step="s",
        decision=recorded,
        outcome=None,
        analysis=False,
    )
    assert len(tallies_of([entry])) == counted
    if counted:
        assert RecordedDecision.model_validate(recorded).autonomous


async def test_a_worker_reads_outcomes_by_itself(reviewed: Reviewed) -> None:
    async def read() -> bool:
        async with reviewed.database.unit_of_work("acme") as unit:
            return len(await Outcomes(unit.session, "acme").of(identity())) == 1

    async with reviewed.engine.working():
        await reviewed.review(outcome(), read=False)
        await eventually(read, within_seconds=20)


async def test_what_was_chosen_is_erased_and_what_was_right_stays(
    reviewed: Reviewed, own_database: TestDatabase
) -> None:
    sven, desk = await officer(reviewed.engine), ErasureDesk(services=reviewed.engine.services)
    await reviewed.review(outcome(choice=f"to {NAME}", person=NAME, right=False))
    plan = await desk.plan(sven, ErasureRequest(value=NAME))
    await desk.erase(sven, ErasureRequest(value=NAME), reason="Art. 17", confirmed=plan.digest)
    assert places_in_tables(own_database, NAME) == []
    async with reviewed.database.unit_of_work("acme") as unit:
        [row] = await Outcomes(unit.session, "acme").of(identity())
    assert (row.choice, row.person_choice, row.was_right) == ("to [erased]", "[erased]", False)


async def test_an_outcome_that_was_erased_before_it_was_read_does_not_count(reviewed: Reviewed) -> None:
    [case_id] = await reviewed.review(outcome(), read=False)
    sven, desk = await officer(reviewed.engine), ErasureDesk(services=reviewed.engine.services)
    request = ErasureRequest(case_id=case_id)
    plan = await desk.plan(sven, request)
    await desk.erase(sven, request, reason="Art. 17", confirmed=plan.digest)
    assert await reviewed.read() == 1
    async with reviewed.database.unit_of_work("acme") as unit:
        assert await Outcomes(unit.session, "acme").of(identity()) == []


@pytest.fixture
def advised(engine: Engine) -> Reviewed:
    """The toy whose agent is asked, behind the gates as they are measured, read anew at each question."""
    engine.definitions = (advised_definition(),)
    engine.rulebook = toy_rulebook(FIELDS.replace("parameters:\n", f"parameters:\n{TARGET}"))
    engine.more_tools = (ScriptedModel(),)
    gates = MeasuredGates(services=lambda: engine.services, monotonic=itertools.count().__next__)
    engine.model_terms = ModelTerms(gates=gates, draw_key=b"k" * 32)
    return Reviewed(engine=engine)


async def test_people_decide_until_it_is_measured_then_the_agent_then_people_again(advised: Reviewed) -> None:
    engine = advised.engine
    await grant(engine.database, "sven", "agents.calibrate")
    scout = {"class": "scout", "model": "scripted-1", "prompt_digest": SCOUT.prompt.digest, "step": "advise"}

    async def status_of_a_new_case() -> str:
        return (await engine.advance((await engine.start(login="intake")).case.id)).status

    first = await engine.advance((await engine.start(login="intake")).case.id)
    assert first.status == "waiting"
    await engine.answer(first.id, "clara", Answer(decision="approve"))
    assert (await engine.advance(first.id)).status == "done"
    await advised.review(*[outcome(**scout)] * 160)
    [made] = await advised.calibrate()
    assert made.calibration is not None
    assert (made.opened, made.calibration.counts.outcomes) == (True, 161), "the person's answer above is one of them"

    assert await status_of_a_new_case() == "done"
    await advised.read()
    async with engine.database.unit_of_work("acme") as unit:
        [tally] = await Outcomes(unit.session, "acme").tallies(made.identity, calibration_id=made.id)
    assert (tally.decided, tally.automatic) == (1, 1)

    await advised.review(*[outcome(**scout, blind=True, right=False)] * 5)
    assert await status_of_a_new_case() == "waiting"

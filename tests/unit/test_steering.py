"""Steering: where an order leads a case, as a pure function of its definition and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from graphs.errors import Invalid, ProtectedField
from graphs.process import ProcessDefinition
from graphs.state import CaseState
from graphs.steering import (
    NotAtStep,
    StateErased,
    StepNotRetryable,
    StepNotSkippable,
    StepNotVisited,
    before,
    check_skip,
    fold,
    skip_destination,
    standing_at,
    steer,
)
from graphs.steps import StepKind
from graphs.store.lifecycle_tables import Steering
from tests.support.saga import saga_definition
from tests.support.timed import timed_definition
from tests.support.toy import toy_definition
from tests.support.versions import skippable
from tests.support.waiting import waiting_definition

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FACT = {"value": 500, "confidence": 1.0, "source": {"kind": "system_of_record", "ref": "toy"}, "integrity": "trusted"}


@dataclass(frozen=True, kw_only=True)
class Visit:
    name: str
    update: Mapping[str, Any]


def visit(name: str, number: int, route: str, **data: Any) -> Visit:
    return Visit(name=name, update={"data": data, "visits": {name: number}, "route": route})


JOURNAL = (
    visit("look_up", 1, "check", facts={"amount": FACT}),
    visit("check", 1, "propose"),
    visit("propose", 1, "write", refusals={"propose": {"code": "no", "message": "closed"}}),
)


def state() -> CaseState:
    return fold(one.update for one in JOURNAL)


def order(kind: str, step: str = "", **data: Any) -> Steering:
    return Steering(
        id="o-1",
        tenant="acme",
        case_id="c-1",
        kind=kind,
        step=step,
        reason="because",
        ordered_by="acme-sven",
        data=data,
        ordered_at=NOW,
    )


def at(step: str) -> CaseState:
    return CaseState(data={}, visits={}, route=step)


def test_a_state_is_what_its_journal_adds_up_to() -> None:
    assert state()["visits"] == {"look_up": 1, "check": 1, "propose": 1}
    assert (state()["route"], state()["data"]["facts"]["amount"]["value"]) == ("write", 500)


def test_a_case_stands_at_the_step_its_last_one_led_to() -> None:
    assert standing_at(toy_definition(), state()).name == "write"
    assert standing_at(toy_definition(), fold([])).name == "look_up"


def test_the_state_before_a_step_knows_nothing_of_what_came_after() -> None:
    again = (*JOURNAL, visit("check", 2, "propose"), visit("propose", 2, "approve"))
    earlier = before(again, "check")
    assert (earlier["visits"], earlier["route"]) == ({"look_up": 1, "check": 1, "propose": 1}, "check")
    with pytest.raises(StepNotVisited):
        before(again, "approve")


def test_a_case_whose_values_were_erased_has_no_state() -> None:
    with pytest.raises(StateErased):
        fold([JOURNAL[0].update, None])


def test_a_retry_goes_to_the_step_and_keeps_data_and_visits() -> None:
    steered = steer(toy_definition(), state(), order("retry", "check"), now=NOW)
    assert (steered.enters, steered.update) == ("check", {"data": {}, "visits": {}, "route": "check"})
    assert (steered.record.kind, steered.record.actor) == ("case.steered", "acme-sven")
    assert steered.record.values["reason"] == "because"
    assert steered.visit == 0
    assert fold([*(one.update for one in JOURNAL), steered.update])["visits"]["check"] == 1


def test_a_retried_proposal_is_not_held_up_by_the_refusal_that_was_seen() -> None:
    steered = steer(toy_definition(), state(), order("retry", "propose"), now=NOW)
    assert steered.update["data"] == {"refusals": {"propose": None}}


@pytest.mark.parametrize(
    ("step", "refusal"),
    [("resolve", StepNotRetryable), ("write", StepNotRetryable), ("done", StepNotRetryable), ("nowhere", Invalid)],
)
def test_a_case_cannot_be_put_into_an_effect_a_question_or_an_end(step: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        steer(toy_definition(), state(), order("retry", step), now=NOW)


def test_a_case_cannot_go_on_from_where_it_has_not_been() -> None:
    with pytest.raises(StepNotVisited, match="not been at 'propose' \\(it was at: look_up\\)"):
        steer(toy_definition(), fold([JOURNAL[0].update]), order("retry", "propose"), now=NOW)


def test_a_skipped_read_leaves_the_persons_facts_and_names_them() -> None:
    steered = steer(toy_definition(), fold([]), order("skip", "look_up", facts={"pages": 3}), now=NOW)
    assert (steered.enters, steered.update["visits"]) == ("check", {"look_up": 1})
    fact = steered.update["data"]["facts"]["pages"]
    assert (fact["value"], fact["source"]["kind"], fact["source"]["ref"]) == (3, "person", "acme-sven")
    assert steered.update["data"]["skipped"]["look_up"] == {"by": "acme-sven", "reason": "because", "order": "o-1"}
    assert (steered.record.kind, steered.record.step, steered.record.actor) == ("step.skipped", "look_up", "acme-sven")
    assert (steered.visit, steered.record.values["step"]["route"]) == (1, "check")


def test_an_order_for_a_step_the_case_has_left_is_refused() -> None:
    with pytest.raises(NotAtStep, match="stands at 'write', not at 'check'"):
        steer(toy_definition(), state(), order("skip", "check", facts={}), now=NOW)


@pytest.mark.parametrize("name", ["amount", "iban", "supplier.iban", "Total"])
def test_whoever_skips_cannot_say_who_gets_how_much(name: str) -> None:
    with pytest.raises(ProtectedField):
        check_skip(toy_definition(), fold([]), "look_up", {name: 1})


def test_whoever_skips_cannot_correct_what_is_known() -> None:
    known = CaseState(data={"facts": {"pages": {**FACT, "value": 2}}}, visits={}, route="check")
    with pytest.raises(Invalid, match="pages is known already"):
        check_skip(toy_definition(), known, "check", {"pages": 3})


@pytest.mark.parametrize(
    ("definition", "step", "destination"),
    [
        (toy_definition(), "look_up", "check"),
        (toy_definition(), "check", "propose"),
        (timed_definition(), "pause", "done"),
        (waiting_definition(), "await_payment", "done"),
        (skippable("resolve"), "resolve", "propose"),
        (skippable("write"), "write", "done"),
        (skippable("write", "approve"), "approve", "done"),
    ],
)
def test_a_skipped_step_leads_past_itself(definition: ProcessDefinition, step: str, destination: str) -> None:
    assert skip_destination(definition, definition.step(step)) == destination


@pytest.mark.parametrize("step", ["propose", "write", "approve", "resolve", "done"])
def test_what_writes_asks_or_ends_is_not_skipped_unless_the_definition_says_so(step: str) -> None:
    with pytest.raises(StepNotSkippable):
        skip_destination(toy_definition(), toy_definition().step(step))


@pytest.mark.parametrize(
    "definition", [toy_definition(), saga_definition(), skippable("write", "approve", "resolve"), waiting_definition()]
)
def test_no_skip_leads_into_an_effect_or_a_question(definition: ProcessDefinition) -> None:
    kinds = {definition.step(found).kind for found in destinations(definition)}
    assert kinds.isdisjoint({StepKind.EFFECT, StepKind.REVIEW})


def destinations(definition: ProcessDefinition) -> set[str]:
    found = set()
    for step in definition.steps:
        try:
            found.add(skip_destination(definition, step))
        except StepNotSkippable:
            continue
    return found


def test_a_copy_begins_with_the_state_that_was_copied() -> None:
    steered = steer(toy_definition(), fold([]), order("fork", state=dict(state())), now=NOW)
    assert fold([steered.update]) == {**state(), "route": "write"}
    assert steered.enters == "write"


def test_a_copy_of_a_case_that_asks_asks_anew() -> None:
    steered = steer(toy_definition(), fold([]), order("fork", state=dict(at("approve"))), now=NOW)
    assert steered.enters == "propose"


def test_an_order_of_another_kind_moves_nothing() -> None:
    with pytest.raises(Invalid, match="'suspend' does not change where a case stands"):
        steer(toy_definition(), state(), order("suspend"), now=NOW)

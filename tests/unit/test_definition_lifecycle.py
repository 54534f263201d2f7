"""What a definition declares about waits, compensations, skipping and handlers, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from graphs.handlers import Handler
from graphs.process import DefinitionInvalid, ProcessDefinition, ProcessRegistry, declaration
from graphs.processes import procure_to_pay
from graphs.steps import INTERRUPTING, AnyStep, Compensation, StepKind, WaitStep
from tests.support.saga import TAKE_BACK, saga_definition
from tests.support.toy import toy_definition
from tests.support.versions import skippable
from tests.support.waiting import wait_step, waiting_definition

RELEASED = {
    "procure_to_pay@1": "884070ad79e27c13cca146f08f2861023515fbc01dcd5d3d130771fbebe067d3",
    "procure_to_pay@2": "82ef8737aeb7a2ecc674bfad988926460c6745ff1f09ad178201013b65656288",
    "procure_to_pay@3": "8ee71d60f81a7716b373b82561dd65238094723fa2706c06288af815bfd98b29",
    "procure_to_pay@4": "d05d4883ddba8991ad2187e45d1cc8902a1c703cc7935892f867541a96a4bda8",
    "procure_to_pay@5": "344c9cce6d54201d846b954be16c9b9d6a1c2f4acbccc81f198cc07ac4196141",
    "toy@1": "8ca6b3087fdb6f1671df427c5520b53654e0579310724a38ed212210fcd4ee5e",
}
"""Digests as they were when each was released: cases are pinned to them."""


def changed(definition: ProcessDefinition, name: str, change: Callable[[AnyStep], AnyStep]) -> ProcessDefinition:
    return replace(definition, steps=tuple(change(step) if step.name == name else step for step in definition.steps))


def handler(*errors: str, process: str = "look_after") -> Handler:
    return Handler(errors=errors, process=process, input=lambda case, failure: {"subject": failure.code})


def handled(*handlers: Handler) -> ProcessDefinition:
    return replace(toy_definition(), handlers=handlers)


@pytest.mark.parametrize(
    "definition", [*procure_to_pay.released(), toy_definition()], ids=lambda found: found.reference
)
def test_a_released_definition_keeps_its_digest(definition: ProcessDefinition) -> None:
    assert definition.digest == RELEASED[definition.reference]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (saga_definition(), saga_definition(compensation=None)),
        (saga_definition(), saga_definition(compensation=replace(TAKE_BACK, point="other"))),
        (saga_definition(), saga_definition(compensation=replace(TAKE_BACK, tool="toy.erase"))),
        (skippable("resolve"), toy_definition()),
        (handled(handler("timeout")), toy_definition()),
        (handled(handler("timeout")), handled(handler("gone"))),
        (handled(handler("timeout")), handled(handler("timeout", process="other"))),
        (waiting_definition(), waiting_definition(within=timedelta(days=3))),
        (waiting_definition(), changed(waiting_definition(), "await_payment", lambda step: replace(step, message="m"))),
    ],
)
def test_what_is_declared_is_in_the_digest(first: ProcessDefinition, second: ProcessDefinition) -> None:
    assert first.digest != second.digest


def test_a_wait_interrupts_and_has_no_effect() -> None:
    assert WaitStep.__dataclass_fields__["kind"].default is StepKind.WAIT
    assert StepKind.WAIT in INTERRUPTING


def test_a_wait_goes_on_or_is_late() -> None:
    assert wait_step().destinations == ("done", "rejected")
    assert wait_step(within=None).destinations == ("done",)


def test_a_case_cannot_start_with_a_wait() -> None:
    with pytest.raises(DefinitionInvalid, match="which nothing has prepared"):
        replace(waiting_definition(), start="await_payment")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"message": ""}, "names no message"),
        ({"within": None}, "needs both `within` and `late`"),
        ({"late": None}, "needs both `within` and `late`"),
        ({"within": timedelta(0)}, "is late before it begins"),
        ({"within": timedelta(days=-1)}, "is late before it begins"),
        ({"late": "nowhere"}, "goes to 'nowhere', which is no step"),
    ],
)
def test_a_wait_says_completely_what_it_waits_for(change: dict[str, object], why: str) -> None:
    with pytest.raises(DefinitionInvalid, match=why):
        changed(waiting_definition(), "await_payment", lambda step: replace(step, **change))


def test_an_effect_cannot_be_entered_from_a_wait() -> None:
    pause = replace(wait_step(), next="first", late="done")
    waited = tuple(pause if step.name == "pause" else step for step in saga_definition().steps)
    to_pause = tuple(replace(step, next="await_payment") if step.name == "second" else step for step in waited)
    with pytest.raises(DefinitionInvalid, match="effect 'first' must be entered from its propose step only"):
        replace(saga_definition(), steps=to_pause)


@pytest.mark.parametrize("change", [{"tool": ""}, {"point": ""}])
def test_a_compensation_names_its_tool_and_its_point(change: dict[str, str]) -> None:
    with pytest.raises(DefinitionInvalid, match="the compensation of effect 'first' must name its tool and its point"):
        saga_definition(compensation=replace(TAKE_BACK, **change))


def test_a_compensation_is_declared_by_name() -> None:
    declared = declaration(saga_definition().step("first"))["compensation"]
    assert declared == {"tool": "toy.write", "point": "undo", "draft": "undo", "facts": "undo_facts"}
    assert isinstance(TAKE_BACK, Compensation)


def test_the_review_of_a_proposal_is_skippable_only_with_its_effect() -> None:
    with pytest.raises(DefinitionInvalid, match="review 'approve' may be skipped only with its effect 'write'"):
        skippable("approve")
    assert skippable("approve", "write").digest != toy_definition().digest


@pytest.mark.parametrize(
    ("handlers", "why"),
    [
        ((handler(),), "names no error"),
        ((handler(""),), "names no error"),
        ((handler("timeout", process="toy"),), "handles its own failures"),
        ((handler("timeout", "gone"), handler("gone", process="other")), "two handlers name gone"),
    ],
)
def test_a_handler_names_its_errors_once_and_another_process(handlers: tuple[Handler, ...], why: str) -> None:
    with pytest.raises(DefinitionInvalid, match=why):
        handled(*handlers)


def test_a_handlers_process_is_registered() -> None:
    with pytest.raises(DefinitionInvalid, match="toy@1: no process 'look_after' for its handler"):
        ProcessRegistry([handled(handler("timeout"))])
    other = replace(toy_definition(), name="look_after")
    assert ProcessRegistry([handled(handler("timeout")), other]).latest("look_after") is other


def test_the_registry_knows_what_is_waited_for() -> None:
    assert ProcessRegistry([waiting_definition()]).messages == {"payment.received"}
    assert ProcessRegistry([toy_definition()]).messages == frozenset()

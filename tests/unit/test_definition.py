"""The rules every process graph keeps, checked when it is defined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from graphs.errors import CheckpointUnreadable, DefinitionMissing, Invalid
from graphs.process import DefinitionInvalid, ProcessDefinition, ProcessRegistry
from graphs.runtime.compile import compile_graph, recursion_limit
from graphs.runtime.resume import check_checkpoint
from graphs.steps import INTERRUPTING, MAX_VISITS, AnyStep, EffectStep, EndStep, ReviewStep, StepKind, TimerStep
from tests.support.toy import toy_definition


def with_step(name: str, change: Callable[[AnyStep], AnyStep]) -> ProcessDefinition:
    definition = toy_definition()
    return replace(definition, steps=tuple(change(step) if step.name == name else step for step in definition.steps))


def test_two_steps_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="two steps have the same name"):
        with_step("rejected", lambda step: replace(step, name="done"))


def test_a_start_that_is_no_step_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="starts at 'nowhere'"):
        replace(toy_definition(), start="nowhere")


def test_a_destination_that_is_no_step_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="'look_up' goes to 'nowhere'"):
        with_step("look_up", lambda step: replace(step, next="nowhere"))


def test_an_effect_entered_past_its_proposal_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="must be entered from its propose step only"):
        with_step("check", lambda step: replace(step, allow="write"))


def test_an_effect_of_something_that_does_not_propose_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="must be allowed into its own effect step"):
        with_step("write", lambda step: replace(step, of="check"))


@pytest.mark.parametrize("start", ["write", "approve"])
def test_a_case_cannot_start_with_an_effect_or_a_question(start: str) -> None:
    with pytest.raises(DefinitionInvalid, match="which nothing has prepared"):
        replace(toy_definition(), start=start)


def test_a_proposal_that_is_allowed_into_something_else_is_refused() -> None:
    with pytest.raises(DefinitionInvalid):
        with_step("propose", lambda step: replace(step, allow="done"))


def test_a_proposal_that_leads_to_its_effect_when_it_is_denied_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="although it is not allowed"):
        with_step("propose", lambda step: replace(step, deny="write"))


def test_a_review_that_its_subject_does_not_go_to_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="review 'approve' must be entered from what it reviews only"):
        with_step("approve", lambda step: replace(step, of="check"))


def test_a_review_entered_without_its_question_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="review 'approve' must be entered from what it reviews only"):
        with_step("check", lambda step: replace(step, deny="approve"))


def test_a_step_that_no_path_leads_to_is_refused() -> None:
    lost = EndStep(name="lost", stage="end", ends="done", outcome=lambda case: "")
    with pytest.raises(DefinitionInvalid, match="no path leads to lost"):
        replace(toy_definition(), steps=(*toy_definition().steps, lost))


def test_a_path_that_ends_in_silence_is_refused() -> None:
    look_up = replace(toy_definition().steps[0], next="one")
    one = TimerStep(name="one", stage="s", due=lambda case, now: now + timedelta(1), next="two")
    two = TimerStep(name="two", stage="s", due=lambda case, now: now + timedelta(1), next="one")
    with pytest.raises(DefinitionInvalid, match="no path leads to an end"):
        replace(toy_definition(), steps=(look_up, one, two))


def test_only_effects_write_and_no_interrupting_step_is_one() -> None:
    assert StepKind.EFFECT not in INTERRUPTING
    assert EffectStep.__dataclass_fields__["kind"].default is StepKind.EFFECT
    assert {
        ReviewStep.__dataclass_fields__["kind"].default,
        TimerStep.__dataclass_fields__["kind"].default,
    } <= INTERRUPTING


@pytest.mark.parametrize(
    "changed",
    [
        replace(toy_definition(), version=2),
        replace(toy_definition(), name="toys"),
        replace(toy_definition(), pack="other"),
        toy_definition(write_name="write_down"),
        with_step("check", lambda step: replace(step, stage="other")),
        with_step("check", lambda step: replace(step, deny="resolve")),
    ],
)
def test_the_digest_names_the_graph(changed: ProcessDefinition) -> None:
    assert changed.digest != toy_definition().digest


def test_the_digest_is_the_same_wherever_it_is_computed() -> None:
    assert toy_definition().digest == toy_definition().digest


def test_two_definitions_of_one_version_are_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="toy@1 is registered twice"):
        ProcessRegistry([toy_definition(), toy_definition()])


def test_new_cases_get_the_latest_version_and_old_ones_their_own() -> None:
    registry = ProcessRegistry([toy_definition(version=10), toy_definition(version=9)])
    assert registry.latest("toy").version == 10
    assert registry.pinned("toy", 9, toy_definition(version=9).digest).version == 9


def test_what_is_not_registered_is_named() -> None:
    registry = ProcessRegistry([toy_definition()])
    with pytest.raises(Invalid, match="no process 'other' \\(known: toy\\)"):
        registry.latest("other")
    with pytest.raises(DefinitionMissing, match="toy@2 is not registered"):
        registry.pinned("toy", 2, "")
    with pytest.raises(DefinitionMissing, match="changed without a new version"):
        registry.pinned("toy", 1, "0" * 64)


def test_the_graph_has_a_node_for_every_step_and_nothing_else() -> None:
    graph = compile_graph(toy_definition())
    assert set(graph.nodes) - {"__start__"} == {step.name for step in toy_definition().steps}


def test_every_loop_is_bounded() -> None:
    assert recursion_limit(toy_definition()) == len(toy_definition().steps) * MAX_VISITS


def test_a_checkpoint_that_enters_an_unknown_step_is_refused() -> None:
    check_checkpoint({"data": {}, "branch:to:check": None}, toy_definition())
    with pytest.raises(CheckpointUnreadable, match="toy@1 has no step old_check"):
        check_checkpoint({"branch:to:old_check": None}, toy_definition())

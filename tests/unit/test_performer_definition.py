"""Performers as a definition declares them: what does not fit is refused, and the proof holds as it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphs.process import DefinitionInvalid, ProcessDefinition
from graphs.proof.report import prove
from graphs.proof.step_graph import step_graph
from graphs.steps import EffectStep, HandStep, PerformerKind, ProposeStep
from tests.support.performing import API, BOT, PERSON, performing_definition, through
from tests.support.toy import process, toy_definition


def changed(kind: type[Any], **changes: Any) -> ProcessDefinition:
    """The process with its step of that kind changed."""
    steps = (replace(step, **changes) if isinstance(step, kind) else step for step in performing_definition().steps)
    return process("Performing", *steps)


def test_the_graph_of_a_step_with_work_by_hand_is_proven() -> None:
    proof = prove(step_graph(performing_definition()))
    assert proof.violations == ()


def test_the_order_of_performers_is_part_of_the_definition() -> None:
    assert performing_definition(API, BOT).digest != performing_definition(BOT, API).digest


def test_a_definition_without_performers_declares_nothing_new() -> None:
    assert toy_definition().digest == "8ca6b3087fdb6f1671df427c5520b53654e0579310724a38ed212210fcd4ee5e"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"performers": ()}, "neither a draft nor performers"),
        ({"performers": (API, API)}, "two performers have the same name"),
        ({"draft": through("toy.api")}, "each of them drafts"),
        ({"attempts": 0}, "at least one attempt"),
        ({"performers": (replace(API, takes=timedelta(0)),)}, "takes no time"),
        ({"performers": (replace(API, name=""),)}, "needs a name and a tool"),
        ({"performers": (replace(PERSON, tool="toy.api"),)}, "what a person does is the tool by_hand"),
        ({"performers": (replace(API, kind=PerformerKind.AGENT),)}, "no agent step drafts for it"),
        ({"performers": (replace(API, drafted_by="look_up"),)}, "must be of the kind agent"),
    ],
)
def test_performers_that_do_not_fit_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(DefinitionInvalid, match=why):
        changed(ProposeStep, **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        (EffectStep, {"by_hand": "done"}, "which is not its hand step"),
        (EffectStep, {"by_hand": None}, "has no step `by_hand`"),
        (HandStep, {"next": "rejected"}, "goes on with 'done', or back to 'propose'"),
        (HandStep, {"back": "look_up"}, "goes on with 'done', or back to 'propose'"),
        (HandStep, {"of": "propose"}, "which is not its hand step"),
        (HandStep, {"enters": ()}, "asks for nothing that shows what was done"),
    ],
)
def test_work_by_hand_that_does_not_fit_is_refused(kind: type[Any], changes: dict[str, Any], why: str) -> None:
    with pytest.raises(DefinitionInvalid, match=why):
        changed(kind, **changes)

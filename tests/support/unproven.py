"""Definitions and graphs that cannot be proven, by what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from docs.examples.petty_cash import petty_cash
from graphs.process import ProcessDefinition
from graphs.proof.step_graph import Order, StepGraph, step_graph
from graphs.steps import WaitStep
from tests.support.toy import toy_definition
from tests.support.waiting import waiting_definition

NUMBER = 3


def changed(name: str, **fields: Any) -> ProcessDefinition:
    """toy@1 with other fields of one step. Raises `DefinitionInvalid`."""
    definition = toy_definition()
    steps = tuple(replace(step, **fields) if step.name == name else step for step in definition.steps)
    return replace(definition, steps=steps)


def past_its_proposal() -> ProcessDefinition:
    """Refused: `check` allows straight into the effect."""
    return changed("check", allow="write")


def petty_cash_past_its_proposal() -> ProcessDefinition:
    """The example of the documentation, refused: the receipt alone allows the payout."""
    definition = petty_cash()
    steps = tuple(replace(s, allow="pay_out") if s.name == "check_receipt" else s for s in definition.steps)
    return replace(definition, steps=steps)


def for_nobody() -> ProcessDefinition:
    """Accepted, though its approval is for no role."""
    return changed("approve", role="")


def late_without_time() -> ProcessDefinition:
    """Refused for what no edge shows: a wait that is late, but never says when."""
    definition = waiting_definition()
    steps = tuple(replace(step, within=None) if isinstance(step, WaitStep) else step for step in definition.steps)
    return replace(definition, steps=steps)


def for_a_case(number: int) -> ProcessDefinition:
    """Needs an argument."""
    return replace(toy_definition(), version=number)


def skipped_into_its_effect() -> StepGraph:
    """A step graph, not a definition."""
    return step_graph(toy_definition(), orders=(Order(step="approve", on="skip", to="write"),))

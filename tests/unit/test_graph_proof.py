"""The graph proof: good graphs are proven, and each known way to break one is rejected with a path that exists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docs.examples.petty_cash import petty_cash
from evals.bench import p2p6
from evals.bench.step_log import StepLog
from graphs.process import DefinitionInvalid, ProcessDefinition
from graphs.processes import procure_to_pay
from graphs.processes.procure_to_pay import order_confirmation, portal_invoices
from graphs.proof.claims import SAYS, Claim
from graphs.proof.report import prove
from graphs.proof.step_graph import ALLOW, StepGraph, StepNode, step_graph
from graphs.runtime.execution_graphs import orders, prove_definition
from tests.chaos.process import chaos_definition
from tests.support.bad_graphs import BREAKS, Break, edges_of, is_real, new
from tests.support.random_process import random_processes
from tests.support.saga import saga_definition
from tests.support.timed import timed_definition
from tests.support.toy import toy_definition
from tests.support.versions import renamed_review, second, skippable, unchecked
from tests.support.waiting import waiting_definition

DEFINITIONS = {
    "procure_to_pay_1": procure_to_pay.definition(1),
    "procure_to_pay": procure_to_pay.definition(),
    "order_confirmation_1": order_confirmation.definition(1),
    "order_confirmation": order_confirmation.definition(),
    "portal_invoices": portal_invoices.definition(),
    "petty_cash": petty_cash(),
    "p2p6": p2p6.definition(StepLog(None)),
    "toy": toy_definition(),
    "toy_renamed": renamed_review(),
    "toy_second": second(),
    "toy_unchecked": unchecked(),
    "toy_skippable": skippable("approve", "write", "resolve"),
    "timed": timed_definition(),
    "waiting": waiting_definition(),
    "waiting_for_ever": waiting_definition(within=None),
    "saga": saga_definition(),
    "chaos": chaos_definition(),
}
FEW = settings(max_examples=25, deadline=None)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def ordered(definition: ProcessDefinition) -> StepGraph:
    return step_graph(definition, orders=tuple(orders(definition)))


def changed(definition: ProcessDefinition, name: str, **fields: object) -> ProcessDefinition:
    steps = tuple(replace(step, **fields) if step.name == name else step for step in definition.steps)
    return replace(definition, steps=steps)


def refused(name: str, **fields: object) -> StepGraph:
    with pytest.raises(DefinitionInvalid) as raised:
        changed(toy_definition(), name, **fields)
    assert raised.value.definition is not None
    return step_graph(raised.value.definition)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_definition_is_proven_in_every_way_it_is_executed(name: str) -> None:
    proof = prove_definition(DEFINITIONS[name])
    assert proof.violations == ()
    assert proof.proven
    assert proof.graphs == ("definition", "journal", "stretches", "steps")
    assert [claim.claim for claim in proof.claims] == list(Claim) == list(SAYS)


@FEW
@given(random_processes())
def test_every_process_that_keeps_the_rules_is_proven(definition: ProcessDefinition) -> None:
    assert prove_definition(definition).violations == ()


@pytest.mark.parametrize("break_one", BREAKS, ids=lambda one: one.__name__)
@SOME
@given(data=st.data(), definition=random_processes(first="act"))
def test_each_known_way_to_break_a_claim_is_rejected(
    break_one: Break, data: st.DataObject, definition: ProcessDefinition
) -> None:
    good = ordered(definition)
    bad = break_one(good, data.draw)
    proof = prove(bad)
    assert not proof.proven
    assert {violation.claim for violation in proof.violations} == {BREAKS[break_one]}
    assert all(is_real(violation, bad.start, edges_of(bad)) for violation in proof.violations)


def test_the_path_round_a_proposal_is_said_step_by_step() -> None:
    graph = refused("check", allow="write")
    (violation,) = [one for one in prove(graph).violations if one.claim is Claim.PROPOSED]
    assert violation.path == ("look_up", "check", "write")
    assert violation.why == "effect 'write' is reached round its proposal 'propose'"


def test_an_effect_entered_from_its_review_is_entered_without_another_judgement() -> None:
    graph = refused("approve", correct_to="write")
    (violation,) = prove(graph).violations
    assert violation.claim is Claim.ALLOWED
    assert violation.path == ("look_up", "check", "propose", "approve", "write")
    assert violation.why == "'propose' says review, and effect 'write' is entered without another judgement"


@pytest.mark.parametrize("verdict", ["review", "deny"])
def test_a_verdict_that_does_not_allow_leads_to_no_effect(verdict: str) -> None:
    (violation,) = [
        one for one in prove(refused("propose", **{verdict: "write"})).violations if one.claim is Claim.ALLOWED
    ]
    assert violation.path == ("look_up", "check", "propose", "write")
    assert f"says {verdict}" in violation.why


def test_a_case_that_begins_with_an_effect_or_a_review_has_nothing_before_it() -> None:
    toy = step_graph(toy_definition())
    effect = [one for one in prove(replace(toy, start="write")).violations if one.claim is Claim.PROPOSED]
    review = [one for one in prove(replace(toy, start="approve")).violations if one.claim is Claim.PREPARED]
    assert [one.path for one in effect] == [("write",)]
    assert [one.path for one in review] == [("approve",)]


def test_a_start_that_is_no_step_is_all_that_is_said() -> None:
    (violation,) = prove(replace(step_graph(toy_definition()), start="nowhere")).violations
    assert (violation.claim, violation.path) == (Claim.REACHED, ("nowhere",))


def test_a_review_for_no_role_waits_for_nobody() -> None:
    definition = changed(toy_definition(), "approve", role="")
    (violation,) = prove_definition(definition).violations
    assert (violation.claim, violation.path) == (Claim.ENDS, ("look_up", "check", "propose", "approve"))


@pytest.mark.parametrize(("counted", "proven"), [((), False), (("one",), True), (("one", "two", "three"), True)])
def test_a_loop_is_bounded_from_one_counted_step_on(counted: tuple[str, ...], proven: bool) -> None:
    ways = {"one": ("two",), "two": ("three",), "three": ("one", "done")}
    steps = [new(name, *to, visits=12 if name in counted else None) for name, to in ways.items()]
    graph = StepGraph(reference="loop@1", start="one", steps=(*steps, end()))
    assert prove(graph).proven is proven


def test_a_wait_alone_bounds_no_loop() -> None:
    toy = step_graph(toy_definition())
    uncounted = replace(toy, steps=tuple(replace(step, visits=None) for step in toy.steps))
    (violation,) = prove(uncounted).violations
    assert violation.claim is Claim.BOUNDED
    assert violation.path == ("look_up", "check", "resolve", "check")


def test_a_second_loop_within_a_counted_one_needs_a_bound_of_its_own() -> None:
    steps = (
        new("one", "two"),
        new("two", "three", visits=None),
        new("three", "two", "one", "done", visits=None),
        end(),
    )
    (violation,) = prove(StepGraph(reference="loop@1", start="one", steps=steps)).violations
    assert (violation.claim, violation.path) == (Claim.BOUNDED, ("one", "two", "three", "two"))


def test_a_loop_says_what_bounds_it_and_where_it_may_wait() -> None:
    (loop,) = prove_definition(toy_definition()).loops
    assert loop.steps == ("check", "resolve", "propose", "approve", "write")
    assert loop.visits == 12
    assert loop.waits == ("resolve (clerk)", "approve (approver)")
    assert loop.spins == ("propose", "write", "propose")


def test_skipping_and_trying_again_are_looked_at_where_they_lead() -> None:
    definition = skippable("approve", "write")
    ways = {(order.step, order.on, order.to) for order in orders(definition)}
    assert ("approve", "skip", "done") in ways
    assert ("write", "skip", "done") in ways
    assert {to for _, on, to in ways if on == "retry"} == {"look_up", "check", "propose"}
    assert not [way for way in ways if way[0] == "propose" and way[1] == "skip"]


def test_a_step_node_goes_where_its_step_declares() -> None:
    for definition in DEFINITIONS.values():
        for node, step in zip(step_graph(definition).steps, definition.steps, strict=True):
            assert set(node.destinations) == set(step.destinations)


def test_only_a_judgement_allows() -> None:
    nodes = [node for definition in DEFINITIONS.values() for node in step_graph(definition).steps]
    assert {node.kind for node in nodes if any(route.on == ALLOW for route in node.routes)} == {"decision", "propose"}


def end() -> StepNode:
    return replace(new("done"), ends=True)

"""What executes a definition has exactly its ways: in the journal's walk, and in LangGraph's graphs of both forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.graph import END, START
from langgraph.types import Send

from graphs.process import ProcessDefinition
from graphs.processes.procure_to_pay import definition as procure_to_pay
from graphs.processes.procure_to_pay.graph import graph as studio_graph
from graphs.proof.claims import Claim, Violation
from graphs.proof.execution_graph import ExecutionGraph, ExecutionNode, implied
from graphs.proof.report import prove
from graphs.proof.step_graph import step_graph
from graphs.runtime.compile import CaseGraph, compile_graph, node
from graphs.runtime.execution_graphs import executions, read_compiled
from tests.support.random_process import random_processes
from tests.support.timed import timed_definition
from tests.support.toy import toy_definition
from tests.support.versions import second

SOME = settings(max_examples=40, deadline=None)
Draw = st.DataObject
Break = Callable[[ExecutionGraph, Draw], ExecutionGraph]


def violations(execution: ExecutionGraph, definition: ProcessDefinition) -> tuple[Violation, ...]:
    return prove(step_graph(definition), [execution], digest=definition.digest).violations


def is_real(violation: Violation, execution: ExecutionGraph, definition: ProcessDefinition) -> bool:
    """Whether the path is one of the graph that the violation names: nodes and edges, or steps along them."""
    declared = {(step.name, to) for step in definition.steps for to in step.destinations}
    ways = declared | execution.edges if violation.graph == execution.way else declared
    begins = len(violation.path) == 1 or violation.path[0] in {START, definition.start}
    return begins and set(pairwise(violation.path)) <= ways


def another_edge(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    names = [node.name for node in execution.nodes]
    pairs = [(one, other) for one in names for other in names if (one, other) not in execution.edges]
    return replace(execution, edges=execution.edges | {data.draw(st.sampled_from(sorted(pairs)))})


def an_edge_less(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    return replace(execution, edges=execution.edges - {data.draw(st.sampled_from(sorted(execution.edges)))})


def a_node_less(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    gone = data.draw(st.sampled_from(execution.nodes))
    edges = frozenset(edge for edge in execution.edges if gone.name not in edge)
    return replace(execution, nodes=tuple(node for node in execution.nodes if node is not gone), edges=edges)


def a_node_more(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    added = ExecutionNode(name="added", runs=frozenset({"added"}), interrupts=False)
    source = data.draw(st.sampled_from(execution.nodes)).name
    return replace(execution, nodes=(*execution.nodes, added), edges=execution.edges | {(source, "added")})


def another_step_in_a_node(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    node = data.draw(st.sampled_from(execution.nodes))
    other = data.draw(st.sampled_from([one for one in execution.nodes if one.name not in node.runs] or [node]))
    runs = node.runs ^ other.runs if other is node else node.runs | other.runs
    return replace(execution, nodes=tuple(replace(one, runs=runs) if one is node else one for one in execution.nodes))


def another_digest(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    return replace(execution, digest="0" * 64)


def another_name(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    return replace(execution, reference="random@2")


def entered_anywhere(execution: ExecutionGraph, data: Draw) -> ExecutionGraph:
    return replace(execution, resumes=False)


BREAKS = (
    another_edge,
    an_edge_less,
    a_node_less,
    a_node_more,
    another_step_in_a_node,
    another_digest,
    another_name,
    entered_anywhere,
)


@SOME
@given(random_processes())
def test_what_executes_is_what_the_definition_implies(definition: ProcessDefinition) -> None:
    found = {execution.way: execution for execution in executions(definition)}
    graph, digest = step_graph(definition), definition.digest
    assert found == {
        "journal": implied(graph, way="journal", digest=digest, stretches=False),
        "steps": implied(graph, way="steps", digest=digest, stretches=False),
        "stretches": implied(graph, way="stretches", digest=digest, stretches=True),
    }


@pytest.mark.parametrize("break_one", BREAKS, ids=lambda one: one.__name__)
@SOME
@given(data=st.data(), definition=random_processes(first="act"), way=st.integers(0, 2))
def test_every_way_to_differ_is_rejected(break_one: Break, data: Draw, definition: ProcessDefinition, way: int) -> None:
    bad = break_one(executions(definition)[way], data)
    found = violations(bad, definition)
    assert Claim.EXECUTION in {violation.claim for violation in found}
    assert all(is_real(violation, bad, definition) for violation in found)


@SOME
@given(data=st.data(), definition=random_processes(first="act"))
def test_a_node_that_interrupts_with_an_effect_in_its_stretch_is_rejected(
    data: Draw, definition: ProcessDefinition
) -> None:
    execution = next(one for one in executions(definition) if one.way == "stretches")
    node = data.draw(st.sampled_from([one for one in execution.nodes if "effect_0" in one.runs]))
    asking = tuple(replace(one, interrupts=True) if one is node else one for one in execution.nodes)
    found = [one for one in violations(replace(execution, nodes=asking), definition) if one.claim is Claim.EFFECT_FREE]
    assert [(one.graph, one.path) for one in found] == [("stretches", (START, node.name))]
    assert "effect_0" in found[0].why


def test_a_loop_of_nodes_that_nobody_counts_is_rejected() -> None:
    definition = toy_definition()
    execution = next(one for one in executions(definition) if one.way == "steps")
    uncounted = replace(execution, nodes=tuple(replace(node, counts=False) for node in execution.nodes))
    (violation,) = [one for one in violations(uncounted, definition) if one.claim is Claim.BOUNDED]
    assert (violation.graph, violation.path) == ("steps", (START, "check", "resolve", "check"))


def test_the_graph_of_langgraph_studio_is_proven() -> None:
    definition = procure_to_pay()
    assert violations(read_compiled(studio_graph, definition, way="studio"), definition) == ()


async def raw(state: dict[str, Any]) -> dict[str, Any]:
    return state


async def anywhere(state: dict[str, Any]) -> str:
    return "write"


async def sends(state: dict[str, Any]) -> list[Send]:
    return [Send("write", state)]


def an_edge_to_the_effect(graph: CaseGraph) -> None:
    graph.builder.add_edge("check", "write")


def an_entry_to_the_effect(graph: CaseGraph) -> None:
    graph.builder.add_edge(START, "write")


def another_entry(graph: CaseGraph) -> None:
    graph.builder.add_conditional_edges(START, anywhere, ["write"])


def a_function_as_a_node(graph: CaseGraph) -> None:
    graph.builder.add_node("raw", raw)
    graph.builder.add_edge("check", "raw")


def a_route_to_anywhere(graph: CaseGraph) -> None:
    graph.builder.add_conditional_edges("check", anywhere)


def a_route_that_sends(graph: CaseGraph) -> None:
    graph.builder.add_conditional_edges("check", sends, ["propose"])


def a_node_that_commands(graph: CaseGraph) -> None:
    node = graph.builder.nodes["check"]
    graph.builder.nodes["check"] = replace(node, ends=("write",))


def a_node_that_commands_what_is_declared(graph: CaseGraph) -> None:
    node = graph.builder.nodes["check"]
    graph.builder.nodes["check"] = replace(node, ends=("resolve",))


def a_step_that_declares_something_else(graph: CaseGraph) -> None:
    approve = replace(toy_definition().step("approve"), role="clerk")
    del graph.builder.nodes["approve"]
    graph.builder.add_node("approve", node(approve, stretches=False))


def another_step_of_the_name(graph: CaseGraph) -> None:
    graph.builder.nodes["check"] = graph.builder.nodes["look_up"]


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        (an_edge_to_the_effect, {Claim.EXECUTION, Claim.PROPOSED}),
        (an_entry_to_the_effect, {Claim.EXECUTION, Claim.PROPOSED, Claim.PREPARED}),
        (another_entry, {Claim.EXECUTION, Claim.PROPOSED, Claim.PREPARED}),
        (a_function_as_a_node, {Claim.EXECUTION}),
        (a_route_to_anywhere, {Claim.EXECUTION}),
        (a_route_that_sends, {Claim.EXECUTION}),
        (a_node_that_commands, {Claim.EXECUTION, Claim.PROPOSED}),
        (a_node_that_commands_what_is_declared, {Claim.EXECUTION}),
        (a_step_that_declares_something_else, {Claim.EXECUTION}),
        (another_step_of_the_name, {Claim.EXECUTION}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("stretches", [False, True], ids=["steps", "stretches"])
def test_a_graph_of_langgraph_that_differs_is_rejected(
    change: Callable[[CaseGraph], None], claims: set[Claim], stretches: bool
) -> None:
    definition = toy_definition()
    graph = compile_graph(definition, stretches=stretches)
    change(graph)
    compiled = graph.builder.compile(name=definition.reference)
    bad = read_compiled(compiled, definition, way="bad")
    found = violations(bad, definition)
    assert {violation.claim for violation in found} == claims
    assert all(is_real(violation, bad, definition) for violation in found)


def test_the_path_round_the_proposal_is_said_of_the_executed_graph() -> None:
    definition = toy_definition()
    graph = compile_graph(definition, stretches=False)
    an_edge_to_the_effect(graph)
    bad = read_compiled(graph.builder.compile(name=definition.reference), definition, way="steps")
    found = {violation.claim: violation for violation in violations(bad, definition)}
    assert found[Claim.PROPOSED].path == ("look_up", "check", "write")
    assert found[Claim.EXECUTION].path == (START, "check", "write")


@pytest.mark.parametrize("stop", ["interrupt_before", "interrupt_after"])
def test_a_graph_that_langgraph_stops_at_its_effect_is_rejected(stop: str) -> None:
    definition = toy_definition()
    compiled = compile_graph(definition, stretches=False).builder.compile(
        name=definition.reference, **{stop: ["write"]}
    )
    found = violations(read_compiled(compiled, definition, way="steps"), definition)
    assert {violation.claim for violation in found} == {Claim.EFFECT_FREE, Claim.EXECUTION}


@pytest.mark.parametrize("other", [second(), second(approve={"role": "clerk"}), timed_definition()])
def test_a_graph_made_of_another_version_is_rejected(other: ProcessDefinition) -> None:
    definition = toy_definition()
    found = violations(read_compiled(compile_graph(other), definition, way="other"), definition)
    assert {violation.claim for violation in found} >= {Claim.EXECUTION}
    assert any("was made of a definition with digest" in violation.why for violation in found)


def test_a_stretch_that_can_come_to_no_end_has_no_edge_to_it() -> None:
    definition = timed_definition()
    graph = compile_graph(definition, stretches=True)
    assert ("look_up", END) not in read_compiled(graph, definition, way="stretches").edges
    graph.builder.add_edge("look_up", END)
    bad = read_compiled(graph.builder.compile(name=definition.reference), definition, way="stretches")
    (violation,) = violations(bad, definition)
    assert (violation.claim, violation.path) == (Claim.EXECUTION, (START, "look_up", END))

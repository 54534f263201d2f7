"""Paths, loops and dominators of a graph agree with what their words mean, on every random graph."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.proof.dominators import Dominators
from graphs.proof.paths import around, loops, reached, shortest

Graph = dict[int, tuple[int, ...]]


def graph_of(size: int) -> st.SearchStrategy[Graph]:
    targets = st.lists(st.integers(0, size - 1), max_size=3).map(tuple)
    return st.tuples(*[targets] * size).map(lambda rows: dict(enumerate(rows)))


GRAPHS = st.integers(1, 9).flatmap(graph_of)


@given(GRAPHS)
def test_a_node_dominates_another_exactly_if_no_path_leads_there_without_it(graph: Graph) -> None:
    found = Dominators(0, graph.__getitem__)
    for node in reached([0], graph.__getitem__):
        without = {other for other in graph if node not in reached([0], graph.__getitem__, avoiding={other})}
        assert set(found.of(node)) == without


@given(GRAPHS)
def test_the_immediate_dominator_is_dominated_by_all_others(graph: Graph) -> None:
    found = Dominators(0, graph.__getitem__)
    for node in reached([0], graph.__getitem__) - {0}:
        closest = found.immediate(node)
        assert closest is not None
        assert set(found.of(closest)) == set(found.of(node)) - {node}


@given(GRAPHS)
def test_what_no_path_reaches_has_no_dominators(graph: Graph) -> None:
    found = Dominators(0, graph.__getitem__)
    lost = set(graph) - reached([0], graph.__getitem__)
    assert {node: (list(found.of(node)), found.immediate(node)) for node in lost} == dict.fromkeys(lost, ([], None))
    assert found.immediate(0) is None


@given(GRAPHS, st.sets(st.integers(0, 8)))
def test_a_path_is_made_of_edges_and_touches_nothing_avoided(graph: Graph, avoided: set[int]) -> None:
    for goal in graph:
        path = shortest([0], {goal}, graph.__getitem__, avoiding=avoided)
        assert (path is not None) is (goal in reached([0], graph.__getitem__, avoiding=avoided))
        for one, other in pairwise(path or ()):
            assert other in graph[one]
        assert not avoided & set(path or ())


@given(GRAPHS)
def test_loops_are_the_groups_in_which_each_leads_to_each(graph: Graph) -> None:
    found = loops(graph, graph.__getitem__)
    on_a_loop = {node for node in graph if node in reached(graph[node], graph.__getitem__)}
    assert {node for loop in found for node in loop} == on_a_loop
    for loop in found:
        for node in loop:
            both_ways = {
                other
                for other in on_a_loop
                if other in reached(graph[node], graph.__getitem__) and node in reached(graph[other], graph.__getitem__)
            }
            assert both_ways == set(loop)


@given(GRAPHS)
def test_a_turn_comes_back_and_stays_within(graph: Graph) -> None:
    for loop in loops(graph, graph.__getitem__):
        turn = around(loop[0], graph.__getitem__, within=loop)
        assert turn is not None
        assert turn[0] == turn[-1] == loop[0]
        assert set(turn) <= set(loop)
        for one, other in pairwise(turn):
            assert other in graph[one]


@pytest.mark.parametrize("steps", [1, 5_000])
def test_a_long_chain_is_no_deep_recursion(steps: int) -> None:
    chain = {node: (node + 1,) if node < steps else () for node in range(steps + 1)}
    assert len(list(Dominators(0, chain.__getitem__).of(steps))) == steps + 1
